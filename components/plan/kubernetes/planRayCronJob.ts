import type { RayCronJob, RayCronJobSpec } from "../../../contract/kuberay/rayCronJob";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { SpecifiedObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";
import { rayJobSpec } from "./planRayJob";

/** A RayCronJob with a name, as it is planned. */
export type RayCronJobManifest = RayCronJob & SpecifiedObject<RayCronJobSpec>;

/** The clusters of a specification with `rayCronJob`: one for each run. The operator hands no label of it on to them. */
export function planRayCronJob(
  spec: KubernetesClusterSpec,
  { schedule, timeZone, suspend, job }: NonNullable<KubernetesClusterSpec["rayCronJob"]>,
): RayCronJobManifest {
  return {
    apiVersion: "ray.io/v1",
    kind: "RayCronJob",
    metadata: objectMetadata(spec, spec.name),
    spec: {
      schedule,
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(suspend ? { suspend } : {}),
      jobTemplate: rayJobSpec(spec, job),
    },
  };
}
