import type { EnvFromSource, EnvVar, ResourceRequirements, SecurityContext, VolumeMount } from "./kubernetes";

/** Ray's autoscaler, a container beside the head. */
export interface AutoscalerOptions {
  /** @default by Ray's version: v2 from 2.47.0 */
  readonly version?: "v1" | "v2";
  /** Seconds without work after which a worker is ended. @default 60 */
  readonly idleTimeoutSeconds?: number;
  /** Only `Conservative` limits how many workers may be on their way. @default "Default" */
  readonly upscalingMode?: "Default" | "Aggressive" | "Conservative";
  /** @default 500m of CPU and 512Mi of memory, as request and limit */
  readonly resources?: ResourceRequirements;
  /** @default the head's */
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly EnvFromSource[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: SecurityContext;
  /** @since KubeRay 1.7.0 */
  readonly command?: readonly string[];
  /** May refer to `$KUBERAY_GEN_AUTOSCALER_START_CMD`. @since KubeRay 1.7.0 */
  readonly args?: readonly string[];
}
