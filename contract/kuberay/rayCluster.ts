import type { Condition, WrittenMetadata } from "./kubernetes";
import type { RayClusterSpec } from "./rayClusterSpec";

/** A Ray cluster on Kubernetes. */
export interface RayCluster {
  readonly apiVersion: "ray.io/v1";
  readonly kind: "RayCluster";
  readonly metadata: WrittenMetadata;
  readonly spec: RayClusterSpec;
  readonly status?: RayClusterStatus;
}

/** What we read of what the operator says. Absent as a whole where it refused the spec of a new cluster. */
export interface RayClusterStatus {
  /** Stays as it was when the operator refuses a change: compare `observedGeneration`. */
  readonly state?: "ready" | "failed" | "suspended";
  readonly reason?: string;
  /** The generation that the operator has acted on. */
  readonly observedGeneration?: number;
  /** HeadPodReady, RayClusterProvisioned, RayClusterReplicaFailure, RayClusterSuspending, RayClusterSuspended. */
  readonly conditions?: readonly Condition[];
  /** Pods, not replicas; lags behind by a reconcile. */
  readonly desiredWorkerReplicas?: number;
  readonly availableWorkerReplicas?: number;
  readonly readyWorkerReplicas?: number;
  readonly minWorkerReplicas?: number;
  readonly maxWorkerReplicas?: number;
  /** Ports by name. */
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly head?: { readonly podIP?: string; readonly podName?: string; readonly serviceIP?: string; readonly serviceName?: string };
}
