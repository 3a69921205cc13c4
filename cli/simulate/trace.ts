import type { Demand } from "../../contract/decision";

/** Tasks of one shape that are submitted together. */
export interface TraceJob {
  /** From the start of the trace. */
  readonly arrivalSeconds: number;
  /** Of each task, alone. */
  readonly durationSeconds: number;
  /** Tasks, or bundles of the gang. */
  readonly count: number;
  readonly shape: Demand["shape"];
  readonly selectors?: Demand["selectors"];
  /** All of them at once or none. */
  readonly isGang: boolean;
}

/** Jobs in order of arrival. */
export interface Trace {
  readonly name: string;
  readonly jobs: readonly TraceJob[];
}
