import type { AgentGroup, AgentSchedule } from "../../../contract/agentConfig";
import type { LaunchFailure, NodeGroupObservation, NodeGroupState } from "../../nodeGroups/backend";
import type { Resources } from "../../ray/rayControl";
import { failingNow, isFailing, probeSize } from "./bootFailures";
import { learnBootTimes } from "./bootTimes";
import { type GroupTargets, groupTargets } from "./groupTargets";
import type { InstanceAssessment } from "./instances";
import { type FailureLook, failuresOfWait, knownAfterLook, knownAtBegin } from "./launchFailures";
import { emptyGroupMemory, type GroupMemory, type Pause } from "./memory";
import { allOutUntilMs, type FailedWay, failedWaysAfter, type Way, waysOf } from "./ways";

/** Label that Ray itself gives to each node with the name of its group. */
export const GROUP_LABEL = "ray.io/node-group";

/** First pause and longest pause by cause, in seconds. Capacity comes back soon and often; what is misconfigured waits for a person. */
const pauseSeconds: Readonly<Record<Pause["cause"], readonly [number, number]>> = {
  capacity: [60, 1800],
  quota: [180, 3600],
  "launch-timeout": [60, 1800],
  misconfigured: [300, 3600],
  unauthorized: [60, 1800],
  "boot-failures": [900, 7200],
};

/**
 * A group of several ways whose launches fail and of which nothing comes for so long is paused although ways seem open: not every cloud names the
 * zone and market of each failure, and AWS never buys a machine of the other market in the place of one that it cannot have.
 */
const NO_PROGRESS_MS = 60_000;

/** A group with everything that this tick knows of it. */
export interface GroupAssessment {
  readonly group: AgentGroup;
  /** Read in full in this tick. Nothing is written to a group that was not. */
  readonly fresh: boolean;
  /** Read in full at least twice in a row. */
  readonly twiceSeen: boolean;
  /** This tick's state, else the newest known one; undefined: never read. */
  readonly state?: NodeGroupState;
  readonly instances: readonly InstanceAssessment[];
  /** Places of the desired size that no machine fills yet and that are still expected to be filled. */
  readonly awaited: number;
  /** Places that the cloud will not fill. */
  readonly givenUp: number;
  /** What schedules, learned boot times and regrets make of the configuration. */
  readonly targets: GroupTargets;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** After too many machines that did not become nodes: one at a time, until one stays. `maxReplicas` has it in. */
  readonly probing: boolean;
  readonly resources: Resources;
  /** Why nothing can be bought here now, as a sentence. */
  readonly unavailable?: string;
  readonly memory: GroupMemory;
}

/** What one tick knows of one group. */
export interface GroupFacts {
  readonly group: AgentGroup;
  readonly observation: NodeGroupObservation;
  readonly instances: readonly InstanceAssessment[];
  readonly launchFailures: readonly LaunchFailure[];
  /** Of all groups. */
  readonly schedules: readonly AgentSchedule[];
  /** When the head was first seen alive; now, when it is not. */
  readonly headAliveSinceMs: number;
  readonly nowMs: number;
  readonly epochMs: number;
  readonly memory: GroupMemory | undefined;
}

/** Counts a group and says whether anything can be bought in it. */
export function assessGroup(facts: GroupFacts): GroupAssessment {
  const { group, observation, instances } = facts;
  const before = facts.memory ?? emptyGroupMemory;
  const fresh = observation.kind === "known";
  const state = fresh ? observation.state : before.lastState;
  const missing = state === undefined ? 0 : Math.max(0, state.desired - filledPlaces(state));
  const failedWays = nextFailedWays(facts, before);
  const pause = nextPause(facts, before, { missing, failedWays });
  const memory = nextGroupMemory(facts, before, { missing, pause, failedWays });
  const targets = groupTargets({ group, schedules: facts.schedules, memory, nowMs: facts.nowMs, epochMs: facts.epochMs });
  const unavailable = unavailability(facts, { state, pause, memory });
  const refused = pause !== undefined && pause.cause !== "boot-failures";
  const givenUp = refused || state?.launchSuspended === true ? missing : 0;
  const probing = pause === undefined && isFailing(memory);
  const awaited = missing - givenUp;
  const bound = Math.min(targets.bounds.maxReplicas, state?.max ?? group.maxReplicas);
  return {
    group,
    fresh,
    twiceSeen: memory.completeViews >= 2,
    ...(state === undefined ? {} : { state }),
    instances,
    awaited,
    givenUp,
    targets,
    // A minimum or maximum that somebody set on the group itself is adopted: the cloud would refuse to pass it.
    minReplicas: Math.max(targets.bounds.minReplicas, state?.min ?? 0),
    maxReplicas: probing ? Math.min(bound, probeSize(keptPlaces({ instances, awaited }), { awaited, instances })) : bound,
    probing,
    resources: memory.learnedResources ?? group.resources,
    ...(unavailable === undefined ? {} : { unavailable }),
    memory,
  };
}

