import type { Demand, Gang } from "../../contract/decision";
import type { NodeId } from "./nodeId";

/** Resource name → amount in Ray's units (memory in bytes). */
export type Resources = Readonly<Record<string, number>>;

/** A raylet as the GCS lists it. Nodes that are dead keep their ids only. */
export interface RayNode {
  readonly nodeId: NodeId;
  /** The cloud's id of the machine (`RAY_CLOUD_INSTANCE_ID`); empty when the node was started without one. Not unique among dead nodes. */
  readonly instanceId: string;
  readonly groupName: string;
  readonly status: "running" | "idle" | "draining" | "dead";
  readonly isHead: boolean;
  readonly total: Resources;
  readonly available: Resources;
  readonly labels: Readonly<Record<string, string>>;
  readonly dynamicLabels: Readonly<Record<string, string>>;
  /** Seconds without work; only for status `idle`. */
  readonly idleSeconds?: number;
  readonly address: string;
  readonly instanceType: string;
  /** Why the node is not idle, in Ray's words. Only for `running` and `draining`: Ray leaves old text on idle nodes. */
  readonly activity: readonly string[];
}

/** One reply of the GCS in the project's words. */
export interface RaySnapshot {
  /** Changes when the head starts anew without its old storage. */
  readonly sessionName: string;
  /** Grows by one with each call; starts at 1 again with each GCS process. */
  readonly version: number;
  readonly nodes: readonly RayNode[];
  readonly demands: readonly Demand[];
  readonly gangs: readonly Gang[];
  readonly requested: readonly Demand[];
}

/**
 * A wish that a node stops. `idle` is refused by Ray when the node has work; `preemption` never is, and it has a deadline
 * (epoch milliseconds, a hint for libraries) at which the caller ends the machine itself.
 */
export type DrainRequest =
  | { readonly reason: "idle"; readonly nodeId: NodeId; readonly message: string }
  | { readonly reason: "preemption"; readonly nodeId: NodeId; readonly message: string; readonly deadlineEpochMs: number };

/** What Ray said to a drain request. A refusal has a side effect (Ray flags the node's actors): do not ask again soon. */
export type DrainOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "rejected"; readonly message: string }
  | { readonly kind: "skipped"; readonly reason: string };

/** What `ray status` and the dashboard show of the agent's work. Times are epoch seconds: milliseconds there break both. */
export interface AutoscalingReport {
  readonly pendingRequests: readonly { readonly groupName: string; readonly instanceType: string; readonly requestedAtSeconds: number }[];
  readonly pendingInstances: readonly {
    readonly groupName: string;
    readonly instanceType: string;
    readonly instanceId: string;
    readonly details: string;
  }[];
  readonly failedRequests: readonly {
    readonly groupName: string;
    readonly instanceType: string;
    readonly count: number;
    readonly reason: string;
    readonly startedAtSeconds: number;
    readonly failedAtSeconds: number;
  }[];
  /** Only what no group could ever serve: Ray may cancel tasks whose shape stands here. */
  readonly infeasibleDemands: readonly Demand[];
  readonly infeasibleGangs: readonly Gang[];
  readonly infeasibleRequested: readonly Demand[];
}

/** The bounds that Ray's libraries read to learn how large the cluster can become. */
export interface ClusterConfigReport {
  readonly groups: readonly {
    readonly groupName: string;
    readonly resources: Resources;
    readonly minReplicas: number;
    readonly maxReplicas: number;
  }[];
  /** Of all workers together, when there is a limit. */
  readonly maxReplicas?: number;
}

/** What the agent needs of Ray. Every call has a deadline of its own and throws {@link RayError}. */
export interface RayControl {
  /** The whole state. There is deliberately no way to say which version was seen last: a wrong one aborts the GCS. */
  readState(signal: AbortSignal): Promise<RaySnapshot>;
  drainNode(request: DrainRequest, signal: AbortSignal): Promise<DrainOutcome>;
  reportState(report: AutoscalingReport, signal: AbortSignal): Promise<void>;
  reportConfig(report: ClusterConfigReport, signal: AbortSignal): Promise<void>;
}

/** `unreachable`: nobody answers, or not in time. `unauthenticated`: the token is missing or wrong. `other`: the GCS answered with an error. */
export type RayErrorCode = "unreachable" | "unauthenticated" | "other";

/** A failed call to the GCS. */
export class RayError extends Error {
  override readonly name = "RayError";

  constructor(
    readonly code: RayErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Dry run: Ray is read and told, and no node is drained. `reason`: why, for the outcomes. */
export function dryRunRay(ray: RayControl, reason: string): RayControl {
  return {
    readState: (signal) => ray.readState(signal),
    drainNode: async () => ({ kind: "skipped", reason }),
    reportState: (report, signal) => ray.reportState(report, signal),
    reportConfig: (report, signal) => ray.reportConfig(report, signal),
  };
}
