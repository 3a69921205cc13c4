/**
 * What the cloud announces about a machine.
 *
 * `spot-interruption`: it is taken back at the deadline, two minutes after the notice. `scheduled`: the cloud stops, retires or reboots it, or works on its host,
 * from the deadline on. `rebalance`: it is more likely than others to be taken back; nothing is certain.
 */
export type NoticeKind = "spot-interruption" | "scheduled" | "rebalance";

/** One notice about one machine. */
export interface MachineNotice {
  readonly instanceId: string;
  readonly kind: NoticeKind;
  /** Monotonic milliseconds; absent: the notice names no time. */
  readonly deadlineMs?: number;
  /** The cloud's own words for it. */
  readonly what: string;
}

/** What was heard of the cloud's notices up to one tick. */
export interface NoticesObservation {
  /** One for each machine: the most pressing. */
  readonly notices: ReadonlyMap<string, MachineNotice>;
  /** Why no news could be had; what was heard before still stands. */
  readonly problem?: string;
  /** Messages of an unknown form since the agent started. */
  readonly droppedCount: number;
}

/** An agent that is told nothing. */
export const noNotices: NoticesObservation = { notices: new Map(), droppedCount: 0 };

/** So long before its deadline what a machine's work needs is bought elsewhere. Earlier, the work may well be over by itself. */
const REPLACE_AHEAD_MS = 600_000;

const pressing: Readonly<Record<NoticeKind, number>> = { "spot-interruption": 0, scheduled: 1, rebalance: 2 };

/** Of several notices about one machine the one to act on: the surest, then the earliest. */
export function mostPressing(notices: readonly MachineNotice[]): ReadonlyMap<string, MachineNotice> {
  const inOrder = [...notices].sort(
    (one, other) =>
      pressing[one.kind] - pressing[other.kind] ||
      (one.deadlineMs ?? Number.POSITIVE_INFINITY) - (other.deadlineMs ?? Number.POSITIVE_INFINITY),
  );
  // The last of a key stays, so the first in order is put last.
  return new Map(inOrder.reverse().map((notice) => [notice.instanceId, notice]));
}

/** True when the machine will be lost. Advice is no loss: many clusters lost work to machines that were given up for advice alone. */
export function isTakenAway(notice: MachineNotice | undefined): boolean {
  return notice !== undefined && notice.kind !== "rebalance";
}

/** True when it is time to buy what the machine's work will need. */
export function isReplacedNow({ deadlineMs }: MachineNotice, nowMs: number): boolean {
  return deadlineMs === undefined || deadlineMs - nowMs <= REPLACE_AHEAD_MS;
}

/** The notice as a sentence without a subject, with the time that is left where `nowMs` is given: "the cloud takes it back in 95 s (EC2 Spot Instance Interruption Warning)". */
export function noticeText({ kind, deadlineMs, what }: MachineNotice, nowMs?: number): string {
  const when =
    deadlineMs === undefined || nowMs === undefined ? "" : deadlineMs > nowMs ? ` in ${spanText(deadlineMs - nowMs)}` : " at any moment";
  switch (kind) {
    case "spot-interruption":
      return `the cloud takes it back${when} (${what})`;
    case "scheduled":
      return `the cloud stops or works on it${when} (${what})`;
    case "rebalance":
      return `the cloud advises to leave it (${what})`;
  }
}

function spanText(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 7200 ? `${seconds} s` : `${Math.round(seconds / 3600)} h`;
}
