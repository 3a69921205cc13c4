import type { AgentGroup } from "../../../contract/agentConfig";
import type { BootReport } from "../../../contract/bootReport";
import type { GroupInstance } from "../../nodeGroups/backend";
import type { RayNode } from "../../ray/rayControl";
import { addFreeLook, type FreeLook } from "./freeLooks";
import { isTakenAway, type MachineNotice, noticeText } from "./machineNotices";
import type { InstanceMemory } from "./memory";
import { comesAndGoes, livedMs, STABLE_AFTER_MS, stayAfter } from "./nodeLife";

/**
 * How long a machine whose node left Ray may take to come back, in milliseconds: a restarted head is noticed by its workers after up to
 * 61 seconds, then Ray starts again on them. Also the time that adopted machines have after the head came up, whatever their age.
 */
const REJOIN_MS = 180_000;

/**
 * A node that is lost under a living head is back after some 15 seconds, when its machine starts Ray again. After so long, in milliseconds, its work is served
 * elsewhere; its machine is ended later, because it may be the network, and machines that are given up may not be had again.
 */
const LATE_MS = 60_000;

/** A boot report must say "failed" for so long: the machine may be trying again. */
const FAILED_REPORT_MS = 30_000;

/** What it means when a node joins, so reaches the head, and is called dead soon after: the head does not reach it. */
const FIREWALL = "most likely a firewall lets it reach the head and not the head reach it";

/** An accepted drain shows at once; a node that is still alive and not draining after this has come back. */
const DRAIN_SHOWS_MS = 30_000;

/**
 * Where a machine stands.
 *
 * `starting`: not in Ray yet, or on its way back, counted at full size. `running`: in Ray. `draining`: leaving Ray, takes no work. `drained`: it was to leave and is
 * not in Ray. `expired`: did not come (back) in its time. `ending`: the cloud is ending it, or was asked to. `hands-off`: in a state that the agent does not know.
 */
export type InstancePhase = "starting" | "running" | "draining" | "drained" | "expired" | "ending" | "hands-off";

/** Why a machine is to be ended. */
export interface EndCause {
  readonly code: "drained" | "never-joined" | "boot-failed" | "joined-and-lost" | "node-lost" | "taken-away";
  readonly text: string;
  /** True: the machine never said how far its start came; what stands on its console is all there is. */
  readonly isSilent?: boolean;
}

export interface InstanceAssessment {
  readonly instance: GroupInstance;
  readonly phase: InstancePhase;
  readonly node?: RayNode;
  /** Set in phases `drained` and `expired`. */
  readonly endCause?: EndCause;
  readonly bootStage?: string;
  /** What the cloud announces about it. */
  readonly notice?: MachineNotice;
  readonly memory: InstanceMemory;
}

/** What is known of one machine in one tick. */
export interface InstanceFacts {
  readonly group: AgentGroup;
  readonly instance: GroupInstance;
  readonly nowMs: number;
  readonly epochMs: number;
  /** False while Ray does not answer, or answers without its head: then nothing is concluded from a node's absence. */
  readonly rayComplete: boolean;
  readonly headAliveSinceMs: number;
  /** From launch to node at the longest. */
  readonly bootDeadlineSeconds: number;
  /** The node of this machine that is alive in Ray. */
  readonly node: RayNode | undefined;
  /** Ray lists a dead node of this machine. */
  readonly hasDeadNode: boolean;
  readonly launchEpochMs: number | undefined;
  /** When the group was read in full before; undefined: never. */
  readonly groupReadMs: number | undefined;
  readonly bootReport: BootReport | undefined;
  readonly notice: MachineNotice | undefined;
  readonly memory: InstanceMemory | undefined;
}

/** Where the machine stands now, and what to remember of it. */
export function assessInstance(facts: InstanceFacts): InstanceAssessment {
  const memory = nextMemory(facts);
  const { phase, endCause } = phaseOf(facts, memory);
  return {
    instance: facts.instance,
    phase,
    ...(facts.node === undefined ? {} : { node: facts.node }),
    ...(endCause === undefined ? {} : { endCause }),
    ...(facts.bootReport === undefined ? {} : { bootStage: facts.bootReport.stage }),
    ...(facts.notice === undefined ? {} : { notice: facts.notice }),
    memory,
  };
}

