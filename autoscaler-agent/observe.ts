import type { AgentConfig, AgentGroup } from "../contract/agentConfig";
import type { BootReportSource } from "./bootReportSource";
import type { Clock } from "./clock";
import { foreignEnds } from "./decide/tick/foreignEnds";
import { filledPlaces } from "./decide/tick/groups";
import type { Memory } from "./decide/tick/memory";
import type { Observation, RayObservation } from "./decide/tick/observation";
import { agoMs, type Moment, momentOf } from "./moment";
import type { LaunchFailure, NodeGroupBackend, NodeGroupObservation } from "./nodeGroups/backend";
import type { KnownMachines, NoticeSource } from "./notices/noticeSource";
import { aliveByInstanceId } from "./ray/clusterSnapshot";
import { type RayControl, RayError } from "./ray/rayControl";

/** A group is asked for failed launches so often at most. */
const FAILURES_EVERY_MS = 10_000;
/** Of many groups that lack machines so many are asked for in one tick, those that were asked longest ago first: each is a call of its own. */
const FAILURES_PER_TICK = 10;
/** Groups of which machines were ended by others that are asked for why in one tick: a zone that goes touches all of them. */
const END_REASONS_PER_TICK = 5;
/** Ray is asked again when all else took longer than this, in milliseconds: far enough below what `act` still believes. */
const LOOK_AGAIN_AFTER_MS = 2_000;
/** All calls of one tick have ended by then: what took longer was not the cloud, but an agent that stood still, and the groups' look is as old as Ray's. */
const NO_CALL_TAKES_MS = 20_000;

/** What the observer reads from. */
export interface ObservePorts {
  readonly clock: Clock;
  readonly ray: RayControl;
  readonly backend: NodeGroupBackend;
  readonly bootReports: BootReportSource;
  readonly notices: NoticeSource;
}

/** What one look depends on. */
export interface LookOptions {
  readonly config: AgentConfig;
  /** As the tick before left it. */
  readonly memory: Memory;
  /** False while the cloud has asked for fewer calls: then every group is unknown. */
  readonly cloudMayBeCalled: boolean;
}

/** Reads Ray and the cloud for one tick. Remembers only when it asked last. */
export class Observer {
  readonly #ports: ObservePorts;
  readonly #failuresAskedMs = new Map<string, number>();

  constructor(ports: ObservePorts) {
    this.#ports = ports;
  }

  /** One observation. Never throws but for the signal; what could not be read is unknown. */
  async observe({ config, memory, cloudMayBeCalled }: LookOptions, signal: AbortSignal): Promise<Observation> {
    const { clock, backend, bootReports, notices } = this.#ports;
    const [ray, groups] = await Promise.all([
      this.#readRay(signal),
      cloudMayBeCalled ? backend.describe(config.groups, signal) : notAsked(config.groups),
    ]);
    const absent = cloudMayBeCalled ? absentFromRay(ray, groups) : [];
    const [launchTimes, reports, launchFailures, endReasons, heard] = await Promise.all([
      absent.length === 0 ? new Map<string, number>() : backend.launchTimes(absent, signal),
      absent.length === 0 ? new Map() : bootReports.read(config.bootReports, absent, signal),
      this.#readFailures(config.groups, groups, signal),
      this.#readEndReasons({ groups: config.groups, observed: groups, memory }, signal),
      notices.read(config.notices, knownMachines(ray, groups), signal),
    ]);
    signal.throwIfAborted();
    return {
      nowMs: clock.monotonicMs(),
      epochMs: clock.epochMs(),
      ray,
      groups,
      launchTimes,
      bootReports: reports,
      ...(endReasons.size === 0 ? {} : { endReasons }),
      notices: heard,
      launchFailures: new Map(launchFailures),
    };
  }

  /**
   * The observation with a look at Ray that is new enough to act on. A cloud that answers slowly would else make every look too old to end a machine on, and those
   * that Ray has let go would be paid for until it is fast again.
   *
   * @param asked when Ray was asked for it.
   */
  async lookAgain(observation: Observation, asked: Moment, signal: AbortSignal): Promise<{ observation: Observation; asked: Moment }> {
    const { clock } = this.#ports;
    const ageMs = agoMs(clock, asked);
    const isUseful = observation.ray.kind === "known" && ageMs > LOOK_AGAIN_AFTER_MS && ageMs <= NO_CALL_TAKES_MS;
    if (!isUseful) return { observation, asked };
    const again = momentOf(clock);
    const ray = await this.#readRay(signal);
    return { observation: { ...observation, ray, nowMs: clock.monotonicMs(), epochMs: clock.epochMs() }, asked: again };
  }

