import type { AgentConfig } from "../contract/agentConfig";
import type { DecisionReply } from "../contract/decision";
import type { Action } from "./decide/tick/actions";
import type { Assessment, Hold } from "./decide/tick/assess";
import type { Memory } from "./decide/tick/memory";
import type { Observation } from "./decide/tick/observation";
import type { ActionOutcome } from "./decide/tick/outcomes";

/** Everything about one tick that a report may want: what was read, what was decided and why, and what became of it. */
export interface TickRecord {
  readonly number: number;
  /** Wall clock at its start. */
  readonly epochMs: number;
  readonly durationMs: number;
  readonly config: AgentConfig;
  readonly observation: Observation;
  /** What the tick before had left: with it, the configuration and the observation the decision can be made again. */
  readonly memoryBefore: Memory;
  readonly assessment: Assessment;
  /** The chooser's answer; absent when it could not be asked. */
  readonly reply?: DecisionReply;
  /** The assessment's holds and those of the loop itself. */
  readonly holds: readonly Hold[];
  /** What was decided to be done, before the fresh reads; `outcomes` says what of it was done. */
  readonly actions: readonly Action[];
  readonly outcomes: readonly ActionOutcome[];
}
