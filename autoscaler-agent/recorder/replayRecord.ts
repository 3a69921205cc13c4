import type { DecisionReply, DecisionRequest } from "../../contract/decision";
import { decide } from "../decide/decide";
import type { Hold } from "../decide/tick/assess";
import { decideTick, type TickDecision } from "../decide/tick/decideTick";
import { type AnswerDifference, answerDifferences } from "./answerDifferences";
import { type DecisionRecord, judgementOf } from "./decisionRecord";

/** Holds that the loop and the configuration add to a decision: they are shown, and do not follow from what was seen. */
const holdsFromOutside: ReadonlySet<Hold["code"]> = new Set(["paused", "pause-unknown", "configuration-broken"]);

/** A recorded tick, decided again by the code that is running. */
export interface Replay {
  /** Absent when this code fails on it. */
  readonly decision?: TickDecision;
  /** Empty: the same in everything. */
  readonly differences: readonly AnswerDifference[];
}

/**
 * Decides a recorded tick again, from what the agent saw, remembered and was told then, and compares: what was asked of the chooser, its answer, what was held and
 * noticed, and what was to be done. Pure; never throws.
 */
export function replayRecord(record: DecisionRecord, chooser: (request: DecisionRequest) => DecisionReply = decide): Replay {
  const { observation, memoryBefore, config, assessment, reply, actions } = record;
  try {
    const decision = decideTick({ observation, memory: memoryBefore, config }, chooser);
    const holds = record.holds.filter(({ code }) => !holdsFromOutside.has(code));
    const then = { ...assessment, holds, reply, actions };
    const now = { ...judgementOf(decision.assessment), holds: decision.holds, reply: decision.reply, actions: decision.actions };
    return { decision, differences: answerDifferences(then, now) };
  } catch (thrown) {
    const problem = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return { differences: [{ path: "decision", was: "made", now: `fails (${problem})` }] };
  }
}
