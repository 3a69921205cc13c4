import type { AgentGroup } from "../../../contract/agentConfig";
import { backendOf } from "../backendOf";

/** Which RayCluster. */
export interface ClusterPlace {
  readonly namespace: string;
  readonly rayClusterName: string;
}

/** The RayCluster of a group. */
export function placeOf(group: AgentGroup): ClusterPlace {
  const { namespace, rayClusterName } = backendOf(group, "kuberay-worker-group");
  return { namespace, rayClusterName };
}

/** As a person names it. */
export function placeText({ namespace, rayClusterName }: ClusterPlace): string {
  return `RayCluster ${namespace}/${rayClusterName}`;
}