/**
 * Whether a machine whose node was lost is no longer counted on, though it may come back. Not for a head that came back, whose workers need longer: that one does
 * not know of their nodes. One that was only not seen for a while lists them as dead.
 */
export function isLate(
  { phase, memory }: InstanceAssessment,
  { nowMs, headAliveSinceMs, hasDeadNode }: Pick<InstanceFacts, "nowMs" | "headAliveSinceMs" | "hasDeadNode">,
): boolean {
  const { missingSinceMs } = memory;
  if (phase !== "starting" || missingSinceMs === undefined) return false;
  return (hasDeadNode || missingSinceMs > headAliveSinceMs) && nowMs - missingSinceMs >= LATE_MS;
}

function phaseOf(facts: InstanceFacts, memory: InstanceMemory): { phase: InstancePhase; endCause?: EndCause } {
  const { instance, node, nowMs } = facts;
  if (instance.lifecycle === "terminating" || (memory.endAgainMs !== undefined && nowMs < memory.endAgainMs)) {
    return { phase: "ending" };
  }
  if (instance.lifecycle === "unknown") {
    return { phase: "hands-off" };
  }
  if (node !== undefined) {
    return { phase: node.status === "draining" || memory.drain !== undefined || isTakenAway(facts.notice) ? "draining" : "running" };
  }
  if (!facts.rayComplete) {
    return { phase: memory.joinedMs === undefined ? "starting" : "running" };
  }
  if (memory.drain !== undefined) {
    return { phase: "drained", endCause: { code: "drained", text: "its node was drained and has left Ray" } };
  }
  if (facts.notice !== undefined && isTakenAway(facts.notice)) {
    return phaseWithoutNode(facts, memory, facts.notice);
  }
  const endCause = memory.missingSinceMs === undefined ? bootEndCause(facts, memory) : lostEndCause(facts, memory, memory.missingSinceMs);
  return endCause === undefined ? { phase: "starting" } : { phase: "expired", endCause };
}

/**
 * A machine that will be lost is not waited for: ended by its id, its place is not filled a second time by the group. Under a head that has just come back it
 * has the time that all have: its node may be about to join again with its work.
 */
function phaseWithoutNode(
  facts: InstanceFacts,
  memory: InstanceMemory,
  notice: MachineNotice,
): { phase: InstancePhase; endCause?: EndCause } {
  const { nowMs, headAliveSinceMs, hasDeadNode } = facts;
  const leftSinceHead = hasDeadNode || (memory.missingSinceMs ?? headAliveSinceMs) > headAliveSinceMs;
  return leftSinceHead || nowMs - headAliveSinceMs >= REJOIN_MS
    ? { phase: "drained", endCause: { code: "taken-away", text: `${noticeText(notice, nowMs)} and is not in Ray` } }
    : { phase: "draining" };
}

function bootEndCause(facts: InstanceFacts, memory: InstanceMemory): EndCause | undefined {
  const { nowMs, bootDeadlineSeconds, bootReport } = facts;
  if (bootReport?.failure !== undefined && memory.failedSinceMs !== undefined && nowMs - memory.failedSinceMs >= FAILED_REPORT_MS) {
    return { code: "boot-failed", text: `it gave up at stage "${bootReport.stage}": ${bootReport.failure}` };
  }
  const deadlineMs = Math.max(memory.startedMs + bootDeadlineSeconds * 1000, facts.headAliveSinceMs + REJOIN_MS);
  if (nowMs < deadlineMs) {
    return undefined;
  }
  const seconds = Math.round((nowMs - memory.startedMs) / 1000);
  const stage = bootReport === undefined ? "no boot report" : `last boot stage "${bootReport.stage}"`;
  const text = `it did not join Ray in ${seconds} s (deadline ${bootDeadlineSeconds} s, ${stage})`;
  return { code: "never-joined", text, ...(bootReport === undefined ? { isSilent: true } : {}) };
}