/** How many of the group's machines fill a place of its desired size. */
export function filledPlaces(state: NodeGroupState): number {
  return state.instances.filter((instance) => instance.fillsDesired).length;
}

/** Places that the chooser knows of: filled by machines that stay or are still to be ended, or awaited. */
export function keptPlaces({ instances, awaited }: Pick<GroupAssessment, "instances" | "awaited">): number {
  return instances.filter(({ instance, phase }) => instance.fillsDesired && phase !== "ending").length + awaited;
}

/** The group's memory after it was refused, with a pause that doubles with each one in a row. */
export function pausedMemory(
  memory: GroupMemory,
  { cause, message, nowMs }: { cause: Pause["cause"]; message: string; nowMs: number },
): GroupMemory {
  const [first, longest] = pauseSeconds[cause];
  const seconds = Math.min(longest, first * 2 ** memory.pausesInARow);
  return {
    ...memory,
    pausesInARow: memory.pausesInARow + 1,
    pause: { cause, message, sinceMs: nowMs, untilMs: nowMs + seconds * 1000 },
  };
}

/** The group's memory after a machine of it was ended that never became a node. Those that are ended while it is paused make the pause no longer. */
export function memoryAfterBootFailure(memory: GroupMemory, { text, nowMs }: { text: string; nowMs: number }): GroupMemory {
  const after = { ...memory, bootFailures: memory.bootFailures + 1 };
  if (!isFailing(after)) {
    return after;
  }
  const message = `${after.bootFailures} machines in a row did not become a node; the last one: ${text}`;
  return memory.pause?.cause === "boot-failures" && nowMs < memory.pause.untilMs
    ? { ...after, pause: { ...memory.pause, message } }
    : pausedMemory(after, { cause: "boot-failures", message, nowMs });
}

/** The ways of a group that has only one are its pauses. */
function waysOfGroup(facts: GroupFacts, before: GroupMemory): readonly Way[] {
  const ways = waysOf(facts.observation.kind === "known" ? facts.observation.state : before.lastState);
  return ways.length > 1 ? ways : [];
}

function nextFailedWays(facts: GroupFacts, before: GroupMemory): readonly FailedWay[] {
  const { observation, nowMs } = facts;
  const known = new Set((before.lastState?.instances ?? []).map(({ instanceId }) => instanceId));
  const arrived = observation.kind === "known" ? observation.state.instances.filter(({ instanceId }) => !known.has(instanceId)) : [];
  return failedWaysAfter(before.failedWays ?? [], {
    ways: waysOfGroup(facts, before),
    arrivals: new Set(arrived.filter(({ fillsDesired }) => fillsDesired).map(({ zone }) => zone)),
    failures: newFailures(facts, before).filter(({ code }) => code === "capacity"),
    nowMs,
  });
}

/** Failed launches of the present wait that were not dealt with yet, newest first. */
function newFailures(facts: GroupFacts, before: GroupMemory): readonly LaunchFailure[] {
  const sinceMs = waitSinceMs(before);
  return sinceMs === undefined ? [] : failuresOfWait(failureLook(facts, before, facts.epochMs - (facts.nowMs - sinceMs)));
}

/** A wait that this look is the first to see began after the look before: the cloud may have refused since then. */
function waitSinceMs({ unfilledSinceMs, pause, readMs }: GroupMemory): number | undefined {
  return unfilledSinceMs ?? (pause === undefined ? readMs : undefined);
}

interface Waiting {
  readonly missing: number;
  readonly failedWays: readonly FailedWay[];
}

function nextPause(facts: GroupFacts, before: GroupMemory, { missing, failedWays }: Waiting): Pause | undefined {
  const { nowMs } = facts;
  if (before.pause !== undefined && nowMs < before.pause.untilMs) {
    return before.pause;
  }
  if (missing === 0) {
    return undefined;
  }
  const waitedMs = nowMs - (before.unfilledSinceMs ?? nowMs);
  const [failure] = newFailures(facts, before);
  const cause = failure === undefined ? undefined : causes[failure.code];
  if (waysOfGroup(facts, before).length > 0 && (cause === undefined || cause === "capacity")) {
    const pause = pauseOfWays(facts, before, failedWays);
    if (pause !== undefined) return pause;
  } else if (failure !== undefined && cause !== undefined) {
    return pausedMemory(before, { cause, message: failure.message, nowMs }).pause;
  }
  const deadlineSeconds = facts.group.bootDeadlineSeconds;
  return waitedMs >= deadlineSeconds * 1000
    ? pausedMemory(before, {
        cause: "launch-timeout",
        message: `the cloud launched nothing for ${deadlineSeconds} s and gave no reason`,
        nowMs,
      }).pause
    : undefined;
}

