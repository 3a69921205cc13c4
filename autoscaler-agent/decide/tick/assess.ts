import type { AgentConfig, AgentGroup } from "../../../contract/agentConfig";
import type { DecisionRequest } from "../../../contract/decision";
import type { NodeGroupObservation } from "../../nodeGroups/backend";
import { aliveByInstanceId, hasAliveHead } from "../../ray/clusterSnapshot";
import type { RayNode, RaySnapshot } from "../../ray/rayControl";
import { learnedBootDeadline } from "./bootTimes";
import { type BreakerState, breakerState, breakerText } from "./breaker";
import { decisionInput } from "./decisionInput";
import { isFlapping } from "./flapping";
import { foreignEnds, foreignEndText } from "./foreignEnds";
import { afterGap } from "./gap";
import { assessGroup, type GroupAssessment } from "./groups";
import { type IdleRemovalRoom, idleRemovalRoom } from "./idleRemovals";
import { assessInstance, type InstanceAssessment, isLate } from "./instances";
import { type NoticeRemark, newNoticeText, noticeRemarks } from "./leavingMachines";
import { emptyGroupMemory, type InstanceMemory, type Memory } from "./memory";
import type { Observation } from "./observation";
import { isOut, wayText } from "./ways";

/**
 * A group that was never read holds back all launches for so long at most; after that the others go on without it, unless a limit counts all
 * groups together: its machines could be above that already.
 */
const FIRST_READ_MS = 60_000;

/**
 * A control store that comes back with stored state shows nodes that left meanwhile as running and free, until its health checks call them dead: seen
 * to take 42 s.
 */
const GONE_NODES_LISTED_MS = 60_000;

/** Something that the agent would do and does not, as a code and a sentence. */
export interface Hold {
  readonly code:
    | "ray-unknown"
    | "head-not-alive"
    | "group-unknown"
    | "group-unavailable"
    | "group-uncounted"
    | "group-probing"
    | "way-unavailable"
    | "not-seen-twice"
    | "idle-removals-bounded"
    | "breaker-open"
    | "group-flapping"
    | "configuration-broken"
    | "paused"
    | "pause-unknown"
    | "decision-failed"
    | NoticeRemark["code"];
  readonly groupName?: string;
  readonly text: string;
}

/** Something that happened and that nobody asked the agent for. */
interface Notice {
  readonly code: "desired-changed-elsewhere" | "session-changed" | "unknown-lifecycle" | "machine-notice" | "ended-elsewhere";
  readonly groupName?: string;
  readonly text: string;
}

/** What one tick makes of what it read. */
export interface Assessment {
  readonly groups: readonly GroupAssessment[];
  readonly holds: readonly Hold[];
  readonly notices: readonly Notice[];
  /** The question for the chooser; absent while Ray is not known well enough to ask. */
  readonly request?: DecisionRequest;
  readonly mayGrow: boolean;
  /** Ray has been seen complete twice in a row; a group must have been as well. */
  readonly mayShrink: boolean;
  /** Whether too many machines are lost at once for anything to be ended. */
  readonly breaker: BreakerState;
  /** Names of groups that grow and shrink over and over, and are kept as they are. */
  readonly flapping: ReadonlySet<string>;
  /** How many nodes may leave for being idle. */
  readonly idleRemovals: IdleRemovalRoom;
  readonly memory: Memory;
}

/**
 * Turns what was read into the question for the chooser and into what must wait.
 *
 * Guarantees: no growth before the head is alive in Ray; no shrinking before Ray and the group were seen complete twice in a row; a part that
 * could not be read keeps counting as it last was; equal input gives equal output.
 */
