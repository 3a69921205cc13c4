import type { RayClusterSpec } from "../../../contract/kuberay/rayClusterSpec";
import type { RayJobSpec } from "../../../contract/kuberay/rayJob";

/** Metadata as the API server gives it. */
export interface LiveMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

type Status = Readonly<Record<string, unknown>>;

export interface LiveCluster {
  readonly metadata: LiveMetadata;
  readonly spec: RayClusterSpec;
  readonly status?: Status;
}

export interface LiveJob {
  readonly metadata: LiveMetadata;
  readonly spec: RayJobSpec;
  readonly status?: Status;
}

export interface LivePod {
  readonly metadata: LiveMetadata;
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export function isReady({ status }: LivePod): boolean {
  return status?.phase === "Running" && (status.conditions ?? []).some(({ type, status: is }) => type === "Ready" && is === "True");
}

/** What makes the garbage collector end an object with its owner. */
export function ownerReference(kind: "RayCluster" | "RayJob", { name, uid }: LiveMetadata): object {
  return { apiVersion: "ray.io/v1", kind, name, uid, controller: true, blockOwnerDeletion: true };
}
