import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { planRayCluster, type RayClusterManifest } from "./planRayCluster";
import { planRayCronJob, type RayCronJobManifest } from "./planRayCronJob";
import { planRayJob, type RayJobManifest } from "./planRayJob";
import { planRayService, type RayServiceManifest } from "./planRayService";

/** Any of KubeRay's objects that a cluster can be. */
export type RayManifestOfSpec = RayClusterManifest | RayJobManifest | RayServiceManifest | RayCronJobManifest;

/** The cluster of a specification, as the object that the operator acts on. */
export function planRayObject(spec: KubernetesClusterSpec): RayManifestOfSpec {
  const { rayJob, rayService, rayCronJob } = spec;
  if (rayJob !== undefined) return planRayJob(spec, rayJob);
  if (rayService !== undefined) return planRayService(spec, rayService);
  return rayCronJob === undefined ? planRayCluster(spec) : planRayCronJob(spec, rayCronJob);
}
