import type { Clock } from "../../autoscaler-agent/clock";
import { decide as realDecide } from "../../autoscaler-agent/decide/decide";
import { isTakenAway, type MachineNotice, mostPressing } from "../../autoscaler-agent/decide/tick/machineNotices";
import { AgentLoop } from "../../autoscaler-agent/loop";
import type { BackendError, NodeGroupBackend } from "../../autoscaler-agent/nodeGroups/backend";
import { InMemoryBackend, InMemoryCloud, type InMemoryGroupOptions } from "../../autoscaler-agent/nodeGroups/inMemory";
import { hasAliveHead } from "../../autoscaler-agent/ray/clusterSnapshot";
import type { RayControl } from "../../autoscaler-agent/ray/rayControl";
import type { TickRecord } from "../../autoscaler-agent/tickRecord";
import type { AgentConfig, AgentGroup } from "../../contract/agentConfig";
import type { BootReport } from "../../contract/bootReport";
import type { DecisionReply, DecisionRequest } from "../../contract/decision";
import type { Pause } from "../../contract/pause";
import { agentConfig } from "./agentBuilders";
import { FakeClock } from "./fakeClock";
import { FakeRay } from "./fakeRay";
import { IdleRemovalRule } from "./idleRemovalRule";

/** Names of the calls that the agent makes to the outside. */
export type OutsideCall =
  | "readState"
  | "drainNode"
  | "describe"
  | "launchTimes"
  | "launchFailures"
  | "setDesired"
  | "terminate"
  | "bootReports"
  | "notices";

interface SimulationOptions {
  readonly config?: AgentConfig;
  /** Instead of the real chooser. */
  readonly decide?: (request: DecisionRequest) => DecisionReply;
  /** Instead of the in-memory one: another way to speak to the in-memory cloud. */
  readonly backend?: (cloud: InMemoryCloud, clock: Clock) => NodeGroupBackend;
  /** By group name. */
  readonly cloud?: Readonly<Record<string, Partial<InMemoryGroupOptions>>>;
}

/** Longest time, in milliseconds, from asking Ray, or the group, to a write that rests on the answer. */
const oldest = { lookToShrink: 5_000, lookToGrow: 20_000, groupRead: 10_000 };

/** How an agent stands still. `stopped`: its process, as by SIGSTOP. `suspended`: its machine, whose monotonic clock stands still as well. */
export type Stillness = "stopped" | "suspended";

/** Thrown out of a call in whose middle the agent was killed. */
export class Killed extends Error {}

/**
 * The real loop over the in-memory cloud and the fake Ray, with the safety rules asserted at every write and after every tick.
 * A broken rule throws out of {@link AgentSimulation.tick}, so no scenario has to look for it.
 */
export class AgentSimulation {
  readonly clock = new FakeClock();
  readonly cloud: InMemoryCloud;
  readonly ray: FakeRay;
  config: AgentConfig;
  readonly bootReports = new Map<string, BootReport>();
  /** What the cloud answers instead, by call and group; undefined: nothing is wrong. */
  cloudFault: (call: string, groupName: string | undefined) => BackendError | undefined = () => undefined;
  /** Called before each outside call takes effect. */
  onCall: (call: OutsideCall) => void = () => undefined;
  /** So far is the cloud's clock ahead of the head's; negative: behind it. */
  cloudClockSeconds = 0;
  /** What the cloud announces; like a queue it tells a new agent again. */
  readonly notices: MachineNotice[] = [];
  /** Why the cloud's notices cannot be read. */
  noticeProblem: string | undefined;
  /** The kill switch. */
  pause: Pause | undefined;
  /** Why the kill switch cannot be read. */
  pauseProblem: string | undefined;
  readonly records: TickRecord[] = [];
  readonly writes: string[] = [];
  readonly broken: string[] = [];
  readonly #decide: (request: DecisionRequest) => DecisionReply;
  readonly #backend: NodeGroupBackend;
  #calls = 0;
  #killAtCall = Number.POSITIVE_INFINITY;
  #dead = false;
  #freeze: { call: number; seconds: number; how: Stillness; meanwhile: () => void } | undefined;
  #suspendedMs = 0;
  #frozenThisTick = false;
  #calledMs = 0;
  #rayAskedMs = Number.NEGATIVE_INFINITY;
  #workersSeen = 0;
  #idleRemovals: IdleRemovalRule;
  #groupAskedMs = new Map<string, number>();
  #loop: AgentLoop;
  #rayViews = 0;
  #rayViewThisTick = false;
  #groupViews = new Map<string, number>();
  #groupKnownThisTick = new Set<string>();

