import type { AgentGroup } from "../../contract/agentConfig";
import type { Clock } from "../clock";
import type {
  BackendError,
  EndOfInstance,
  GroupInstance,
  LaunchFailure,
  NodeGroupBackend,
  NodeGroupObservation,
  WriteOutcome,
} from "./backend";

/** One group of the in-memory cloud. */
export interface InMemoryGroupOptions {
  readonly name: string;
  readonly min?: number;
  readonly max: number;
  readonly desired?: number;
  readonly instanceType?: string;
  /** Where it launches, evenly as far as it can. @default one zone, which the group does not name */
  readonly zones?: readonly string[];
  /** From launch to in service. @default 5 */
  readonly launchSeconds?: number;
  /** From the end's request to being gone. @default 4 */
  readonly terminateSeconds?: number;
  /** New machines are protected from scale-in. @default true */
  readonly protectNewInstances?: boolean;
}

/** A machine of the in-memory cloud. */
export interface InMemoryInstance {
  readonly instanceId: string;
  readonly groupName: string;
  readonly zone: string;
  /** Monotonic: a jump of the wall clock ages no machine. */
  readonly launchedMs: number;
  readonly launchedEpochMs: number;
  endRequestedMs?: number;
  protectedFromScaleIn: boolean;
  /** A state of which the agent knows nothing, as an operator may set it. */
  unusualState?: string;
}

interface Group {
  readonly options: InMemoryGroupOptions;
  desired: number;
  min: number;
  max: number;
  launchSuspended: boolean;
  /** So many machines can be had at once; undefined: any number. */
  capacity: number | undefined;
  /** Zones that have no machines now. */
  readonly zonesOut: Set<string>;
  failures: LaunchFailure[];
  failedMs: number;
  instances: InMemoryInstance[];
}

export type BackendCall = "describe" | "launchTimes" | "launchFailures" | "endReasons" | "consoleTail" | "setDesired" | "terminate";

/**
 * Faults of the in-memory cloud: called with each call before it takes effect (`before`) and after it (`after`, the answer is lost).
 * An error that it returns becomes the call's answer.
 */
export type FaultInjection = (call: BackendCall, moment: "before" | "after", groupName: string | undefined) => BackendError | undefined;

/** How often a group that lacks capacity tries and fails. */
const RETRY_MS = 10_000;

/**
 * A little cloud in memory with the behaviour of Auto Scaling groups: it fills and shrinks towards the desired size by itself, replaces what
 * was ended without lowering it, honours protection, and fails for want of capacity. Time is the given clock's; nothing happens between calls.
 */
export class InMemoryCloud {
  readonly #clock: Clock;
  readonly #groups = new Map<string, Group>();
  /** By instance id: why the cloud ended it, and what it wrote to its console. A test may write into them. */
  readonly endReasons = new Map<string, string>();
  readonly consoles = new Map<string, readonly string[]>();
  #made = 0;

