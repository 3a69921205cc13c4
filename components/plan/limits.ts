import type { AgentConfig } from "../../contract/agentConfig";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { planVcpuQuotas } from "./vcpuQuotas";
import type { WorkerGroupPlan } from "./workerGroups";

/** What all groups together are held to; a limit that the stack file does not set is absent. */
export function planLimits(spec: ClusterSpec, plans: readonly WorkerGroupPlan[]): AgentConfig["limits"] {
  const quotas = planVcpuQuotas(spec, plans);
  return {
    ...(spec.maxReplicas === undefined ? {} : { maxReplicas: spec.maxReplicas }),
    ...(spec.budget.maxHourlyUsd === undefined ? {} : { maxHourlyUsd: spec.budget.maxHourlyUsd }),
    upscalingSpeed: spec.upscalingSpeed,
    ...(quotas.length === 0 ? {} : { quotas }),
  };
}
