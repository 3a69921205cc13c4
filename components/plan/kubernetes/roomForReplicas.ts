import { autoscalerAnnotation } from "../../../contract/kubernetes/kubernetesAgent";
import type { MergeableGroup } from "./mergeWorkerGroups";

/** True of clusters that rayfleet's agent sizes. To the operator they have no autoscaler: it ends any pods that are more than it is told, at once. */
export function isScaledByAgent({ metadata }: { readonly metadata?: unknown }): boolean {
  const { annotations } = (metadata ?? {}) as { readonly annotations?: Readonly<Record<string, unknown>> };
  return annotations?.[autoscalerAnnotation] === "rayfleet";
}

/**
 * The groups to write over a living cluster, each with room for the replicas that are there, where the agent sizes it: the operator would end pods above a lowered maximum
 * at once, whatever they do. The agent knows the new one, and takes nodes away as they become idle.
 *
 * @param groups with the replicas of the living cluster
 */
export function roomForReplicas(declared: { readonly metadata?: unknown }, groups: readonly MergeableGroup[]): readonly MergeableGroup[] {
  return isScaledByAgent(declared) ? groups.map(withRoom) : groups;
}

function withRoom(group: MergeableGroup): MergeableGroup {
  const { replicas = 0, maxReplicas } = group;
  return maxReplicas === undefined || replicas <= maxReplicas ? group : { ...group, maxReplicas: replicas };
}