  constructor(clock: Clock, groups: readonly InMemoryGroupOptions[]) {
    this.#clock = clock;
    for (const options of groups) {
      this.#groups.set(options.name, {
        options,
        desired: options.desired ?? 0,
        min: options.min ?? 0,
        max: options.max,
        launchSuspended: false,
        capacity: undefined,
        zonesOut: new Set(),
        failures: [],
        failedMs: Number.NEGATIVE_INFINITY,
        instances: [],
      });
    }
  }

  /** The group as the cloud has it, brought up to now. An operator may change it by hand. */
  group(name: string): Group {
    const group = this.#groups.get(name);
    if (group === undefined) {
      throw new Error(`inMemoryCloud: there is no group "${name}"`);
    }
    this.#settle(group);
    return group;
  }

  get groupNames(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** How many machines were ever launched. */
  get launchCount(): number {
    return this.#made;
  }

  /** Machines that run: launched, and not being ended. */
  runningInstances(): readonly InMemoryInstance[] {
    return this.groupNames.flatMap((name) =>
      this.group(name).instances.filter((instance) => ["in-service", "unknown"].includes(this.lifecycle(instance))),
    );
  }

  lifecycle(instance: InMemoryInstance): GroupInstance["lifecycle"] {
    if (instance.endRequestedMs !== undefined) {
      return "terminating";
    }
    if (instance.unusualState !== undefined) {
      return "unknown";
    }
    const { launchSeconds = 5 } = this.#optionsOf(instance);
    return this.#clock.monotonicMs() - instance.launchedMs >= launchSeconds * 1000 ? "in-service" : "pending";
  }

  /** As when the machine itself is lost or reclaimed: the group's desired size stays, so it is replaced. */
  loseInstance(instanceId: string): void {
    for (const group of this.#groups.values()) {
      group.instances = group.instances.filter((instance) => instance.instanceId !== instanceId);
    }
  }

  setDesired(name: string, desired: number): BackendError | undefined {
    const group = this.group(name);
    if (desired > group.max || desired < group.min) {
      return { code: "misconfigured", message: `SetDesiredCapacity: ${desired} is outside ${group.min} to ${group.max}` };
    }
    group.desired = desired;
    this.#settle(group);
    return undefined;
  }

  terminate(name: string, { instanceId, desiredSize }: EndOfInstance): BackendError | undefined {
    const group = this.group(name);
    const instance = group.instances.find((candidate) => candidate.instanceId === instanceId);
    if (instance === undefined || instance.endRequestedMs !== undefined) {
      return { code: "gone", message: `TerminateInstanceInAutoScalingGroup: there is no instance "${instanceId}"` };
    }
    if (desiredSize === "lower" && group.desired - 1 < group.min) {
      return { code: "misconfigured", message: `TerminateInstanceInAutoScalingGroup: the group is at its minimum of ${group.min}` };
    }
    instance.endRequestedMs = this.#clock.monotonicMs();
    if (desiredSize === "lower") {
      group.desired -= 1;
    }
    this.#settle(group);
    return undefined;
  }

  #optionsOf(instance: InMemoryInstance): InMemoryGroupOptions {
    return this.#groups.get(instance.groupName)?.options ?? { name: instance.groupName, max: 0 };
  }

  #settle(group: Group): void {
    const now = this.#clock.monotonicMs();
    const { terminateSeconds = 4 } = group.options;
    group.instances = group.instances.filter((instance) => now - (instance.endRequestedMs ?? now) < terminateSeconds * 1000);
    const filling = group.instances.filter((instance) => instance.endRequestedMs === undefined && instance.unusualState !== "Standby");
    const surplus = filling.filter((instance) => !instance.protectedFromScaleIn).slice(0, Math.max(0, filling.length - group.desired));
    for (const instance of surplus) {
      instance.endRequestedMs = now;
    }
    if (!group.launchSuspended) {
      this.#launch(group, group.desired - filling.length, now);
    }
  }

  #launch(group: Group, wanted: number, now: number): void {
    const { zones = ["memory-1a"] } = group.options;
    const open = zones.filter((zone) => !group.zonesOut.has(zone));
    const room = open.length === 0 ? 0 : (group.capacity ?? Number.POSITIVE_INFINITY) - group.instances.length;
    const count = Math.max(0, Math.min(wanted, room));
    for (let index = 0; index < count; index += 1) {
      this.#made += 1;
      group.instances.push({
        instanceId: `i-${String(this.#made).padStart(8, "0")}`,
        groupName: group.options.name,
        zone: emptiestOf(open, group),
        launchedMs: now,
        launchedEpochMs: this.#clock.epochMs(),
        protectedFromScaleIn: group.options.protectNewInstances ?? true,
      });
    }
    if (wanted <= 0 || (wanted <= count && open.length === zones.length) || now - group.failedMs < RETRY_MS) return;
    group.failedMs = now;
    const failure = {
      code: "capacity",
      message: "InsufficientInstanceCapacity: no such machine now",
      atMs: this.#clock.epochMs(),
    } as const;
    // Like AWS it tries each zone that it should use, and names the one that failed.
    const failedZones = zones.filter((zone) => group.zonesOut.has(zone));
    group.failures.unshift(...(failedZones.length === 0 ? [failure] : failedZones.map((zone) => ({ ...failure, zone }))));
  }
}

/** The in-memory cloud as a backend of the agent, with faults where a test wants them. */
export class InMemoryBackend implements NodeGroupBackend {
  readonly #cloud: InMemoryCloud;
  readonly #fault: FaultInjection;

  constructor(cloud: InMemoryCloud, fault: FaultInjection = () => undefined) {
    this.#cloud = cloud;
    this.#fault = fault;
  }

