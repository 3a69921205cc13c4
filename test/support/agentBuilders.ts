import { type NodeId, nodeIdFromBytes } from "../../autoscaler-agent/ray/nodeId";
import type { RayNode } from "../../autoscaler-agent/ray/rayControl";
import { type AgentConfig, type AgentGroup, agentConfigSchema } from "../../contract/agentConfig";

const GIB = 2 ** 30;

/** A worker group of 4-CPU machines, from 0 to 10. */
export function agentGroup(overrides: Partial<AgentGroup> = {}): AgentGroup {
  const groupName = overrides.groupName ?? "cpu";
  return {
    groupName,
    backend: { kind: "aws-auto-scaling-group", autoScalingGroupName: `demo-${groupName}` },
    resources: { CPU: 4, memory: 8 * GIB },
    labels: {},
    minReplicas: 0,
    maxReplicas: 10,
    idleTimeoutSeconds: 60,
    bootDeadlineSeconds: 300,
    pricePerHourUsd: 0.2,
    priority: 0,
    instanceTypes: ["m7i.xlarge"],
    ...overrides,
  };
}

/** A configuration with one group, checked by the contract. */
export function agentConfig(overrides: Partial<AgentConfig> = {}): AgentConfig {
  return agentConfigSchema.parse({
    schemaVersion: 1,
    clusterName: "demo",
    region: "us-east-1",
    groups: [agentGroup()],
    limits: { upscalingSpeed: 1 },
    tickSeconds: 2,
    dryRun: false,
    bootReports: { bucket: "demo-artifacts", prefix: "boot" },
    metrics: { host: "127.0.0.1", port: 44217 },
    ...overrides,
  });
}

/** A node id that is made of one number. */
export function nodeId(number: number): NodeId {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(number, 24);
  const made = nodeIdFromBytes(bytes);
  if (made === undefined) {
    throw new Error("nodeId: 28 bytes are not a node id");
  }
  return made;
}

/** A live idle worker node of group "cpu" with 4 CPUs. */
export function rayNode(overrides: Partial<RayNode> = {}): RayNode {
  return {
    nodeId: nodeId(1),
    instanceId: "i-00000001",
    groupName: "cpu",
    status: "idle",
    isHead: false,
    total: { CPU: 4, memory: 8 * GIB },
    available: { CPU: 4, memory: 8 * GIB },
    // Ray gives it to every node by itself.
    labels: { "ray.io/node-group": overrides.groupName ?? "cpu" },
    dynamicLabels: {},
    address: "10.80.0.11",
    instanceType: "m7i.xlarge",
    activity: [],
    ...overrides,
  };
}