  constructor({ config = agentConfig(), cloud = {}, decide = realDecide, backend }: SimulationOptions = {}) {
    this.config = config;
    this.#decide = decide;
    const options = config.groups.map((group) => ({
      name: group.backend.autoScalingGroupName,
      max: group.maxReplicas,
      ...cloud[group.groupName],
    }));
    this.cloud = new InMemoryCloud(this.clock, options);
    const inMemory = new InMemoryBackend(this.cloud, (call, moment, groupName) =>
      moment === "before" ? this.cloudFault(call, groupName) : undefined,
    );
    this.#backend = backend?.(this.cloud, this.clock) ?? inMemory;
    this.ray = new FakeRay(this.clock, this.cloud, () => this.config);
    this.#idleRemovals = new IdleRemovalRule(this.clock.monotonicMs());
    this.#loop = this.#newLoop();
  }

  get callCount(): number {
    return this.#calls;
  }

  /** The agent dies right after its `call`-th outside call has taken effect, counted from the beginning. */
  killAfterCall(call: number): void {
    this.#killAtCall = call;
  }

  /** The agent stands still for a while right after its `call`-th outside call, counted from the beginning; the world goes on. */
  freezeAfterCall(call: number, { seconds, how, meanwhile }: { seconds: number; how: Stillness; meanwhile: () => void }): void {
    this.#freeze = { call, seconds, how, meanwhile };
  }

  /** The agent stands still now, between two ticks. */
  standStill(seconds: number, how: Stillness): void {
    this.clock.advance(seconds);
    this.#suspendedMs += how === "suspended" ? seconds * 1000 : 0;
  }

  /** A new agent on the same cloud and the same Ray. */
  restartAgent(): void {
    this.#dead = false;
    this.#killAtCall = Number.POSITIVE_INFINITY;
    this.#rayViews = 0;
    this.#groupViews.clear();
    this.#idleRemovals = new IdleRemovalRule(this.clock.monotonicMs());
    this.#loop = this.#newLoop();
  }

  /** One tick of everything. An agent that was killed in it is started anew. */
  async tick(): Promise<TickRecord | undefined> {
    this.clock.advance(this.config.tickSeconds);
    this.ray.settle();
    this.#rayViewThisTick = false;
    this.#frozenThisTick = false;
    this.#groupKnownThisTick.clear();
    try {
      const record = await this.#loop.tick(this.config, new AbortController().signal);
      if (this.#dead) {
        throw new Killed();
      }
      this.#endViews();
      this.records.push(record);
      return record;
    } catch (thrown) {
      if (!this.#dead) {
        throw thrown;
      }
      this.restartAgent();
      return undefined;
    } finally {
      this.#assertBounds();
      if (this.broken.length > 0) {
        // biome-ignore lint/correctness/noUnsafeFinally: a broken safety rule outweighs whatever else was thrown.
        throw new Error(this.broken.join("\n"));
      }
    }
  }