  async describe(groups: readonly AgentGroup[], signal: AbortSignal): Promise<ReadonlyMap<string, NodeGroupObservation>> {
    signal.throwIfAborted();
    return new Map(groups.map((group) => [group.groupName, this.#observe(group)]));
  }

  async launchTimes(instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    signal.throwIfAborted();
    if (this.#fault("launchTimes", "before", undefined) !== undefined) {
      return new Map();
    }
    const all = this.#cloud.groupNames.flatMap((name) => this.#cloud.group(name).instances);
    const wanted = all.filter((instance) => instanceIds.includes(instance.instanceId));
    return new Map(wanted.map((instance) => [instance.instanceId, instance.launchedEpochMs]));
  }

  async launchFailures(group: AgentGroup, signal: AbortSignal): Promise<readonly LaunchFailure[]> {
    signal.throwIfAborted();
    return this.#fault("launchFailures", "before", group.groupName) === undefined
      ? this.#cloud.group(cloudName(group)).failures.slice(0, 20)
      : [];
  }

  async endReasons(group: AgentGroup, instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    signal.throwIfAborted();
    return this.#fault("endReasons", "before", group.groupName) === undefined
      ? new Map(instanceIds.flatMap((id) => this.#endReason(group, id)))
      : new Map();
  }

  async consoleTail(instanceId: string, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    return this.#fault("consoleTail", "before", undefined) === undefined ? (this.#cloud.consoles.get(instanceId) ?? []) : [];
  }

  async setDesired(group: AgentGroup, desired: number, signal: AbortSignal): Promise<WriteOutcome> {
    signal.throwIfAborted();
    return this.#write("setDesired", group, () => this.#cloud.setDesired(cloudName(group), desired));
  }

  async terminate(group: AgentGroup, end: EndOfInstance, signal: AbortSignal): Promise<WriteOutcome> {
    signal.throwIfAborted();
    return this.#write("terminate", group, () => this.#cloud.terminate(cloudName(group), end));
  }

  #endReason(group: AgentGroup, instanceId: string): [string, string][] {
    const { instances } = this.#cloud.group(cloudName(group));
    const isAsked = instances.some((instance) => instance.instanceId === instanceId && instance.endRequestedMs !== undefined);
    const reason = this.#cloud.endReasons.get(instanceId) ?? (isAsked ? "a user request" : undefined);
    return reason === undefined ? [] : [[instanceId, reason]];
  }

  #observe(group: AgentGroup): NodeGroupObservation {
    const error = this.#fault("describe", "before", group.groupName);
    if (error !== undefined) {
      return { kind: "unknown", error };
    }
    if (!this.#cloud.groupNames.includes(cloudName(group))) {
      return { kind: "unknown", error: { code: "gone", message: `describe: there is no group "${cloudName(group)}"` } };
    }
    const { desired, min, max, launchSuspended, instances, options } = this.#cloud.group(cloudName(group));
    const seen = instances.map((instance): GroupInstance => {
      const lifecycle = this.#cloud.lifecycle(instance);
      return {
        instanceId: instance.instanceId,
        lifecycle,
        cloudState: instance.unusualState ?? lifecycle,
        instanceType: options.instanceType ?? "memory.large",
        zone: instance.zone,
        fillsDesired: lifecycle !== "terminating" && instance.unusualState !== "Standby",
        protectedFromScaleIn: instance.protectedFromScaleIn,
      };
    });
    const ways = options.zones === undefined ? {} : { zones: options.zones, markets: ["on-demand" as const] };
    return { kind: "known", state: { desired, min, max, launchSuspended, instances: seen, ...ways } };
  }

  #write(call: BackendCall, group: AgentGroup, apply: () => BackendError | undefined): WriteOutcome {
    const missing = this.#cloud.groupNames.includes(cloudName(group))
      ? undefined
      : ({ code: "gone", message: `${call}: there is no group "${cloudName(group)}"` } as const);
    const error = this.#fault(call, "before", group.groupName) ?? missing ?? apply() ?? this.#fault(call, "after", group.groupName);
    return error === undefined ? { kind: "done" } : { kind: "failed", error };
  }
}

/** What the in-memory cloud calls the group, whatever cloud its configuration is for. */
export function cloudName({ groupName, backend }: AgentGroup): string {
  return backend.kind === "aws-auto-scaling-group" ? backend.autoScalingGroupName : `${backend.rayClusterName}-${groupName}`;
}

function emptiestOf(zones: readonly string[], { instances }: Group): string {
  const count = (zone: string) => instances.filter((instance) => instance.zone === zone).length;
  return zones.reduce((best, zone) => (count(zone) < count(best) ? zone : best), zones[0] ?? "");
}
