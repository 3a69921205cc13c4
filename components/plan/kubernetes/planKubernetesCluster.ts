import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { planServiceAccounts } from "./identities";
import type { KubernetesObject } from "./kubernetesObject";
import { clusterWideMetadata } from "./objectMetadata";
import { type AgentProgram, planAgent } from "./planAgent";
import { planDisruptionBudgets } from "./planDisruptionBudgets";
import { planIngress } from "./planIngress";
import { planKueue } from "./planKueue";
import { planMonitoring } from "./planMonitoring";
import { planNetworkPolicies } from "./planNetworkPolicies";
import { type HelmRelease, planCrds, planOperator, type WantedCrds } from "./planOperator";
import { planPriorityClasses } from "./planPriorityClasses";
import { planClusterJobs } from "./planRayJob";
import { planRayObject } from "./planRayObject";

/** Everything that stands in a Kubernetes cluster for one Ray cluster. */
export interface KubernetesClusterPlan {
  /** Absent: the user has an operator. */
  readonly operator?: HelmRelease;
  /** Absent: they are there. */
  readonly crds?: WantedCrds;
  /** An autoscaler sets the replicas of the RayCluster's worker groups, so these are not written. */
  readonly autoscaled: boolean;
  /** In an order in which they can be made one after the other. */
  readonly objects: readonly KubernetesObject[];
}

function planNamespace(spec: KubernetesClusterSpec): readonly KubernetesObject[] {
  if (!spec.createNamespace) return [];
  return [{ apiVersion: "v1", kind: "Namespace", metadata: clusterWideMetadata(spec, spec.namespace) }];
}

/**
 * Plans a whole cluster. Equal specifications give equal plans.
 *
 * @throws NoAgentProgramError when the agent's program is to come by ConfigMaps and is not given
 */
export function planKubernetesCluster(spec: KubernetesClusterSpec, agentProgram?: AgentProgram): KubernetesClusterPlan {
  const [operator, crds] = [planOperator(spec), planCrds(spec)];
  return {
    ...(operator === undefined ? {} : { operator }),
    ...(crds === undefined ? {} : { crds }),
    autoscaled: spec.autoscaler !== "none",
    objects: [
      ...planNamespace(spec),
      ...planPriorityClasses(spec),
      ...planKueue(spec),
      ...planServiceAccounts(spec),
      ...planNetworkPolicies(spec),
      ...planDisruptionBudgets(spec),
      ...planMonitoring(spec),
      planRayObject(spec),
      ...planClusterJobs(spec),
      ...planAgent(spec, agentProgram),
      ...planIngress(spec),
    ],
  };
}
