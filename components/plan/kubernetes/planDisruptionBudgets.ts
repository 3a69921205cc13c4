import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { childName } from "../names";
import type { SpecifiedObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";
import { clusterPodLabels } from "./rayKind";

/** How many pods may be evicted at a time. */
export type DisruptionBudgetManifest = SpecifiedObject<{
  readonly maxUnavailable: number;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
}>;

/** No eviction of the head unless the user allows it, and a limit for the workers where one is set. */
export function planDisruptionBudgets(spec: KubernetesClusterSpec): readonly DisruptionBudgetManifest[] {
  const { head, maxUnavailableWorkers } = spec.podDisruptionBudget;
  const budget = (role: "head" | "worker", maxUnavailable: number): DisruptionBudgetManifest => ({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: objectMetadata(spec, childName(spec.name, role)),
    spec: { maxUnavailable, selector: { matchLabels: { ...clusterPodLabels(spec), "ray.io/node-type": role } } },
  });
  return [...(head ? [budget("head", 0)] : []), ...(maxUnavailableWorkers === undefined ? [] : [budget("worker", maxUnavailableWorkers)])];
}
