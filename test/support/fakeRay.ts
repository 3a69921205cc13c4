import { cloudName, type InMemoryCloud } from "../../autoscaler-agent/nodeGroups/inMemory";
import type { NodeId } from "../../autoscaler-agent/ray/nodeId";
import {
  type AutoscalingReport,
  type ClusterConfigReport,
  type DrainOutcome,
  type DrainRequest,
  type RayControl,
  RayError,
  type RayNode,
  type RaySnapshot,
  type Resources,
} from "../../autoscaler-agent/ray/rayControl";
import type { AgentConfig } from "../../contract/agentConfig";
import type { Demand, Gang } from "../../contract/decision";
import { nodeId, rayNode } from "./agentBuilders";
import type { FakeClock } from "./fakeClock";
import { type FakeRayNode, fits, used } from "./fakeRayNode";

/** How long Ray takes to call a node dead that its health checks do not reach. */
const HEALTH_CHECKS_MS = 30_000;
const RESTART_MS = 10_000;
/** How long a control store that came back with stored state shows nodes that left while it was away. Seen once, on Ray 2.60. */
const GONE_NODES_SHOWN_MS = 42_000;
/** And the head before. */
const OLD_HEAD_SHOWN_MS = 5_000;
/** `maximum_gcs_destroyed_node_cached_count` is 1,000 in Ray; fewer here, so that a long simulation stays fast. */
const DEAD_NODES_KEPT = 200;
/** Enough for an answer of a minute ago. */
const ANSWERS_KEPT = 40;

interface Job {
  readonly shape: Resources;
  readonly seconds: number;
}

interface WaitingGang {
  readonly shape: Resources;
  readonly count: number;
  readonly spread: boolean;
  readonly seconds: number;
}

/**
 * Ray over the in-memory cloud: a machine in service joins after its boot time, tasks and placement groups wait, run and end, idle clocks tick, an idle node that is
 * asked to drain dies at once and a busy one refuses. Nothing moves but by {@link FakeRay.settle}.
 */
export class FakeRay implements RayControl {
  /** From in service to being in Ray. */
  bootSeconds = 20;
  /** Nobody answers. */
  unreachable = false;
  /** The GCS is up and lists nothing, as in the first seconds of a new head. */
  listsNothing = false;
  /** Machines of which Ray never starts. */
  neverJoin: (groupName: string, instanceId: string) => boolean = () => false;
  /** Machines whose nodes Ray calls dead half a minute after they joined, and that join again, as behind a firewall that the head does not get through. */
  firewalled: (groupName: string) => boolean = () => false;
  requested: Demand[] = [];
  /** Shown as waiting, and nobody waits for it. */
  pretended: readonly Demand[] = [];
  /** Drains take effect and are not answered. */
  losesReplies = false;
  /** Answers are so old, seconds, with the version of then. */
  lagSeconds = 0;
  readonly stateReports: AutoscalingReport[] = [];
  readonly configReports: ClusterConfigReport[] = [];
  readonly drains: DrainRequest[] = [];
  #session = 1;
  #heads = 1;
  #oldHeadUntilMs = Number.NEGATIVE_INFINITY;
  #awaySinceMs = Number.POSITIVE_INFINITY;
  #version = 0;
  #made = 0;
  #jobs: Job[] = [];
  #gangs: WaitingGang[] = [];
  #nodes: FakeRayNode[] = [];
  #answers: readonly { readonly atMs: number; readonly snapshot: RaySnapshot }[] = [];
  /** The last answer that was given. */
  #told: RaySnapshot | undefined;
  readonly #clock: FakeClock;
  readonly #cloud: InMemoryCloud;
  readonly #config: () => AgentConfig;

  constructor(clock: FakeClock, cloud: InMemoryCloud, config: () => AgentConfig) {
    this.#clock = clock;
    this.#cloud = cloud;
    this.#config = config;
  }