function lostEndCause(facts: InstanceFacts, memory: InstanceMemory, missingSinceMs: number): EndCause | undefined {
  const { stay = {} } = memory;
  if (comesAndGoes(stay)) {
    const times = `it joined Ray and was lost within ${STABLE_AFTER_MS / 1000} s, ${stay.shortLives} times in a row`;
    return { code: "joined-and-lost", text: `${times}; ${FIREWALL}` };
  }
  const sinceMs = Math.max(missingSinceMs, facts.headAliveSinceMs);
  if (facts.nowMs - sinceMs < REJOIN_MS) {
    return undefined;
  }
  const stayMs = livedMs(memory) ?? Number.POSITIVE_INFINITY;
  const text = `its node left Ray ${Math.round((facts.nowMs - missingSinceMs) / 1000)} s ago and did not come back`;
  return {
    code: "node-lost",
    text: stayMs < STABLE_AFTER_MS ? `${text}, ${Math.round(stayMs / 1000)} s after it joined; ${FIREWALL}` : text,
  };
}

function nextMemory(facts: InstanceFacts): InstanceMemory {
  const { memory: before, nowMs, node } = facts;
  const base = { ...(before ?? firstMemory(facts)), ...startOf(facts) };
  const { drain, missingSinceMs, failedSinceMs, endNotBeforeMs, freeLooks, noticed: _, stay: stayBefore, ...rest } = base;
  const missing = node === undefined && facts.rayComplete && (base.joinedMs !== undefined || facts.hasDeadNode);
  const failed = facts.bootReport?.failure !== undefined && node === undefined;
  return {
    ...rest,
    ...(node !== undefined && rest.joinedMs === undefined ? { joinedMs: nowMs } : {}),
    stay: stayAfter(stayBefore ?? {}, facts),
    ...(facts.notice === undefined ? {} : { noticed: facts.notice.kind }),
    ...(node === undefined ? {} : { freeLooks: addFreeLook(freeLooks ?? joinLooks(facts, node), node, nowMs) }),
    ...(missing || (!facts.rayComplete && missingSinceMs !== undefined) ? { missingSinceMs: missingSinceMs ?? nowMs } : {}),
    ...(failed ? { failedSinceMs: failedSinceMs ?? nowMs } : {}),
    ...(endNotBeforeMs !== undefined && nowMs < endNotBeforeMs ? { endNotBeforeMs } : {}),
    ...(drain !== undefined && !hasComeBack(facts, drain) ? { drain } : {}),
  };
}

/** A node that has just joined was free as a whole; one that was there before the agent's first look has had its work for longer. */
function joinLooks(facts: InstanceFacts, node: RayNode): readonly FreeLook[] {
  return facts.headAliveSinceMs < facts.nowMs ? [{ atMs: facts.nowMs, free: node.total }] : [];
}

function firstMemory({ group, nowMs, groupReadMs }: InstanceFacts): InstanceMemory {
  const first = { groupName: group.groupName, startedMs: nowMs, launchTimeKnown: false };
  return groupReadMs === undefined ? first : { ...first, absentMs: groupReadMs };
}

/**
 * Durations run on the monotonic clock, so a jump of the wall clock after the first look cannot age a machine. Nor can a clock that is ahead of the
 * cloud's: a machine that its group did not have when it was read before was launched after that.
 */
function startOf(facts: InstanceFacts): Pick<InstanceMemory, "startedMs" | "launchTimeKnown"> | undefined {
  const { memory, nowMs, epochMs, launchEpochMs } = facts;
  if (launchEpochMs === undefined || memory?.launchTimeKnown === true) {
    return undefined;
  }
  const latest = memory?.startedMs ?? nowMs;
  const earliest = (memory === undefined ? facts.groupReadMs : memory.absentMs) ?? Number.NEGATIVE_INFINITY;
  return { startedMs: Math.max(earliest, Math.min(latest, nowMs - (epochMs - launchEpochMs))), launchTimeKnown: true };
}

/** The node service starts Ray again under a new node id; a node that Ray still shows as usual was not drained after all. */
function hasComeBack(facts: InstanceFacts, drain: NonNullable<InstanceMemory["drain"]>): boolean {
  const { node, nowMs } = facts;
  return node !== undefined && (node.nodeId !== drain.nodeId || (node.status !== "draining" && nowMs - drain.acceptedMs >= DRAIN_SHOWS_MS));
}
