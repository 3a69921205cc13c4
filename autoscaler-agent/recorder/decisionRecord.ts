import type { Assessment } from "../decide/tick/assess";
import type { TickDecision } from "../decide/tick/decideTick";
import type { TickRecord } from "../tickRecord";

/** What of an assessment is an answer. The rest, groups and memory, is made again from the tick's input whenever it is needed. */
type Judgement = Omit<Assessment, "groups" | "memory">;

/**
 * One tick as it is kept: all that it was decided from, the decision, and what became of it. Its form follows from the types of the agent: what a later agent reads or
 * remembers in addition is kept as well.
 */
export interface DecisionRecord extends Omit<TickRecord, "assessment"> {
  /** Of the agent that decided. */
  readonly agentVersion: string;
  readonly assessment: Judgement;
}

/** The part of a tick that is kept. */
export function decisionRecord({ assessment, ...tick }: TickRecord, agentVersion: string): DecisionRecord {
  return { agentVersion, ...tick, assessment: judgementOf(assessment) };
}

/** The assessment without what follows from the tick's input. */
export function judgementOf({ groups: _groups, memory: _memory, ...judgement }: TickDecision["assessment"]): Judgement {
  return judgement;
}