export function assess(observation: Observation, remembered: Memory, config: AgentConfig): Assessment {
  const memory = afterGap(remembered, observation, config.tickSeconds);
  const ray = rayView(observation, memory);
  const groups = config.groups.map((group) => assessOne(group, { observation, memory, ray, config }));
  const unread = groups.filter((group) => group.state === undefined);
  const firstReadDue = observation.nowMs - memory.startedMs < FIRST_READ_MS && unread.length > 0;
  const uncounted = hasCommonLimit(config) ? unread.filter(({ group }) => !isGone(observation.groups.get(group.groupName))) : [];
  const mayShrink = ray.completeViews >= 2;
  const breaker = breakerState(memory.breaker, { groups, rayComplete: ray.complete, nowMs: observation.nowMs });
  const flapping = new Set(
    groups.filter(({ memory: { turns } }) => isFlapping(turns, observation.nowMs)).map(({ group }) => group.groupName),
  );
  const next = {
    ...nextMemory(memory, ray, groups),
    ...(breaker.breaker === undefined ? {} : { breaker: breaker.breaker }),
    lastLook: { nowMs: observation.nowMs, epochMs: observation.epochMs },
  };
  const shrinking = mayShrink && !breaker.isOpen ? groups.filter(({ group }) => !flapping.has(group.groupName)) : [];
  const drainable = new Set(shrinking.flatMap((group) => drainableIn(group, observation.nowMs)));
  return {
    groups,
    holds: [
      ...rayHolds(observation, ray),
      ...(breaker.isOpen ? [{ code: "breaker-open", text: breakerText(breaker) } as const] : []),
      ...[...flapping].map(flappingHold),
      ...groups.flatMap(groupHold),
      ...groups.flatMap((group) => wayHolds(group, observation.nowMs)),
      ...groups.filter(({ probing }) => probing).map(probeHold),
      ...uncounted.map(uncountedHold),
      ...noticeRemarks(observation.notices, { groups, snapshot: ray.snapshot, nowMs: observation.nowMs }),
    ],
    notices: [...sessionNotice(memory, ray), ...groups.flatMap((group) => groupNotices(group, memory, observation))],
    ...(ray.snapshot === undefined || !ray.complete
      ? {}
      : {
          request: decisionInput({
            config,
            snapshot: ray.snapshot,
            groups,
            drainable,
            late: breaker.isOpen ? new Set() : new Set(groups.flatMap((group) => lateIn(group, ray, observation.nowMs))),
            nowMs: observation.nowMs,
            mayListGone: mayListGone(ray, observation.nowMs),
          }),
        }),
    mayGrow: ray.complete && !firstReadDue && uncounted.length === 0,
    mayShrink,
    breaker,
    flapping,
    idleRemovals: idleRemovalRoom(memory, groups, observation.nowMs),
    memory: next,
  };
}

interface RayView {
  readonly snapshot?: RaySnapshot;
  /** Ray answered and its head is alive. */
  readonly complete: boolean;
  readonly completeViews: number;
  readonly headAliveSinceMs: number | undefined;
  readonly alive: ReadonlyMap<string, RayNode>;
  readonly deadInstanceIds: ReadonlySet<string>;
}

function mayListGone({ headAliveSinceMs }: RayView, nowMs: number): boolean {
  return headAliveSinceMs !== undefined && nowMs - headAliveSinceMs < GONE_NODES_LISTED_MS;
}

function rayView(observation: Observation, memory: Memory): RayView {
  if (observation.ray.kind === "unknown") {
    return { complete: false, completeViews: 0, headAliveSinceMs: undefined, alive: new Map(), deadInstanceIds: new Set() };
  }
  const { snapshot } = observation.ray;
  const complete = hasAliveHead(snapshot);
  // The counter starts again with each GCS process: an answer that does not follow the last one is a first answer.
  const follows = snapshot.sessionName === memory.sessionName && snapshot.version > memory.version;
  return {
    snapshot,
    complete,
    completeViews: !complete ? 0 : follows ? memory.completeViews + 1 : 1,
    headAliveSinceMs: !complete ? undefined : follows ? (memory.headAliveSinceMs ?? observation.nowMs) : observation.nowMs,
    alive: aliveByInstanceId(snapshot),
    deadInstanceIds: new Set(snapshot.nodes.filter((node) => node.status === "dead").map((node) => node.instanceId)),
  };
}

