import { noNotices } from "../autoscaler-agent/decide/tick/machineNotices";
import { emptyMemory, type Memory } from "../autoscaler-agent/decide/tick/memory";
import type { Observation } from "../autoscaler-agent/decide/tick/observation";
import type { NodeGroupState } from "../autoscaler-agent/nodeGroups/backend";
import { type NodeId, nodeIdFromBytes } from "../autoscaler-agent/ray/nodeId";
import type { RayNode } from "../autoscaler-agent/ray/rayControl";
import { type AgentConfig, agentConfigSchema } from "../contract/agentConfig";
import type { Demand, Gang } from "../contract/decision";
import { SeededRandom } from "./decide/random";

const gib = 2 ** 30;
const tickMs = 2000;

/** How large a cluster is, and how much waits on it. */
export interface ClusterSize {
  readonly nodes: number;
  readonly groups: number;
  readonly shapes: number;
  readonly gangs: number;
}

/**
 * A cluster as the agent reads it, tick after tick: most nodes partly taken, no two quite alike, some idle; of the nodes one in ten changes between two ticks, and so
 * does one shape in ten of what waits. Nothing that the agent decides comes true, so that each tick has as much to do.
 */
export class BusyCluster {
  readonly config: AgentConfig;
  private readonly random: SeededRandom;
  private readonly nodes: RayNode[];
  private readonly states: ReadonlyMap<string, NodeGroupState>;
  private readonly demands: Demand[];
  private readonly gangs: readonly Gang[];
  private ticks = 0;

  constructor(size: ClusterSize, seed: number) {
    this.random = new SeededRandom(seed);
    this.config = configOf(size);
    const { groups } = this.config;
    const workers = Array.from({ length: size.nodes }, (_, i) => this.worker(i, groups[i % groups.length]?.groupName ?? ""));
    this.nodes = [headNode(), ...workers];
    this.states = new Map(groups.map(({ groupName, maxReplicas }) => [groupName, stateOf(workers, groupName, maxReplicas)]));
    this.demands = Array.from({ length: size.shapes }, (_, i) => this.demand(i));
    this.gangs = Array.from({ length: size.gangs }, (_, i) => this.gang(i));
  }

  /** What an agent knows that has just started. */
  memory(): Memory {
    return emptyMemory(0);
  }

  /** What the agent reads next. */
  observe(): Observation {
    this.ticks += 1;
    this.change();
    const nowMs = this.ticks * tickMs;
    const snapshot = {
      sessionName: "session",
      version: this.ticks,
      nodes: [...this.nodes],
      demands: [...this.demands],
      gangs: this.gangs,
      requested: [],
    };
    return {
      nowMs,
      epochMs: nowMs,
      ray: { kind: "known", snapshot },
      groups: new Map([...this.states].map(([groupName, state]) => [groupName, { kind: "known", state }])),
      launchTimes: new Map(),
      launchFailures: new Map(),
      notices: noNotices,
      bootReports: new Map(),
    };
  }

  private change(): void {
    for (let i = 1; i < this.nodes.length; i += 1) {
      const node = this.nodes[i];
      if (node !== undefined && this.random.between(1, 10) === 1) this.nodes[i] = this.worker(i - 1, node.groupName);
    }
    for (const i of this.demands.keys()) if (this.random.between(1, 10) === 1) this.demands[i] = this.demand(i);
  }

  private worker(number: number, groupName: string): RayNode {
    const group = this.config.groups.find((one) => one.groupName === groupName);
    const total = { ...group?.resources };
    const isIdle = this.random.between(1, 10) === 1;
    const cpus = isIdle ? 0 : this.random.between(1, total["CPU"] ?? 1);
    const taken = Math.min(total["memory"] ?? 0, this.random.between(1, 3 * cpus + 1) * gib);
    const available = {
      ...total,
      CPU: (total["CPU"] ?? 0) - cpus,
      memory: isIdle ? (total["memory"] ?? 0) : (total["memory"] ?? 0) - taken,
    };
    return {
      nodeId: idOf(number + 2),
      instanceId: `i-${number}`,
      groupName,
      status: isIdle ? "idle" : "running",
      isHead: false,
      total,
      available,
      labels: { "ray.io/node-group": groupName },
      dynamicLabels: {},
      ...(isIdle ? { idleSeconds: this.random.between(0, 900) } : {}),
      address: `10.80.${number >> 8}.${number & 255}`,
      instanceType: "",
      activity: [],
    };
  }

  /** The same shape for the same number, in a changing count. */
  private demand(number: number): Demand {
    const shape = { CPU: 1 + (number % 8), memory: (1 + Math.floor(number / 8)) * gib };
    return { shape, count: this.random.between(1, 100) };
  }

  private gang(number: number): Gang {
    const bundle = { shape: { CPU: this.random.between(1, 4) }, antiAffinity: { label: `_PG_${number}`, value: "" } };
    return { bundles: [{ ...bundle, count: 4 }] };
  }
}

function configOf({ groups, nodes }: ClusterSize): AgentConfig {
  const perGroup = Math.ceil(nodes / groups);
  return agentConfigSchema.parse({
    schemaVersion: 1,
    clusterName: "bench",
    region: "us-east-1",
    groups: Array.from({ length: groups }, (_, i) => ({
      groupName: `group-${i}`,
      backend: { kind: "aws-auto-scaling-group", autoScalingGroupName: `bench-${i}` },
      resources: { CPU: 8 + 8 * (i % 5), memory: (32 + 16 * i) * gib },
      labels: {},
      minReplicas: 0,
      maxReplicas: 2 * perGroup,
      idleTimeoutSeconds: 300,
      bootDeadlineSeconds: 600,
      pricePerHourUsd: 0.05 * (8 + 8 * (i % 5)) + 0.003 * (32 + 16 * i),
      priority: 0,
      instanceTypes: ["m7i.4xlarge"],
    })),
    limits: { upscalingSpeed: 1 },
    tickSeconds: tickMs / 1000,
    dryRun: false,
    bootReports: { bucket: "bench", prefix: "boot" },
    metrics: { host: "127.0.0.1", port: 44_217 },
  });
}

function headNode(): RayNode {
  const total = { memory: 32 * gib };
  const base = { instanceId: "i-head", groupName: "head", status: "idle", isHead: true, total, available: total } as const;
  return {
    ...base,
    nodeId: idOf(1),
    labels: {},
    dynamicLabels: {},
    idleSeconds: 0,
    address: "10.80.255.1",
    instanceType: "",
    activity: [],
  };
}

function stateOf(workers: readonly RayNode[], groupName: string, max: number): NodeGroupState {
  const instances = workers
    .filter((node) => node.groupName === groupName)
    .map(({ instanceId }) => ({
      instanceId,
      lifecycle: "in-service" as const,
      cloudState: "InService",
      fillsDesired: true,
      protectedFromScaleIn: true,
      zone: "us-east-1a",
      instanceType: "m7i.4xlarge",
    }));
  return { desired: instances.length, min: 0, max, instances, launchSuspended: false };
}

function idOf(number: number): NodeId {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(number, 24);
  const made = nodeIdFromBytes(bytes);
  if (made === undefined) throw new Error("idOf: 28 bytes are not a node id");
  return made;
}