  submit(shape: Resources, count: number, seconds: number): void {
    this.#jobs.push(...Array.from({ length: count }, () => ({ shape, seconds })));
  }

  submitGang(gang: WaitingGang): void {
    this.#gangs.push(gang);
  }

  get waitingCount(): number {
    return this.#jobs.length + this.#gangs.length;
  }

  /** Whether the machine is a node with or without work now. */
  aliveNode(instanceId: string): { readonly busy: boolean } | undefined {
    const node = this.#nodes.find((candidate) => candidate.alive && candidate.instanceId === instanceId);
    return node === undefined ? undefined : { busy: node.work.length > 0 };
  }

  /** Whether the machine was a node once and is none any more. */
  hasLeft(instanceId: string): boolean {
    const nodes = this.#nodes.filter((node) => node.instanceId === instanceId);
    return nodes.length > 0 && nodes.every((node) => !node.alive);
  }

  /** The same, as far as the agent can know: it asked for it, or the last answer of Ray's, which may be old, has told of it. */
  hasVisiblyLeft(instanceId: string): boolean {
    const toldAlive = this.#told?.nodes.filter((node) => node.instanceId === instanceId && node.status !== "dead") ?? [];
    const wasAskedToLeave = (id: NodeId) => this.drains.some((drain) => drain.nodeId === id);
    return this.hasLeft(instanceId) && toldAlive.every((node) => wasAskedToLeave(node.nodeId));
  }

  /** How many tasks and bundles run there. */
  workOn(instanceId: string): number {
    return this.#nodes.reduce((sum, node) => sum + (node.instanceId === instanceId ? node.work.length : 0), 0);
  }

  instanceOf(id: NodeId): string | undefined {
    return this.#nodes.find((node) => node.nodeId === id)?.instanceId;
  }

  aliveCount(): number {
    return this.#nodes.filter((node) => node.alive).length;
  }

  /** The raylet dies and its machine lives on. */
  crashNode(instanceId: string): void {
    this.#die((node) => node.instanceId === instanceId);
  }

  /** Its machine has started Ray again: a new node. */
  bringBack(instanceId: string): void {
    const lost = this.#nodes.findLast((node) => node.instanceId === instanceId);
    const group = this.#config().groups.find(({ groupName }) => groupName === lost?.groupName);
    if (group !== undefined) this.#join(instanceId, cloudName(group));
  }

  /** The head starts anew without its old storage: no node, no demand, another session. */
  restartHead(): void {
    this.#session += 1;
    this.#heads += 1;
    this.#version = 0;
    this.#nodes = [];
    this.#jobs = [];
    this.#gangs = [];
    this.requested = [];
  }

  /** The head is lost, and what runs on the workers goes on. */
  loseHead(): void {
    this.unreachable = true;
    this.#awaySinceMs = this.#clock.monotonicMs();
  }

  /** A new head with the stored state: everything as it was, what left meanwhile not yet called dead; only the counter starts anew. */
  restoreHead(): void {
    const now = this.#clock.monotonicMs();
    this.unreachable = false;
    this.#version = 0;
    this.#heads += 1;
    this.#oldHeadUntilMs = now + OLD_HEAD_SHOWN_MS;
    for (const node of this.#nodes) {
      if (!node.alive && (node.diedMs ?? 0) >= this.#awaySinceMs) node.shownUntilMs = now + GONE_NODES_SHOWN_MS;
    }
  }

  /** Brings Ray up to now. */
  settle(): void {
    const now = this.#clock.monotonicMs();
    const running = new Map(this.#cloud.runningInstances().map((instance) => [instance.instanceId, instance]));
    this.#die((node) => !running.has(node.instanceId));
    this.#die((node) => this.firewalled(node.groupName) && now - node.joinedMs >= HEALTH_CHECKS_MS);
    this.#forgetDead();
    for (const instance of running.values()) {
      const known = this.#nodes.some((node) => node.instanceId === instance.instanceId && (node.alive || !this.#startsAgain(node)));
      const bootedMs = instance.launchedMs + (this.bootSeconds + 5) * 1000;
      if (!known && now >= bootedMs && !this.neverJoin(instance.groupName, instance.instanceId)) {
        this.#join(instance.instanceId, instance.groupName);
      }
    }
    for (const node of this.#nodes.filter(({ alive, work }) => alive && work.length > 0)) {
      node.work = node.work.filter(({ untilMs }) => untilMs > now);
      node.idleSinceMs = now;
    }
    this.#die(({ draining, work }) => draining && work.length === 0);
    this.#jobs = this.#jobs.filter((job) => !this.#place([job.shape], false, job.seconds));
    this.#gangs = this.#gangs.filter(
      (gang) =>
        !this.#place(
          Array.from({ length: gang.count }, () => gang.shape),
          gang.spread,
          gang.seconds,
        ),
    );
  }

