import type { AgentConfig } from "../../../contract/agentConfig";
import type { DecisionReply, DecisionRequest } from "../../../contract/decision";
import { type Action, idleRemovalHolds, planActions } from "./actions";
import { type Assessment, assess, type Hold } from "./assess";
import type { Memory } from "./memory";
import type { Observation } from "./observation";

/** All that a tick's decision depends on. It is recorded tick by tick, so that each decision can be made again later: what is not in here could not be. */
export interface TickInput {
  readonly observation: Observation;
  /** As the tick before left it. */
  readonly memory: Memory;
  readonly config: AgentConfig;
}

/** What a tick is to do and why; nothing of it has been done yet. */
export interface TickDecision {
  readonly assessment: Assessment;
  /** The chooser's answer; absent when it could not be asked, or failed. */
  readonly reply?: DecisionReply;
  /** The assessment's, what the bound on removals keeps, and that the chooser failed. */
  readonly holds: readonly Hold[];
  readonly actions: readonly Action[];
}

/**
 * Decides one tick. The agent's loop and `rayfleet replay` both ask here, so that what is replayed is what was done.
 *
 * Guarantees: equal input gives an equal decision; a chooser that throws becomes a hold.
 */
export function decideTick({ observation, memory, config }: TickInput, chooser: (request: DecisionRequest) => DecisionReply): TickDecision {
  const assessment = assess(observation, memory, config);
  const { reply, hold } = choose(assessment, chooser);
  return {
    assessment,
    ...(reply === undefined ? {} : { reply }),
    holds: [...assessment.holds, ...idleRemovalHolds(assessment, reply), ...(hold === undefined ? [] : [hold])],
    actions: planActions(assessment, reply, config),
  };
}

function choose(
  { request }: Assessment,
  chooser: (request: DecisionRequest) => DecisionReply,
): { readonly reply?: DecisionReply; readonly hold?: Hold } {
  if (request === undefined) {
    return {};
  }
  try {
    return { reply: chooser(request) };
  } catch (thrown) {
    // A fault in the chooser must not stop machines from being ended that were drained before.
    const text = `the chooser failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    return { hold: { code: "decision-failed", text } };
  }
}