/** The pause of a group of several ways: until the first of them may be tried again, or as for one way where nothing comes of those that seem open. */
function pauseOfWays(facts: GroupFacts, before: GroupMemory, failedWays: readonly FailedWay[]): Pause | undefined {
  const { nowMs } = facts;
  const sinceMs = before.unfilledSinceMs ?? nowMs;
  const untilMs = allOutUntilMs(waysOfGroup(facts, before), failedWays, nowMs);
  const newest = failedWays.filter(({ failedMs }) => failedMs >= sinceMs).sort((one, other) => other.failedMs - one.failedMs)[0];
  if (untilMs !== undefined) {
    const message = (newest ?? failedWays[0])?.message ?? "";
    return { cause: "capacity", message: `no capacity in any of its zones and markets; the last one: ${message}`, sinceMs: nowMs, untilMs };
  }
  return newest !== undefined && nowMs - sinceMs >= NO_PROGRESS_MS
    ? pausedMemory(before, { cause: "capacity", message: newest.message, nowMs }).pause
    : undefined;
}

function failureLook(facts: GroupFacts, { failuresKnownToMs }: GroupMemory, waitEpochMs: number): FailureLook {
  return { listed: facts.launchFailures, knownToMs: failuresKnownToMs, waitEpochMs };
}

const causes: Partial<Record<LaunchFailure["code"], Pause["cause"]>> = {
  capacity: "capacity",
  quota: "quota",
  misconfigured: "misconfigured",
  unauthorized: "unauthorized",
};

function nextGroupMemory(facts: GroupFacts, before: GroupMemory, now: Waiting & { pause: Pause | undefined }): GroupMemory {
  const { pause: oldPause, unfilledSinceMs, learnedResources, failuresKnownToMs: _, failedWays: __, ...rest } = before;
  const known = facts.observation.kind === "known" ? facts.observation.state : undefined;
  const joined = facts.instances.some(({ memory }) => memory.joinedMs === facts.nowMs);
  const recovered = before.bootFailures === 0 ? joined : facts.instances.some(({ memory }) => memory.stay?.stableMs === facts.nowMs);
  const progressed = known !== undefined && filledPlaces(known) > (before.lastState === undefined ? 0 : filledPlaces(before.lastState));
  const waiting = now.missing > 0 && now.pause === undefined;
  const since = progressed ? facts.nowMs : (unfilledSinceMs ?? facts.nowMs);
  const learned = learnResources(facts.instances) ?? learnedResources;
  const newPause = now.pause !== undefined && now.pause !== oldPause;
  const look = failureLook(facts, before, facts.epochMs - (facts.nowMs - (waitSinceMs(before) ?? facts.nowMs)));
  const knownToMs = waiting && unfilledSinceMs === undefined ? knownAtBegin(look) : knownAfterLook(look);
  return {
    ...rest,
    completeViews: known === undefined ? 0 : before.completeViews + 1,
    ...(known === undefined ? {} : { lastState: known, readMs: facts.nowMs, expectedDesired: known.desired }),
    ...(waiting ? { unfilledSinceMs: since } : {}),
    ...(knownToMs === undefined ? {} : { failuresKnownToMs: knownToMs }),
    ...(now.pause === undefined ? {} : { pause: now.pause }),
    ...(now.failedWays.length === 0 ? {} : { failedWays: now.failedWays }),
    bootFailures: recovered ? 0 : before.bootFailures,
    pausesInARow: newPause ? before.pausesInARow + 1 : recovered ? 0 : before.pausesInARow,
    ...(learned === undefined ? {} : { learnedResources: learned }),
    bootSeconds: learnBootTimes(before.bootSeconds, facts.instances, {
      nowMs: facts.nowMs,
      headAliveSinceMs: facts.headAliveSinceMs,
      bootDeadlineSeconds: facts.group.bootDeadlineSeconds,
    }),
  };
}

/** What every live node of the group has at least, without the resources that name one machine. Undefined: none is alive. */
function learnResources(instances: readonly InstanceAssessment[]): Resources | undefined {
  const totals = instances.flatMap(({ phase, node }) => (phase === "running" && node !== undefined ? [node.total] : []));
  const [first, ...others] = totals;
  if (first === undefined) {
    return undefined;
  }
  const entries = Object.entries(first).filter(([name]) => !name.startsWith("node:"));
  return Object.fromEntries(
    entries
      .map(
        ([name, amount]) =>
          [name, Math.min(amount, ...others.map((total) => (Object.hasOwn(total, name) ? (total[name] ?? 0) : 0)))] as const,
      )
      .filter(([, amount]) => amount > 0),
  );
}

function unavailability(
  facts: GroupFacts,
  { state, pause, memory }: { state: NodeGroupState | undefined; pause: Pause | undefined; memory: GroupMemory },
): string | undefined {
  if (facts.observation.kind === "unknown") {
    return `it cannot be read: ${facts.observation.error.message}`;
  }
  if (pause !== undefined) {
    const seconds = Math.ceil((pause.untilMs - facts.nowMs) / 1000);
    return `paused for ${seconds} s more (${pause.cause}): ${pause.message}`;
  }
  return failingNow(memory, facts.instances) ?? (state?.launchSuspended === true ? "somebody suspended its launches" : undefined);
}
