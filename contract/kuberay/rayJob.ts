import type { PodTemplateSpec, WrittenMetadata } from "./kubernetes";
import type { RayClusterStatus } from "./rayCluster";
import type { ManagedBy, RayClusterSpec } from "./rayClusterSpec";

/** A Ray job, with a cluster of its own or on one that is there. */
export interface RayJob {
  readonly apiVersion: "ray.io/v1";
  readonly kind: "RayJob";
  readonly metadata: WrittenMetadata;
  readonly spec: RayJobSpec;
  readonly status?: RayJobStatus;
}

/** What is to run, where, and what is left of it afterwards. */
export interface RayJobSpec {
  /** The command. */
  readonly entrypoint?: string;
  /** A runtime environment, as YAML text. */
  readonly runtimeEnvYAML?: string;
  /** @default one that the operator makes up */
  readonly jobId?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly entrypointNumCpus?: number;
  readonly entrypointNumGpus?: number;
  /** Custom resources of the command, as JSON text. */
  readonly entrypointResources?: string;
  readonly rayClusterSpec?: RayClusterSpec;
  /** `ray.io/cluster`: the name of a RayCluster of the namespace. */
  readonly clusterSelector?: Readonly<Record<string, string>>;
  /** @default "K8sJobMode" */
  readonly submissionMode?: SubmissionMode;
  /** The pod that submits, with K8sJobMode. */
  readonly submitterPodTemplate?: PodTemplateSpec;
  /** Retries of the submitter, not of the job. */
  readonly submitterConfig?: { readonly backoffLimit?: number };
  /** Ends the cluster when the job has. @default false */
  readonly shutdownAfterJobFinishes?: boolean;
  /** Seconds from the job's end to the cluster's; needs `shutdownAfterJobFinishes`. @default 0 */
  readonly ttlSecondsAfterFinished?: number;
  readonly deletionStrategy?: DeletionStrategy;
  /** Seconds that it may take, from its start. */
  readonly activeDeadlineSeconds?: number;
  /** Seconds that may pass until the job runs. @since KubeRay 1.6.0 */
  readonly preRunningDeadlineSeconds?: number;
  /** Tries again, each on a new cluster. @default 0 */
  readonly backoffLimit?: number;
  readonly suspend?: boolean;
  readonly managedBy?: ManagedBy;
}

/** Who submits the job: a Job's pod, the operator, nobody, or a container beside the head. */
export const submissionModes = ["K8sJobMode", "HTTPMode", "InteractiveMode", "SidecarMode"] as const;
/** One of them. */
export type SubmissionMode = (typeof submissionModes)[number];

/** What goes when the job has ended; needs the gate RayJobDeletionPolicy, which is on from KubeRay 1.6. */
export interface DeletionStrategy {
  /** Not beside `shutdownAfterJobFinishes`, `onSuccess` and `onFailure`. */
  readonly deletionRules?: readonly DeletionRule[];
  /** @deprecated by KubeRay */
  readonly onSuccess?: { readonly policy?: DeletionPolicy };
  /** @deprecated by KubeRay */
  readonly onFailure?: { readonly policy?: DeletionPolicy };
}

/** One step: what goes, and when. */
export interface DeletionRule {
  readonly policy: DeletionPolicy;
  readonly condition: DeletionCondition;
}

/** What goes: the cluster, its workers, the RayJob with everything, or nothing. */
export type DeletionPolicy = "DeleteCluster" | "DeleteWorkers" | "DeleteSelf" | "DeleteNone";

/** Exactly one of the two states, and how long after it. */
export interface DeletionCondition {
  readonly jobStatus?: "SUCCEEDED" | "FAILED";
  /** @since KubeRay 1.6.0 */
  readonly jobDeploymentStatus?: "Failed";
  /** Seconds. @default 0 */
  readonly ttlSeconds?: number;
}

/** What we read of what the operator says. */
export interface RayJobStatus {
  /** Initializing, Running, Complete, Failed, ValidationFailed, Suspending, Suspended, Retrying or Waiting. */
  readonly jobDeploymentStatus?: string;
  /** Ray's word: PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED. */
  readonly jobStatus?: string;
  readonly jobId?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly rayClusterName?: string;
  readonly rayClusterStatus?: RayClusterStatus;
  readonly dashboardURL?: string;
  /** RFC 3339. */
  readonly startTime?: string;
  /** RFC 3339. */
  readonly endTime?: string;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly observedGeneration?: number;
}
