import type { AgentSchedule } from "../../../contract/agentConfig";
import { type CronExpression, parseCronExpression } from "../../../contract/cronExpression";
import { lastFiring, nextFiring } from "./cronFirings";
import { type LocalClock, localClock } from "./localTime";

/** What a schedule can set. */
export type ScheduledKey = "minReplicas" | "maxReplicas" | "idleTimeoutSeconds";

const scheduledKeys: readonly ScheduledKey[] = ["minReplicas", "maxReplicas", "idleTimeoutSeconds"];

/** Where one schedule stands. Times are epoch milliseconds. */
export interface ScheduleState {
  readonly schedule: AgentSchedule;
  readonly lastMs?: number;
  readonly nextMs?: number;
  /** What it sets now; of the other keys a later firing of another schedule holds. */
  readonly holds: readonly ScheduledKey[];
}

/** A group's bounds as its schedules have them now. */
export interface ScheduledBounds {
  /** Never above `maxReplicas`. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Undefined: no schedule sets it. */
  readonly idleTimeoutSeconds?: number;
  /** Why `minReplicas` is what it is, a sentence; absent where no schedule has to do with it. */
  readonly why?: string;
  readonly states: readonly ScheduleState[];
}

/** What a group's schedules are looked at with. */
export interface ScheduleFacts {
  readonly group: { readonly groupName: string; readonly minReplicas: number; readonly maxReplicas: number };
  /** Of all groups. */
  readonly schedules: readonly AgentSchedule[];
  readonly epochMs: number;
  /** So long before its time a raise of `minReplicas` takes effect, seconds. */
  readonly leadSeconds: number;
}

interface Entry {
  readonly schedule: AgentSchedule;
  readonly cron: CronExpression;
  readonly clock: LocalClock;
}

/**
 * The bounds of a group at a moment. From each firing on, a schedule's values hold; of several that set the same key the one that fired last holds, of those that
 * fired at the same moment the one that stands last. Where the minimum comes out above the maximum, the maximum wins. A raise of the minimum takes effect ahead of its time.
 *
 * Guarantees: a longer lead never lowers the minimum; with a lead of 0 the bounds are those of this moment.
 */
export function scheduledBounds(facts: ScheduleFacts): ScheduledBounds {
  const { group, epochMs } = facts;
  const entries = facts.schedules.filter(({ groupName }) => groupName === group.groupName).flatMap(readEntry);
  const now = boundsAt(entries, facts, epochMs);
  const ahead = raiseAhead(entries, facts, now.minReplicas);
  const idle = holderAt(entries, "idleTimeoutSeconds", epochMs)?.schedule.idleTimeoutSeconds;
  const why = ahead === undefined ? heldText(now) : aheadText(ahead, facts);
  return {
    minReplicas: ahead?.minReplicas ?? now.minReplicas,
    maxReplicas: Math.max(now.maxReplicas, ahead?.minReplicas ?? 0),
    ...(idle === undefined ? {} : { idleTimeoutSeconds: idle }),
    ...(why === undefined ? {} : { why }),
    states: entries.map((entry) => stateOf(entry, entries, epochMs)),
  };
}

function readEntry(schedule: AgentSchedule): Entry[] {
  const reading = parseCronExpression(schedule.cron);
  return "cron" in reading ? [{ schedule, cron: reading.cron, clock: localClock(schedule.timeZone) }] : [];
}

/** The entry whose value of a key holds at a moment. */
function holderAt(entries: readonly Entry[], key: ScheduledKey, epochMs: number): Entry | undefined {
  let holder: Entry | undefined;
  let since = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    const fired = entry.schedule[key] === undefined ? undefined : lastFiring(entry.cron, entry.clock, epochMs);
    if (fired !== undefined && fired >= since) [holder, since] = [entry, fired];
  }
  return holder;
}

interface MomentBounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Whose minimum it is; undefined: the group's own. */
  readonly minimumOf?: AgentSchedule;
  readonly atMs: number;
}

function boundsAt(entries: readonly Entry[], { group }: ScheduleFacts, atMs: number): MomentBounds {
  const minimumOf = holderAt(entries, "minReplicas", atMs)?.schedule;
  const most = holderAt(entries, "maxReplicas", atMs)?.schedule.maxReplicas ?? group.maxReplicas;
  const maxReplicas = Math.min(most, group.maxReplicas);
  const minReplicas = Math.min(minimumOf?.minReplicas ?? group.minReplicas, maxReplicas);
  return { minReplicas, maxReplicas, ...(minimumOf === undefined ? {} : { minimumOf }), atMs };
}

/** The highest minimum that comes within the lead, when it is higher than the one now; of equal ones the first to come. */
function raiseAhead(entries: readonly Entry[], facts: ScheduleFacts, minReplicas: number): MomentBounds | undefined {
  const endMs = facts.epochMs + facts.leadSeconds * 1000;
  const moments = entries
    .filter(({ schedule }) => schedule.minReplicas !== undefined || schedule.maxReplicas !== undefined)
    .flatMap((entry) => firingsUntil(entry, facts.epochMs, endMs));
  return [...new Set(moments)]
    .sort((one, other) => one - other)
    .map((atMs) => boundsAt(entries, facts, atMs))
    .reduce<MomentBounds | undefined>(
      (best, bounds) => (bounds.minReplicas > (best?.minReplicas ?? minReplicas) ? bounds : best),
      undefined,
    );
}

function firingsUntil({ cron, clock }: Entry, epochMs: number, endMs: number): number[] {
  const firings: number[] = [];
  for (let at = nextFiring(cron, clock, epochMs); at !== undefined && at <= endMs; at = nextFiring(cron, clock, at)) firings.push(at);
  return firings;
}

function stateOf({ schedule, cron, clock }: Entry, entries: readonly Entry[], epochMs: number): ScheduleState {
  const lastMs = lastFiring(cron, clock, epochMs);
  const nextMs = nextFiring(cron, clock, epochMs);
  return {
    schedule,
    ...(lastMs === undefined ? {} : { lastMs }),
    ...(nextMs === undefined ? {} : { nextMs }),
    holds: scheduledKeys.filter((key) => holderAt(entries, key, epochMs)?.schedule === schedule),
  };
}

function nameOf({ cron, timeZone }: AgentSchedule): string {
  return `schedule "${cron}" (${timeZone})`;
}

function heldText({ minReplicas, minimumOf }: MomentBounds): string | undefined {
  if (minimumOf === undefined) return undefined;
  const least = minimumOf.minReplicas ?? minReplicas;
  const cut = minReplicas < least ? `, and maxReplicas allows ${minReplicas}` : "";
  return `The ${nameOf(minimumOf)} sets minReplicas to ${least}${cut}.`;
}

function aheadText({ minReplicas, minimumOf, atMs }: MomentBounds, { epochMs, leadSeconds }: ScheduleFacts): string {
  const whose = minimumOf === undefined ? "a schedule" : `the ${nameOf(minimumOf)}`;
  const seconds = Math.ceil((atMs - epochMs) / 1000);
  return `In ${seconds} s ${whose} needs ${minReplicas} nodes, and one takes ${Math.round(leadSeconds)} s to come.`;
}
