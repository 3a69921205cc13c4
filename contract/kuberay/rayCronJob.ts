import type { WrittenMetadata } from "./kubernetes";
import type { RayJobSpec } from "./rayJob";

/** Ray jobs that recur; needs the gate RayCronJob, which is off. @since KubeRay 1.6.0 */
export interface RayCronJob {
  readonly apiVersion: "ray.io/v1";
  readonly kind: "RayCronJob";
  readonly metadata: WrittenMetadata;
  readonly spec: RayCronJobSpec;
  /** `lastScheduleTime` as RFC 3339. */
  readonly status?: { readonly lastScheduleTime?: string };
}

/** When, and what. */
export interface RayCronJobSpec {
  /** Five fields, or `@daily` and the like; without a time zone in it. */
  readonly schedule: string;
  /** An IANA name. @default the operator's @since KubeRay 1.7.0 */
  readonly timeZone?: string;
  readonly jobTemplate: RayJobSpec;
  readonly suspend?: boolean;
}
