/** What happened to a resource. */
export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** A finished step of a run (in a preview: one that would be done). Names what changes, never the values: they may be secret. */
export interface StepEvent {
  readonly op: Operation;
  readonly urn: string;
  readonly type: string;
  /** The resource's logical name. */
  readonly name: string;
  /** Paths of the inputs that differ, for updates and replacements; of the properties that drifted, for a refresh. */
  readonly changed: readonly string[];
  readonly seconds: number;
}

/** Something the program said through Pulumi's logger, or wrote to its output; secrets are blotted out. */
export interface MessageEvent {
  readonly op: "log";
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
  /** The resource it is about, or empty. */
  readonly urn: string;
}

/** Progress of a run, in the order in which it happened. */
export type EngineEvent = StepEvent | MessageEvent;

/** How many resources each operation concerned. */
export type ChangeCounts = Readonly<Record<Operation, number>>;
