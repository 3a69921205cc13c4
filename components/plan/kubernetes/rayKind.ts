import type { RayKind } from "../../../contract/kuberay/kubeRayFields";
import type { KubernetesDraft } from "./kubernetesRule";

/** Which of KubeRay's kinds the cluster of a specification is. */
export function rayKindOf({ rayJob, rayService, rayCronJob }: Pick<KubernetesDraft, "rayJob" | "rayService" | "rayCronJob">): RayKind {
  if (rayJob !== undefined) return "RayJob";
  if (rayService !== undefined) return "RayService";
  return rayCronJob === undefined ? "RayCluster" : "RayCronJob";
}

/**
 * Labels by which the pods of a cluster, and no others, are found. The operator makes up the name of a cluster that belongs to a job or a service, so that pods of such
 * a cluster carry a label of ours.
 */
export function clusterPodLabels(spec: Parameters<typeof rayKindOf>[0] & { readonly name: string }): Readonly<Record<string, string>> {
  return rayKindOf(spec) === "RayCluster" ? { "ray.io/cluster": spec.name } : { "app.kubernetes.io/part-of": spec.name };
}

/** Labels of ours on the pods of the cluster: none where the operator's own are enough. */
export function ownPodLabels(spec: Parameters<typeof clusterPodLabels>[0]): Readonly<Record<string, string>> {
  return rayKindOf(spec) === "RayCluster" ? {} : clusterPodLabels(spec);
}