  async #readRay(signal: AbortSignal): Promise<RayObservation> {
    try {
      return { kind: "known", snapshot: await this.#ports.ray.readState(signal) };
    } catch (thrown) {
      signal.throwIfAborted();
      return thrown instanceof RayError
        ? { kind: "unknown", code: thrown.code, message: thrown.message }
        : { kind: "unknown", code: "other", message: String(thrown) };
    }
  }

  async #readEndReasons(
    { groups, observed, memory }: { groups: readonly AgentGroup[]; observed: ReadonlyMap<string, NodeGroupObservation>; memory: Memory },
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const ended = groups.flatMap((group) => {
      const observation = observed.get(group.groupName);
      const ends = observation?.kind === "known" ? foreignEnds(group.groupName, observation.state, memory) : [];
      return ends.length === 0 ? [] : [{ group, instanceIds: ends.map(({ instanceId }) => instanceId) }];
    });
    const asked = ended.slice(0, END_REASONS_PER_TICK);
    const told = await Promise.all(
      asked.map(async ({ group, instanceIds }) => await this.#ports.backend.endReasons(group, instanceIds, signal)),
    );
    return new Map(told.flatMap((reasons) => [...reasons]));
  }

  async #readFailures(
    groups: readonly AgentGroup[],
    observed: ReadonlyMap<string, NodeGroupObservation>,
    signal: AbortSignal,
  ): Promise<(readonly [string, readonly LaunchFailure[]])[]> {
    const nowMs = this.#ports.clock.monotonicMs();
    const askedMs = ({ groupName }: AgentGroup) => this.#failuresAskedMs.get(groupName) ?? 0;
    const short = groups.filter((group) => {
      const observation = observed.get(group.groupName);
      return observation?.kind === "known" && observation.state.desired > filledPlaces(observation.state);
    });
    const due = short
      .filter((group) => !this.#failuresAskedMs.has(group.groupName) || nowMs - askedMs(group) >= FAILURES_EVERY_MS)
      .sort((one, other) => askedMs(one) - askedMs(other))
      .slice(0, FAILURES_PER_TICK);
    for (const group of due) {
      this.#failuresAskedMs.set(group.groupName, nowMs);
    }
    return await Promise.all(due.map(async (group) => [group.groupName, await this.#ports.backend.launchFailures(group, signal)] as const));
  }
}

function notAsked(groups: readonly AgentGroup[]): ReadonlyMap<string, NodeGroupObservation> {
  const error = { code: "throttled", message: "the cloud asked for fewer calls" } as const;
  return new Map(groups.map((group) => [group.groupName, { kind: "unknown", error }]));
}

/** Machines of the groups and those of which Ray has a live node, the head's among them. */
function knownMachines(ray: RayObservation, groups: ReadonlyMap<string, NodeGroupObservation>): KnownMachines {
  const observed = [...groups.values()];
  const inGroups = observed.flatMap((group) => (group.kind === "known" ? group.state.instances : []));
  const inRay = ray.kind === "known" ? ray.snapshot.nodes.filter(({ status }) => status !== "dead") : [];
  return {
    instanceIds: new Set([...inGroups, ...inRay].map(({ instanceId }) => instanceId)),
    complete: ray.kind === "known" && observed.every(({ kind }) => kind === "known"),
  };
}

function absentFromRay(ray: RayObservation, groups: ReadonlyMap<string, NodeGroupObservation>): string[] {
  const alive = ray.kind === "known" ? aliveByInstanceId(ray.snapshot) : new Map();
  const instances = [...groups.values()].flatMap((group) => (group.kind === "known" ? group.state.instances : []));
  return instances
    .filter(({ instanceId, lifecycle }) => (lifecycle === "pending" || lifecycle === "in-service") && !alive.has(instanceId))
    .map(({ instanceId }) => instanceId);
}