  async readState(signal: AbortSignal): Promise<RaySnapshot> {
    signal.throwIfAborted();
    this.#answerOrThrow();
    this.#version += 1;
    const snapshot = this.#snapshot();
    const atMs = this.#clock.monotonicMs();
    this.#answers = [...this.#answers.slice(1 - ANSWERS_KEPT), { atMs, snapshot }];
    const old = this.lagSeconds === 0 ? undefined : this.#answers.findLast((one) => atMs - one.atMs >= this.lagSeconds * 1000);
    this.#told = old?.snapshot ?? snapshot;
    return this.#told;
  }

  #snapshot(): RaySnapshot {
    const base = { sessionName: `session-${this.#session}`, version: this.#version };
    if (this.listsNothing) {
      return { ...base, nodes: [], demands: [], gangs: [], requested: [] };
    }
    const head = this.#head(this.#heads, "i-head");
    const oldHead = this.#clock.monotonicMs() < this.#oldHeadUntilMs ? [this.#head(this.#heads - 1, "i-old-head")] : [];
    return {
      ...base,
      nodes: [...oldHead, head, ...this.#nodes.map((node) => this.#show(node))],
      demands: this.#demands(),
      gangs: this.#gangs.map(gangOf),
      requested: this.requested,
    };
  }

  #head(number: number, instanceId: string): RayNode {
    return rayNode({
      nodeId: nodeId(0xffff_0000 + number),
      instanceId,
      groupName: "headgroup",
      isHead: true,
      total: { "node:__internal_head__": 1 },
      available: { "node:__internal_head__": 1 },
      idleSeconds: 100_000,
    });
  }

  async drainNode(request: DrainRequest, signal: AbortSignal): Promise<DrainOutcome> {
    signal.throwIfAborted();
    this.#answerOrThrow();
    this.drains.push(request);
    const outcome = this.#drain(request);
    if (this.losesReplies) throw new RayError("unreachable", "DEADLINE_EXCEEDED: no answer");
    return outcome;
  }

