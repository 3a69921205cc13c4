import { type AgentConfig, agentConfigSchema } from "../../../contract/agentConfig";
import type { KubernetesClusterSpec, KubernetesWorkerGroupSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { nodePorts } from "../../../contract/ports";
import { machineType } from "../machineTypes";
import { offeredResources } from "./offeredResources";

const instanceTypeLabel = "node.kubernetes.io/instance-type";

function agentGroup(spec: KubernetesClusterSpec, group: KubernetesWorkerGroupSpec): AgentConfig["groups"][number] {
  const instanceType = group.nodeSelector[instanceTypeLabel];
  const price = group.pricePerHourUsd ?? (instanceType === undefined ? undefined : machineType(instanceType)?.pricePerHourUsd);
  const accelerator = group.gpu?.type;
  return {
    groupName: group.groupName,
    backend: { kind: "kuberay-worker-group", namespace: spec.namespace, rayClusterName: spec.name },
    resources: { ...offeredResources(group) },
    labels: {
      ...group.labels,
      "ray.io/node-group": group.groupName,
      ...(accelerator === undefined ? {} : { "ray.io/accelerator-type": accelerator }),
    },
    minReplicas: group.minReplicas,
    maxReplicas: group.maxReplicas,
    idleTimeoutSeconds: group.idleTimeoutSeconds ?? spec.idleTimeoutSeconds,
    bootDeadlineSeconds: group.bootDeadlineSeconds,
    ...(price === undefined ? {} : { pricePerHourUsd: price }),
    priority: group.priority,
    instanceTypes: [instanceType ?? "pod"],
  };
}

/** The agent's configuration. What only machines of a cloud have, boot reports, notices and the heartbeat, is absent. */
export function planAgentConfig(spec: KubernetesClusterSpec): AgentConfig {
  return agentConfigSchema.parse({
    schemaVersion: 1,
    clusterName: spec.name,
    groups: spec.workerGroups.map((group) => agentGroup(spec, group)),
    ...(spec.schedules.length === 0 ? {} : { schedules: [...spec.schedules] }),
    limits: {
      ...(spec.maxReplicas === undefined ? {} : { maxReplicas: spec.maxReplicas }),
      ...(spec.budget.maxHourlyUsd === undefined ? {} : { maxHourlyUsd: spec.budget.maxHourlyUsd }),
      upscalingSpeed: spec.upscalingSpeed,
    },
    tickSeconds: spec.agent.tickSeconds,
    dryRun: spec.agent.dryRun,
    // Whoever is not let in by the network policy does not reach it; probes come from the node.
    metrics: { host: "0.0.0.0", port: nodePorts.agentMetrics },
  });
}