  async ticks(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      await this.tick();
    }
  }

  /** Ticks until the condition holds. Throws when it does not within so many ticks. */
  async until(what: string, condition: () => boolean, mostTicks = 600): Promise<number> {
    for (let index = 0; index < mostTicks; index += 1) {
      if (condition()) {
        return index;
      }
      await this.tick();
    }
    throw new Error(
      `not within ${mostTicks} ticks: ${what}\n${JSON.stringify(this.records.at(-1)?.holds)}\n${this.writes.slice(-20).join("\n")}`,
    );
  }

  /** The cloud announces what will happen to a machine. */
  announce(instanceId: string, kind: MachineNotice["kind"], seconds?: number): void {
    const deadline = seconds === undefined ? {} : { deadlineMs: this.clock.monotonicMs() + seconds * 1000 };
    this.notices.push({ instanceId, kind, what: "a test", ...deadline });
  }

  group(name = "cpu"): ReturnType<InMemoryCloud["group"]> {
    return this.cloud.group(this.#cloudName(name));
  }

  /** Machines that are not on their way out. */
  machineCount(name = "cpu"): number {
    return this.group(name).instances.filter((instance) => instance.endRequestedMs === undefined).length;
  }

  #newLoop(): AgentLoop {
    const random = () => 0.5;
    return new AgentLoop({
      clock: this.#agentClock(),
      random,
      decide: this.#decide,
      killSwitch: async () => ({
        ...(this.pause === undefined ? {} : { pause: this.pause }),
        ...(this.pauseProblem === undefined ? {} : { problem: this.pauseProblem }),
      }),
      ray: this.#watchedRay(),
      backend: this.#watchedBackend(),
      notices: {
        read: async (_place, { instanceIds }) =>
          await this.#call("notices", async () => ({
            notices: mostPressing(this.notices.filter(({ instanceId }) => instanceIds.has(instanceId))),
            ...(this.noticeProblem === undefined ? {} : { problem: this.noticeProblem }),
            droppedCount: 0,
          })),
      },
      bootReports: {
        read: async (_place, instanceIds) =>
          await this.#call("bootReports", async () => new Map([...this.bootReports].filter(([id]) => instanceIds.includes(id)))),
      },
    });
  }

  #agentClock(): Clock {
    return {
      monotonicMs: () => this.clock.monotonicMs() - this.#suspendedMs,
      epochMs: () => this.clock.epochMs(),
      sleep: (milliseconds, signal) => this.clock.sleep(milliseconds, signal),
    };
  }

  async #call<T>(name: OutsideCall, effect: () => Promise<T>): Promise<T> {
    if (this.#dead) {
      throw new Killed();
    }
    // When the agent decided to make it: how long it takes is not the agent's doing.
    this.#calledMs = this.clock.monotonicMs();
    this.onCall(name);
    this.#calls += 1;
    const result = await effect();
    if (this.#freeze?.call === this.#calls) {
      const { seconds, how, meanwhile } = this.#freeze;
      this.#freeze = undefined;
      // Shorter, it is a slow call like any other, and the ages of the reads say what may be written.
      this.#frozenThisTick = seconds * 1000 > oldest.lookToGrow;
      this.standStill(seconds, how);
      meanwhile();
      this.ray.settle();
    }
    if (this.#calls >= this.#killAtCall) {
      this.#dead = true;
      throw new Killed();
    }
    return result;
  }

  #watchedRay(): RayControl {
    return {
      readState: async (signal) =>
        await this.#call("readState", async () => {
          this.#rayAskedMs = this.#calledMs;
          this.#workersSeen = this.ray.aliveCount();
          const snapshot = await this.ray.readState(signal);
          this.#rayViewThisTick = hasAliveHead(snapshot);
          return snapshot;
        }),
      drainNode: async (request, signal) =>
        await this.#call("drainNode", async () => {
          this.writes.push(`drain ${request.nodeId.slice(-4)}`);
          const instanceId = this.ray.instanceOf(request.nodeId);
          const isAnnounced = this.notices.some((notice) => notice.instanceId === instanceId && isTakenAway(notice));
          this.#demand(request.reason === "idle" || isAnnounced, "S2: a node is asked to leave that is not idle, and nobody takes it away");
          this.#demand(!request.nodeId.includes("ffff"), "S2: the head is asked to leave");
          this.#assertRecent("a node is drained", oldest.lookToShrink);
          this.#demand(this.#rayViews >= 1 && this.#rayViewThisTick, "S5: a node is drained without two complete views of Ray in a row");
          const outcome = await this.ray.drainNode(request, signal);
          if (request.reason === "idle") this.#assertIdleRemoval(outcome.kind === "accepted");
          this.#assertMinimum(outcome.kind === "accepted" && request.reason === "idle" ? instanceId : undefined);
          return outcome;
        }),
      reportState: async (report, signal) => await this.ray.reportState(report, signal),
      reportConfig: async (report, signal) => await this.ray.reportConfig(report, signal),
    };
  }

  #watchedBackend(): NodeGroupBackend {
    const backend = this.#backend;
    return {
      describe: async (groups, signal) =>
        await this.#call("describe", async () => {
          for (const { groupName } of groups) this.#groupAskedMs.set(groupName, this.#calledMs);
          const observed = await backend.describe(groups, signal);
          for (const [name, observation] of observed) {
            if (observation.kind === "known") {
              this.#groupKnownThisTick.add(name);
            }
          }
          return observed;
        }),
      launchTimes: async (ids, signal) =>
        await this.#call("launchTimes", async () => {
          const times = await backend.launchTimes(ids, signal);
          return new Map([...times].map(([id, atMs]) => [id, this.#stamp(atMs)]));
        }),
      launchFailures: async (group, signal) =>
        await this.#call("launchFailures", async () => {
          const failures = await backend.launchFailures(group, signal);
          return failures.map((failure) => ({ ...failure, atMs: this.#stamp(failure.atMs) }));
        }),
      setDesired: async (group, desired, signal) =>
        await this.#call("setDesired", async () => {
          this.#assertSetDesired(group, desired);
          return await backend.setDesired(group, desired, signal);
        }),
      terminate: async (group, end, signal) =>
        await this.#call("terminate", async () => {
          this.#assertTerminate(group, end.instanceId);
          return await backend.terminate(group, end, signal);
        }),
    };
  }

  #stamp(epochMs: number): number {
    return epochMs + this.cloudClockSeconds * 1000;
  }

  #assertSetDesired(group: AgentGroup, desired: number): void {
    const before = this.cloud.group(group.backend.autoScalingGroupName);
    this.writes.push(`${group.groupName}: ${before.desired} -> ${desired}`);
    this.#demand(!this.config.dryRun, "S10: a dry run writes");
    const readMs = this.#calledMs - (this.#groupAskedMs.get(group.groupName) ?? Number.NEGATIVE_INFINITY);
    this.#demand(readMs <= oldest.groupRead, `S4: ${group.groupName} is sized on a read from ${readMs / 1000} s ago`);
    this.#assertRecent("a group is sized", desired < before.desired ? oldest.lookToShrink : oldest.lookToGrow);
    if (desired < before.desired) {
      const filling = before.instances.filter((instance) => instance.endRequestedMs === undefined && instance.unusualState !== "Standby");
      const views = this.#groupViews.get(group.groupName) ?? 0;
      this.#demand(
        this.#rayViews >= 1 && this.#rayViewThisTick && views >= 1,
        "S5: places are given back without two complete views of Ray and of the group in a row",
      );
      this.#demand(desired >= filling.length, `S3: ${group.groupName} is set to ${desired} with ${filling.length} machines`);
      return;
    }
    this.#demand(this.#rayViewThisTick, "S5: a group grows while the head is not alive in Ray");
    this.#demand(desired <= group.maxReplicas, `S1: ${group.groupName} is set to ${desired}, above ${group.maxReplicas}`);
    const others = this.config.groups
      .filter((other) => other !== group)
      .map((other) => this.cloud.group(other.backend.autoScalingGroupName).desired);
    const total = others.reduce((sum, other) => sum + other, desired);
    this.#demand(
      total <= (this.config.limits.maxReplicas ?? total),
      `S1: all groups are set to ${total}, above ${this.config.limits.maxReplicas}`,
    );
  }

  #assertTerminate(group: AgentGroup, instanceId: string): void {
    this.writes.push(`${group.groupName}: end ${instanceId}`);
    this.#demand(!this.config.dryRun, "S10: a dry run writes");
    this.#demand(instanceId !== "i-head", "S2: the head is ended");
    this.#assertRecent("a machine is ended", oldest.lookToShrink);
    this.#demand(this.ray.aliveNode(instanceId) === undefined, `S2: ${instanceId} is ended while it is in Ray`);
    const views = this.#groupViews.get(group.groupName) ?? 0;
    this.#demand(this.#rayViews >= 1 && this.#rayViewThisTick, "S5: a machine is ended without two complete views of Ray in a row");
    this.#demand(
      views >= 1 && this.#groupKnownThisTick.has(group.groupName),
      "S5: a machine is ended without two complete views of its group in a row",
    );
  }

  #assertIdleRemoval(isGone: boolean): void {
    const broken = this.#idleRemovals.ask(this.#rayAskedMs, { workers: this.#workersSeen, isGone });
    if (broken !== undefined) this.broken.push(broken);
  }

  #assertRecent(what: string, mostMs: number): void {
    const agoMs = this.#calledMs - this.#rayAskedMs;
    this.#demand(agoMs <= mostMs, `S5: ${what} on a look at Ray from ${agoMs / 1000} s ago`);
    this.#demand(!this.#frozenThisTick, `S5: ${what} on what was seen before the agent stood still`);
  }

  #assertMinimum(drained: string | undefined): void {
    for (const group of this.config.groups) {
      const machines = this.cloud
        .group(group.backend.autoScalingGroupName)
        .instances.filter((instance) => instance.endRequestedMs === undefined);
      const staying = machines.filter((instance) => !this.ray.hasLeft(instance.instanceId)).length;
      const touched = machines.some((instance) => instance.instanceId === drained);
      this.#demand(!touched || staying >= group.minReplicas, `S1: ${group.groupName} is drained to ${staying}, below ${group.minReplicas}`);
    }
  }

  #assertBounds(): void {
    for (const group of this.config.groups) {
      const { desired, max } = this.cloud.group(group.backend.autoScalingGroupName);
      this.#demand(desired <= max, `S1: ${group.groupName} wants ${desired}, above ${max}`);
    }
  }

  #endViews(): void {
    this.#rayViews = this.#rayViewThisTick ? this.#rayViews + 1 : 0;
    for (const { groupName } of this.config.groups) {
      this.#groupViews.set(groupName, this.#groupKnownThisTick.has(groupName) ? (this.#groupViews.get(groupName) ?? 0) + 1 : 0);
    }
  }

  #demand(holds: boolean, rule: string): void {
    if (!holds) {
      this.broken.push(rule);
    }
  }

  #cloudName(groupName: string): string {
    return this.config.groups.find((group) => group.groupName === groupName)?.backend.autoScalingGroupName ?? groupName;
  }
}