  #drain({ nodeId: asked, reason }: DrainRequest): DrainOutcome {
    const node = this.#nodes.find((candidate) => candidate.nodeId === asked);
    if (node?.alive !== true) {
      return { kind: "accepted" };
    }
    if (node.work.length > 0 && reason === "preemption") {
      node.draining = true;
      return { kind: "accepted" };
    }
    if (node.work.length > 0) {
      return { kind: "rejected", message: "The node to be idle terminated is no longer idle." };
    }
    node.alive = false;
    return { kind: "accepted" };
  }

  async reportState(report: AutoscalingReport, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#answerOrThrow();
    this.stateReports.push(report);
  }

  async reportConfig(report: ClusterConfigReport, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#answerOrThrow();
    this.configReports.push(report);
  }

  #answerOrThrow(): void {
    if (this.unreachable) {
      throw new RayError("unreachable", "UNAVAILABLE: No connection established");
    }
  }

  /** As Ray's own list: the newest dead nodes stay on it. */
  #forgetDead(): void {
    const dead = this.#nodes.filter(({ alive }) => !alive);
    const forgotten = new Set(dead.slice(0, Math.max(0, dead.length - DEAD_NODES_KEPT)));
    if (forgotten.size > 0) this.#nodes = this.#nodes.filter((node) => !forgotten.has(node));
  }

  #die(which: (node: FakeRayNode) => boolean): void {
    for (const node of this.#nodes.filter((candidate) => candidate.alive && which(candidate))) {
      node.alive = false;
      node.diedMs = this.#clock.monotonicMs();
      // Ray retries the tasks of a node that died.
      this.#jobs.push(...node.work.map(({ shape }) => ({ shape, seconds: 1 })));
      node.work = [];
    }
  }

  /** Its machine starts Ray once more, behind the firewall; as a new node. */
  #startsAgain(node: FakeRayNode): boolean {
    return !node.alive && this.firewalled(node.groupName) && this.#clock.monotonicMs() - node.joinedMs >= HEALTH_CHECKS_MS + RESTART_MS;
  }

  #join(instanceId: string, groupName: string): void {
    this.#made += 1;
    const group = this.#config().groups.find((candidate) => cloudName(candidate) === groupName);
    this.#nodes.push({
      nodeId: nodeId(this.#made),
      instanceId,
      groupName: group?.groupName ?? groupName,
      total: group?.resources ?? {},
      work: [],
      idleSinceMs: this.#clock.monotonicMs(),
      alive: true,
      draining: false,
      joinedMs: this.#clock.monotonicMs(),
    });
  }

  #place(shapes: readonly Resources[], spread: boolean, seconds: number): boolean {
    const alive = this.#nodes.filter((node) => node.alive && !node.draining);
    const chosen: { node: FakeRayNode; shape: Resources }[] = [];
    for (const shape of shapes) {
      const node = alive.find((candidate) => {
        const extra = chosen.filter((other) => other.node === candidate).map((other) => other.shape);
        return !(spread && extra.length > 0) && fits(shape, candidate, extra);
      });
      if (node === undefined) {
        return false;
      }
      chosen.push({ node, shape });
    }
    for (const { node, shape } of chosen) {
      node.work.push({ shape, untilMs: this.#clock.monotonicMs() + seconds * 1000 });
    }
    return true;
  }

  #demands(): Demand[] {
    const counts = new Map<string, number>();
    for (const { shape } of this.#jobs) {
      const key = JSON.stringify(shape);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...[...counts].map(([key, count]) => ({ shape: JSON.parse(key) as Record<string, number>, count })), ...this.pretended];
  }

  #show(node: FakeRayNode): RayNode {
    if (!node.alive && this.#clock.monotonicMs() < (node.shownUntilMs ?? 0)) {
      const { nodeId: id, instanceId, groupName, total } = node;
      const { idleSeconds: _, ...shown } = rayNode({ nodeId: id, instanceId, groupName, status: "running", total, available: total });
      return shown;
    }
    const idleSeconds = (this.#clock.monotonicMs() - node.idleSinceMs) / 1000;
    const available = Object.entries(node.total).map(([name, amount]) => [name, amount - used(node, name)] as const);
    const idle = node.work.length === 0 && idleSeconds > 0;
    return rayNode({
      nodeId: node.nodeId,
      instanceId: node.instanceId,
      groupName: node.groupName,
      status: !node.alive ? "dead" : node.draining ? "draining" : idle ? "idle" : "running",
      total: node.alive ? node.total : {},
      available: node.alive ? Object.fromEntries(available.filter(([, amount]) => amount > 0)) : {},
      ...(node.alive && idle ? { idleSeconds } : {}),
    });
  }
}

function gangOf(gang: WaitingGang, index: number): Gang {
  const antiAffinity = { label: `_PG_${index}`, value: "" };
  return { bundles: [{ shape: { ...gang.shape }, count: gang.count, ...(gang.spread ? { antiAffinity } : {}) }] };
}
