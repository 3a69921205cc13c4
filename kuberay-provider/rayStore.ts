import type { RayObject, RayPlace } from "./rayObject";

/** A warning that the operator, or Kubernetes itself, wrote about an object. */
export interface Warning {
  readonly reason: string;
  readonly message: string;
  /** When it was last said, as the API server wrote it. */
  readonly at: string;
}

/** How an object is written. */
export interface WriteOptions {
  /** Ask what would come of it and change nothing. */
  readonly dryRun: boolean;
}

/**
 * Ray's objects in one Kubernetes cluster. Each call has a deadline of its own beside the signal.
 *
 * @throws StaleObjectError from a write when the object is not the one that was read any more
 * @throws KubernetesError for every other refusal, in the server's words
 */
export interface RayStore {
  read(place: RayPlace, signal: AbortSignal): Promise<RayObject | undefined>;
  /** Forced server-side apply by one field manager; with `metadata.resourceVersion` only over that version. Returns what the server has then. */
  apply(object: RayObject, options: WriteOptions, signal: AbortSignal): Promise<RayObject>;
  /** The same when it is not there. Objects that stand under it go with it. */
  delete(place: RayPlace, signal: AbortSignal): Promise<void>;
  /** Pods of a RayCluster by worker group, whatever their phase. */
  podsByGroup(place: RayPlace, signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  warnings(place: RayPlace, signal: AbortSignal): Promise<readonly Warning[]>;
}
