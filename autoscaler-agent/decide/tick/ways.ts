import type { LaunchFailure, Market, NodeGroupState } from "../../nodeGroups/backend";

/** First and longest time for which a way is left alone, seconds. */
const firstBackOffSeconds = 180;
const longestBackOffSeconds = 1800;

/** One of the ways in which a group gets machines. */
export interface Way {
  readonly zone: string;
  readonly market: Market;
}

/** A way that the cloud had no machines for. Times are monotonic milliseconds. */
export interface FailedWay extends Way {
  readonly failedMs: number;
  readonly untilMs: number;
  readonly failuresInARow: number;
  readonly message: string;
}

/** Every zone in every market; none when the cloud does not say, and then the group is one way. */
export function waysOf(state: NodeGroupState | undefined): readonly Way[] {
  const { zones = [], markets = [] } = state ?? {};
  return zones.flatMap((zone) => markets.map((market) => ({ zone, market })));
}

/** What one tick has learned of a group's ways. */
export interface WayFacts {
  readonly ways: readonly Way[];
  /** Zones in which machines were launched since the tick before. */
  readonly arrivals: ReadonlySet<string>;
  /** Launches that failed for want of capacity since the tick before. */
  readonly failures: readonly LaunchFailure[];
  readonly nowMs: number;
}

/**
 * The failed ways after a tick: a success ends a back-off, a failure after one doubles it. A failure during a back-off changes nothing, because the
 * cloud goes on trying by itself. What was never tried again is forgotten in the end.
 */
export function failedWaysAfter(before: readonly FailedWay[], facts: WayFacts): readonly FailedWay[] {
  const { ways, failures, nowMs } = facts;
  const left = before.filter((way) => includes(ways, way) && !isOver(way, before, facts));
  const hit = ways.filter((way) => failures.some((failure) => concerns(failure, way, ways)));
  const kept = left.filter((way) => isOut(way, nowMs) || !includes(hit, way));
  const failed = hit
    .filter((way) => !includes(kept, way))
    .map((way): FailedWay => {
      const failuresInARow = (left.find((one) => isSame(one, way))?.failuresInARow ?? 0) + 1;
      const seconds = Math.min(longestBackOffSeconds, firstBackOffSeconds * 2 ** (failuresInARow - 1));
      const message = failures.find((failure) => concerns(failure, way, ways))?.message ?? "";
      return { ...way, failedMs: nowMs, untilMs: nowMs + seconds * 1000, failuresInARow, message };
    });
  return [...kept, ...failed];
}

/** True while the way is left alone. */
export function isOut({ untilMs }: FailedWay, nowMs: number): boolean {
  return nowMs < untilMs;
}

/** When the first of a group's ways may be tried again, in monotonic milliseconds; undefined when one of them may be tried now, or none is known. */
export function allOutUntilMs(ways: readonly Way[], failed: readonly FailedWay[], nowMs: number): number | undefined {
  const out = failed.filter((way) => isOut(way, nowMs));
  return ways.length > 0 && ways.every((way) => includes(out, way)) ? Math.min(...out.map(({ untilMs }) => untilMs)) : undefined;
}

/** `spot in us-east-1a`. */
export function wayText({ zone, market }: Way): string {
  return `${market} in ${zone}`;
}

function isOver(way: FailedWay, before: readonly FailedWay[], { ways, arrivals, nowMs }: WayFacts): boolean {
  if (nowMs >= way.untilMs + longestBackOffSeconds * 1000) return true;
  // Of which market a new machine is, nobody says: where one of the zone's markets is open, it is from there.
  const ofZone = ways.filter(({ zone }) => zone === way.zone);
  const failed = before.filter((one) => isOut(one, nowMs));
  return arrivals.has(way.zone) && (ofZone.length === 1 || ofZone.every((one) => includes(failed, one)));
}

/** A failure that names no zone or market, or one that is not the group's, stands for all of them. */
function concerns({ zone, market }: LaunchFailure, way: Way, ways: readonly Way[]): boolean {
  const isZoneKnown = ways.some((one) => one.zone === zone);
  const isMarketKnown = ways.some((one) => one.market === market);
  return (!isZoneKnown || way.zone === zone) && (!isMarketKnown || way.market === market);
}

function includes(ways: readonly Way[], way: Way): boolean {
  return ways.some((one) => isSame(one, way));
}

function isSame(one: Way, other: Way): boolean {
  return one.zone === other.zone && one.market === other.market;
}
