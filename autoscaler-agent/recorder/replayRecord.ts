import type { DecisionReply, DecisionRequest } from "../../contract/decision";
import { decide } from "../decide/decide";
import { decideTick, type TickDecision } from "../decide/decideTick";
import { type AnswerDifference, answerDifferences } from "./answerDifferences";
import { type DecisionRecord, judgementOf } from "./decisionRecord";

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
    const then = { ...assessment, reply, actions };
    const now = { ...judgementOf(decision.assessment), reply: decision.reply, actions: decision.actions };
    return { decision, differences: answerDifferences(then, now) };
  } catch (thrown) {
    const problem = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    return { differences: [{ path: "decision", was: "made", now: `fails (${problem})` }] };
  }
}
