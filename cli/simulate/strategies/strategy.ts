import type { DecisionGroup, DecisionRequest, Launch } from "../../../contract/decision";

/** What a policy of buying nodes wants done now. */
export interface Choice {
  readonly launch: readonly Pick<Launch, "groupName" | "count">[];
  /** Ids of idle nodes to end. */
  readonly drain: readonly string[];
  /** Of each line of demand in the request, how many tasks the plan has room for, with the nodes that start; absent: the policy does not say. */
  readonly planned?: readonly number[];
}

/** What a policy is told. */
export interface Situation {
  /** Since the start of the trace. */
  readonly nowSeconds: number;
  readonly request: DecisionRequest;
  /** What is known only to who knows the future: all work that arrives within so many seconds, beside what waits now. */
  ahead(seconds: number): Foresight;
}

/** The cluster in the near future, were nothing bought. */
export interface Foresight {
  /** What waits now or will be there at the end of the time. */
  readonly atEnd: DecisionRequest;
  /** What waits now or comes at any moment until then, as if all of it ran at once. */
  readonly allComing: DecisionRequest;
}

/** A policy of buying nodes. It goes by the request, and by what it remembers of its own decisions. */
export interface Strategy {
  readonly name: string;
  /** For who reads a report. */
  readonly description: string;
  /** Time between two looks, when it is the policy's own. @default the simulation's */
  readonly loopSeconds?: number;
  /** How far ahead it looks; absent: not at all. */
  readonly leadSeconds?: number;
  /** When it ends an idle node of the group, as far as it knows now; undefined: never. */
  idleTimeoutSeconds(group: DecisionGroup, clusterSeconds: number | undefined, nowSeconds: number): number | undefined;
  choose(situation: Situation): Choice;
}

/** The idle time-out that a user set. */
export function configuredIdleTimeout(group: DecisionGroup, clusterSeconds: number | undefined): number | undefined {
  return group.idleTimeoutSeconds ?? clusterSeconds;
}
