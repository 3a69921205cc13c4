import type { Properties } from "../pulumi-protocol/properties";

/** A resource in Pulumi's state. */
export interface ResourceState {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** How a call is made. */
export interface CallOptions {
  /** Nothing is written; the API server is only asked what would come of it. */
  readonly preview: boolean;
  readonly signal: AbortSignal;
  /** Says a warning to whoever runs the update. */
  readonly warn: (message: string) => void;
}
