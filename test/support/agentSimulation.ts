import type { Clock } from "../../autoscaler-agent/clock";
import { decide as realDecide } from "../../autoscaler-agent/decide/decide";
import { type MachineNotice, mostPressing } from "../../autoscaler-agent/decide/tick/machineNotices";
import { AgentLoop } from "../../autoscaler-agent/loop";
import type { BackendError, NodeGroupBackend } from "../../autoscaler-agent/nodeGroups/backend";
import {
  cloudName,
  type FaultInjection,
  InMemoryBackend,
  InMemoryCloud,
  type InMemoryGroupOptions,
} from "../../autoscaler-agent/nodeGroups/inMemory";
import type { RayControl } from "../../autoscaler-agent/ray/rayControl";
import type { TickRecord } from "../../autoscaler-agent/tickRecord";
import type { AgentConfig } from "../../contract/agentConfig";
import type { BootReport } from "../../contract/bootReport";
import type { DecisionReply, DecisionRequest } from "../../contract/decision";
import type { Pause } from "../../contract/pause";
import { agentConfig } from "./agentBuilders";
import { FakeClock } from "./fakeClock";
import { FakeRay } from "./fakeRay";
import { RuleLedger, type RuleName } from "./ruleLedger";
import { SafetyWatch } from "./safetyWatch";
import { type CallOutside, type OutsideCall, watchedBackend, watchedRay } from "./watchedPorts";

/** The two ways out of the agent. */
export interface Outside {
  readonly ray: RayControl;
  readonly backend: NodeGroupBackend;
}

/** What a simulation is made of. */
export interface SimulationOptions {
  readonly config?: AgentConfig;
  /** Instead of the real chooser. */
  readonly decide?: (request: DecisionRequest) => DecisionReply;
  /** Instead of the in-memory one: another way to speak to the in-memory cloud, with the simulation's faults. */
  readonly backend?: (cloud: InMemoryCloud, clock: Clock, fault: FaultInjection) => NodeGroupBackend;
  /** An agent that is wrong on purpose: what it does instead of what it decided. The rules see what comes out. */
  readonly distort?: (outside: Outside) => Outside;
  /** Rules that do not bind, as when the chooser is wrong on purpose. */
  readonly except?: readonly RuleName[];
  /** By group name. */
  readonly cloud?: Readonly<Record<string, Partial<InMemoryGroupOptions>>>;
}

/** How an agent stands still. `stopped`: its process, as by SIGSTOP. `suspended`: its machine, whose monotonic clock stands still as well. */
export type Stillness = "stopped" | "suspended";

