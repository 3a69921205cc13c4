import type { GroupAssessment } from "./groups";
import type { InstanceAssessment } from "./instances";

/** So many machines may be lost at once as an accident, whatever share they are. */
const FEW_MACHINES = 3;
/** More than this share lost at once is more likely a fault between them and the head than of each of them. */
const SHARE = 0.45;
/** The breaker closes when fewer have been lost for so long, in milliseconds. */
const CLOSES_AFTER_MS = 60_000;
/** While it is open, machines are tried so often: one, then two, four, ... are ended. */
const PROBE_EVERY_MS = 600_000;

/** What is remembered of a breaker that has tripped. Times are monotonic milliseconds. */
export interface Breaker {
  readonly sinceMs: number;
  /** Since when no more than the share is lost; absent: it still is. */
  readonly clearSinceMs?: number;
  readonly probes: number;
  readonly probedMs?: number;
  /** The loss is believed: a machine that was launched since has joined Ray, or somebody paused the agent and resumed it. Nothing is held back any more. */
  readonly believed?: boolean;
}

/** What the breaker says in one tick. */
export interface BreakerState {
  /** Undefined: it has not tripped. */
  readonly breaker?: Breaker;
  /** Nothing is drained or ended, and no place is given back. */
  readonly isOpen: boolean;
  /** Machines that are to be ended all the same, to see whether others in their places join. */
  readonly probe: ReadonlySet<string>;
  readonly lost: number;
  readonly machines: number;
}

interface Look {
  readonly groups: readonly GroupAssessment[];
  /** Ray answered with its head: only then is anything known of lost machines. */
  readonly rayComplete: boolean;
  readonly nowMs: number;
}

/**
 * Stops all that makes the cluster smaller while too many machines are lost at once: in Ray before, or there before this agent, and not in Ray now. It may be the network
 * between them and the head, and what was given up then may not be had again. Growing goes on within its limits: work waits.
 *
 * Closes a minute after the loss has ended; when a machine launched since has joined Ray, which shows that machines can; or when somebody paused and resumed the agent. While nothing of that
 * happens one machine is ended every ten minutes, then two, four, and so on, so that a cluster of dead machines is not paid for ever.
 */
export function breakerState(before: Breaker | undefined, { groups, rayComplete, nowMs }: Look): BreakerState {
  const there = groups.flatMap((group) => group.instances.filter(isThere));
  const lost = there.filter(isLost);
  // A machine that is still to join proves nothing: not that the others are well, nor that they are not.
  const machines = there.filter((known) => known.node !== undefined || isLost(known));
  const counts = { lost: lost.length, machines: machines.length };
  if (!rayComplete) {
    return { ...(before === undefined ? {} : { breaker: before }), isOpen: isHeld(before), probe: new Set(), ...counts };
  }
  const isWide = lost.length > FEW_MACHINES && lost.length > SHARE * machines.length;
  const now = nextBreaker(before, { isWide, nowMs, joined: machines.some((known) => hasJoinedSince(known, before)) });
  const due = isHeld(now) && now !== undefined && nowMs - (now.probedMs ?? now.sinceMs) >= PROBE_EVERY_MS;
  if (!due) {
    return { ...(now === undefined ? {} : { breaker: now }), isOpen: isHeld(now), probe: new Set(), ...counts };
  }
  const probe = lost
    .filter(({ endCause }) => endCause !== undefined)
    .sort((one, other) => missingSince(one) - missingSince(other) || (one.instance.instanceId < other.instance.instanceId ? -1 : 1))
    .slice(0, 2 ** now.probes);
  const breaker = { ...now, probes: now.probes + 1, probedMs: nowMs };
  return { breaker, isOpen: true, probe: new Set(probe.map(({ instance }) => instance.instanceId)), ...counts };
}

/** The breaker after somebody has looked: what is lost is believed to be. */
export function believedBreaker(breaker: Breaker | undefined): Breaker | undefined {
  return breaker === undefined ? undefined : { ...breaker, believed: true };
}

/** One sentence for people. */
export function breakerText({ lost, machines }: Pick<BreakerState, "lost" | "machines">): string {
  return `the breaker is open: ${lost} of ${machines} machines are no longer in Ray; nothing is drained or ended until they are back, a machine launched since has joined, or somebody pauses and resumes the agent; machines are bought as ever`;
}

function nextBreaker(
  before: Breaker | undefined,
  { isWide, nowMs, joined }: { isWide: boolean; nowMs: number; joined: boolean },
): Breaker | undefined {
  if (before === undefined) {
    return isWide ? { sinceMs: nowMs, probes: 0 } : undefined;
  }
  const { clearSinceMs, ...rest } = joined ? { ...before, believed: true } : before;
  if (isWide) return rest;
  const sinceMs = clearSinceMs ?? nowMs;
  return nowMs - sinceMs >= CLOSES_AFTER_MS ? undefined : { ...rest, clearSinceMs: sinceMs };
}

function isHeld(breaker: Breaker | undefined): boolean {
  return breaker !== undefined && breaker.believed !== true;
}

function isThere({ phase }: InstanceAssessment): boolean {
  return phase === "starting" || phase === "running" || phase === "draining" || phase === "expired";
}

/** It was in Ray and is not, or it was there before this agent and did not come to Ray in its time. */
function isLost({ phase, memory }: InstanceAssessment): boolean {
  const found = memory.absentMs === undefined;
  return memory.missingSinceMs !== undefined || (phase === "expired" && found && memory.joinedMs === undefined);
}

function hasJoinedSince({ phase, memory }: InstanceAssessment, breaker: Breaker | undefined): boolean {
  // Its group was read without it after the breaker had tripped: no clock but the agent's own says so.
  return phase === "running" && breaker !== undefined && memory.absentMs !== undefined && memory.absentMs >= breaker.sinceMs;
}

function missingSince({ memory }: InstanceAssessment): number {
  return memory.missingSinceMs ?? memory.startedMs;
}