function assessOne(
  group: AgentGroup,
  read: { observation: Observation; memory: Memory; ray: RayView; config: AgentConfig },
): GroupAssessment {
  const { observation, memory, ray } = read;
  const headAliveSinceMs = ray.headAliveSinceMs ?? observation.nowMs;
  const observed = observation.groups.get(group.groupName) ?? {
    kind: "unknown" as const,
    error: { code: "unknown" as const, message: "it was not asked for" },
  };
  const groupMemory = memory.groups.get(group.groupName);
  const state = observed.kind === "known" ? observed.state : groupMemory?.lastState;
  const instances = (state?.instances ?? []).map((instance) =>
    assessInstance({
      group,
      instance,
      nowMs: observation.nowMs,
      epochMs: observation.epochMs,
      rayComplete: ray.complete,
      headAliveSinceMs,
      bootDeadlineSeconds: learnedBootDeadline(group.bootDeadlineSeconds, groupMemory ?? emptyGroupMemory),
      node: ray.alive.get(instance.instanceId),
      hasDeadNode: ray.deadInstanceIds.has(instance.instanceId),
      launchEpochMs: observation.launchTimes.get(instance.instanceId),
      groupReadMs: groupMemory?.readMs,
      bootReport: observation.bootReports.get(instance.instanceId),
      notice: observation.notices.notices.get(instance.instanceId),
      memory: memory.instances.get(instance.instanceId),
    }),
  );
  return assessGroup({
    group,
    observation: observed,
    instances,
    launchFailures: observation.launchFailures.get(group.groupName) ?? [],
    schedules: read.config.schedules ?? [],
    headAliveSinceMs,
    nowMs: observation.nowMs,
    epochMs: observation.epochMs,
    memory: groupMemory,
  });
}

function drainableIn(group: GroupAssessment, nowMs: number): string[] {
  return group.fresh && group.twiceSeen
    ? group.instances
        .filter(({ phase, node, memory }) => phase === "running" && node?.isHead === false && nowMs >= (memory.drainNotBeforeMs ?? nowMs))
        .map(({ instance }) => instance.instanceId)
    : [];
}

function lateIn({ instances }: GroupAssessment, ray: RayView, nowMs: number): string[] {
  const headAliveSinceMs = ray.headAliveSinceMs ?? nowMs;
  const isDead = ({ instance }: InstanceAssessment) => ray.deadInstanceIds.has(instance.instanceId);
  return instances
    .filter((known) => isLate(known, { nowMs, headAliveSinceMs, hasDeadNode: isDead(known) }))
    .map(({ instance }) => instance.instanceId);
}

function nextMemory(memory: Memory, ray: RayView, groups: readonly GroupAssessment[]): Memory {
  const instances: [string, InstanceMemory][] = groups.flatMap((group) =>
    group.instances.map((known: InstanceAssessment) => [known.instance.instanceId, known.memory] as [string, InstanceMemory]),
  );
  return {
    startedMs: memory.startedMs,
    sessionName: ray.snapshot?.sessionName ?? memory.sessionName,
    version: ray.snapshot?.version ?? memory.version,
    completeViews: ray.completeViews,
    ...(ray.headAliveSinceMs === undefined ? {} : { headAliveSinceMs: ray.headAliveSinceMs }),
    ...(memory.idleRemovals === undefined ? {} : { idleRemovals: memory.idleRemovals }),
    // Machines that are gone from their group are forgotten with it.
    instances: new Map(instances),
    groups: new Map(groups.map((group) => [group.group.groupName, group.memory])),
  };
}

function rayHolds(observation: Observation, ray: RayView): Hold[] {
  if (observation.ray.kind === "unknown") {
    return [
      {
        code: "ray-unknown",
        text: `Ray does not answer (${observation.ray.code}): ${observation.ray.message}; nothing is bought or ended`,
      },
    ];
  }
  if (!ray.complete) {
    return [{ code: "head-not-alive", text: "Ray answers, but its head is not alive in it yet; nothing is bought or ended" }];
  }
  return ray.completeViews < 2
    ? [{ code: "not-seen-twice", text: "Ray's first complete answer; nothing is ended before a second one" }]
    : [];
}