interface Freeze {
  readonly call: number;
  readonly seconds: number;
  readonly how: Stillness;
  readonly meanwhile: () => void | Promise<void>;
}

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
  /** The same after the call took effect: its answer is lost. */
  cloudReplyFault: (call: string, groupName: string | undefined) => BackendError | undefined = () => undefined;
  /** Called before each outside call takes effect. */
  onCall: (call: OutsideCall) => void = () => undefined;
  /** Waits until the call may take effect: several are under way at once. */
  turn: (call: OutsideCall) => Promise<void> = async () => undefined;
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
  /** What was asserted of the rules. */
  readonly rules: RuleLedger;
  readonly #decide: (request: DecisionRequest) => DecisionReply;
  readonly #backend: NodeGroupBackend;
  #calls = 0;
  #killAtCall = Number.POSITIVE_INFINITY;
  #dead = false;
  readonly #distort: (outside: Outside) => Outside;
  #freeze: Freeze | undefined;
  #suspendedMs = 0;
  #watch: SafetyWatch;
  #loop: AgentLoop;

  constructor({ config = agentConfig(), cloud = {}, decide = realDecide, backend, distort, except }: SimulationOptions = {}) {
    this.config = config;
    this.#decide = decide;
    const options = config.groups.map((group) => ({
      name: cloudName(group),
      max: group.maxReplicas,
      ...cloud[group.groupName],
    }));
    this.cloud = new InMemoryCloud(this.clock, options);
    const fault: FaultInjection = (call, moment, groupName) =>
      moment === "before" ? this.cloudFault(call, groupName) : this.cloudReplyFault(call, groupName);
    this.#backend = backend?.(this.cloud, this.clock, fault) ?? new InMemoryBackend(this.cloud, fault);
    this.ray = new FakeRay(this.clock, this.cloud, () => this.config);
    this.rules = new RuleLedger(except);
    this.#distort = distort ?? ((outside) => outside);
    this.#watch = this.#newWatch();
    this.#loop = this.#newLoop(this.#watch, this.#call);
  }

  get callCount(): number {
    return this.#calls;
  }

  /** The agent dies right after its `call`-th outside call has taken effect, counted from the beginning. */
  killAfterCall(call: number): void {
    this.#killAtCall = call;
  }

  /** The agent stands still for a while right after its `call`-th outside call, counted from the beginning; the world goes on. */
  freezeAfterCall(call: number, freeze: Omit<Freeze, "call">): void {
    this.#freeze = { call, ...freeze };
  }

  /** Another agent works for so many ticks on the same cloud and the same Ray, as while this one stands still. */
  async otherAgent(ticks: number): Promise<void> {
    const watch = this.#newWatch();
    const loop = this.#newLoop(watch, async (_name, effect) => await effect(this.clock.monotonicMs()));
    for (let tick = 0; tick < ticks; tick += 1) {
      this.clock.advance(this.config.tickSeconds);
      this.ray.settle();
      watch.beginTick();
      watch.endTick(await loop.tick(this.config, new AbortController().signal), this.#decide);
    }
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
    this.#watch = this.#newWatch();
    this.#loop = this.#newLoop(this.#watch, this.#call);
  }

  /** One tick of everything. An agent that was killed in it is started anew. */
  async tick(): Promise<TickRecord | undefined> {
    this.clock.advance(this.config.tickSeconds);
    this.ray.settle();
    this.#watch.beginTick();
    try {
      const record = await this.#loop.tick(this.config, new AbortController().signal);
      if (this.#dead) {
        throw new Killed();
      }
      this.#watch.endTick(record, this.#decide);
      this.records.push(record);
      return record;
    } catch (thrown) {
      if (!this.#dead) {
        throw thrown;
      }
      this.restartAgent();
      return undefined;
    } finally {
      this.#watch.assertBounds();
      if (this.rules.broken.length > 0) {
        // biome-ignore lint/correctness/noUnsafeFinally: a broken safety rule outweighs whatever else was thrown.
        throw new Error(this.rules.broken.join("\n"));
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

  #newWatch(): SafetyWatch {
    const simulation = this;
    const { cloud, ray, notices, bootReports, writes, clock } = this;
    return new SafetyWatch(
      {
        cloud,
        ray,
        notices,
        bootReports,
        get config() {
          return simulation.config;
        },
        nowMs: () => clock.monotonicMs(),
        note: (write) => writes.push(write),
      },
      this.rules,
    );
  }

  #newLoop(watch: SafetyWatch, call: CallOutside): AgentLoop {
    const random = () => 0.5;
    const stamp = (epochMs: number) => epochMs + this.cloudClockSeconds * 1000;
    return new AgentLoop({
      clock: this.#agentClock(),
      random,
      decide: this.#decide,
      killSwitch: async () => ({
        ...(this.pause === undefined ? {} : { pause: this.pause }),
        ...(this.pauseProblem === undefined ? {} : { problem: this.pauseProblem }),
      }),
      ...this.#distort({ ray: watchedRay(this.ray, watch, call), backend: watchedBackend(this.#backend, { watch, call, stamp }) }),
      notices: {
        read: async (_place, { instanceIds }) =>
          await call("notices", async () => ({
            notices: mostPressing(this.notices.filter(({ instanceId }) => instanceIds.has(instanceId))),
            ...(this.noticeProblem === undefined ? {} : { problem: this.noticeProblem }),
            droppedCount: 0,
          })),
      },
      bootReports: {
        read: async (_place, instanceIds) =>
          await call("bootReports", async () => new Map([...this.bootReports].filter(([id]) => instanceIds.includes(id)))),
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

  readonly #call: CallOutside = async (name, effect) => {
    if (this.#dead) {
      throw new Killed();
    }
    const calledMs = this.clock.monotonicMs();
    const agent = this.#loop;
    await this.turn(name);
    // What a killed agent has not sent yet is never sent.
    if (agent !== this.#loop || this.#dead) throw new Killed();
    this.onCall(name);
    this.#calls += 1;
    const result = await effect(calledMs);
    if (this.#freeze?.call === this.#calls) await this.#freezeNow(this.#freeze);
    if (this.#calls >= this.#killAtCall) {
      this.#dead = true;
      throw new Killed();
    }
    return result;
  };

  async #freezeNow({ seconds, how, meanwhile }: Freeze): Promise<void> {
    this.#freeze = undefined;
    const beganMs = this.clock.monotonicMs();
    this.standStill(seconds, how);
    await meanwhile();
    this.ray.settle();
    this.#watch.standsStill((this.clock.monotonicMs() - beganMs) / 1000);
  }

  #cloudName(groupName: string): string {
    const group = this.config.groups.find((candidate) => candidate.groupName === groupName);
    return group === undefined ? groupName : cloudName(group);
  }
}