function groupHold(assessment: GroupAssessment): Hold[] {
  const { group, unavailable, fresh } = assessment;
  return unavailable === undefined
    ? []
    : [{ code: fresh ? "group-unavailable" : "group-unknown", groupName: group.groupName, text: `${group.groupName}: ${unavailable}` }];
}

function flappingHold(groupName: string): Hold {
  const text = `${groupName}: it has shrunk and grown again and again in the last 10 minutes; nothing of it is drained or given back for now`;
  return { code: "group-flapping", groupName, text };
}

function probeHold({ group, memory }: GroupAssessment): Hold {
  const text = `${group.groupName}: ${memory.bootFailures} machines in a row did not become a node; one is tried, and others follow when it has stayed in Ray`;
  return { code: "group-probing", groupName: group.groupName, text };
}

function wayHolds({ group, memory }: GroupAssessment, nowMs: number): Hold[] {
  return (memory.failedWays ?? [])
    .filter((way) => isOut(way, nowMs))
    .map((way) => {
      const seconds = Math.ceil((way.untilMs - nowMs) / 1000);
      const text = `${group.groupName}: ${wayText(way)} is not counted on for ${seconds} s more: ${way.message}`;
      return { code: "way-unavailable", groupName: group.groupName, text };
    });
}

function hasCommonLimit({ limits }: AgentConfig): boolean {
  return limits.maxReplicas !== undefined || limits.maxHourlyUsd !== undefined || (limits.quotas ?? []).length > 0;
}

/** A group that the cloud does not have, or is deleting, gets no machines. */
function isGone(observation: NodeGroupObservation | undefined): boolean {
  return observation?.kind === "unknown" && observation.error.code === "gone";
}

function uncountedHold({ group }: GroupAssessment): Hold {
  const text = `${group.groupName}: it was never read, and the cluster's limits count its machines too; nothing is bought in any group`;
  return { code: "group-uncounted", groupName: group.groupName, text };
}

function sessionNotice(memory: Memory, ray: RayView): Notice[] {
  const session = ray.snapshot?.sessionName;
  return session !== undefined && memory.sessionName !== "" && session !== memory.sessionName
    ? [{ code: "session-changed", text: `Ray started anew: session "${session}" after "${memory.sessionName}"` }]
    : [];
}

function groupNotices(assessment: GroupAssessment, memory: Memory, { nowMs, endReasons }: Observation): Notice[] {
  const { group, state, fresh } = assessment;
  const before = memory.groups.get(group.groupName);
  const notices: Notice[] = [];
  if (fresh && state !== undefined && before?.expectedDesired !== undefined && before.expectedDesired !== state.desired) {
    const text = `${group.groupName}: somebody set the desired size to ${state.desired} (it was ${before.expectedDesired}); adopted`;
    notices.push({ code: "desired-changed-elsewhere", groupName: group.groupName, text });
  }
  const known = new Set(
    (before?.lastState?.instances ?? []).filter(({ lifecycle }) => lifecycle === "unknown").map(({ instanceId }) => instanceId),
  );
  for (const end of fresh && state !== undefined ? foreignEnds(group.groupName, state, memory) : []) {
    const text = `${group.groupName}: ${foreignEndText(end, endReasons?.get(end.instanceId))}`;
    notices.push({ code: "ended-elsewhere", groupName: group.groupName, text });
  }
  for (const known of assessment.instances) {
    const text = newNoticeText(known, memory.instances.get(known.instance.instanceId)?.noticed, nowMs);
    if (text !== undefined) notices.push({ code: "machine-notice", groupName: group.groupName, text: `${group.groupName}: ${text}` });
  }
  for (const { instance, phase } of assessment.instances) {
    if (phase === "hands-off" && !known.has(instance.instanceId)) {
      const text = `${group.groupName}: ${instance.instanceId} is in state "${instance.cloudState}"; it is left alone`;
      notices.push({ code: "unknown-lifecycle", groupName: group.groupName, text });
    }
  }
  return notices;
}
