/** After so long a regret counts half; and what was drained in this time is drained of late. */
const HALF_LIFE_MS = 3_600_000;

/** More regrets than this lengthen a time-out no further. */
const MOST_WEIGHT = 4;

/** Removals are forgotten after the longest boot time that can be configured, and beyond so many. */
const LONGEST_BOOT_MS = 7_200_000;
const MOST_REMOVALS = 1000;

/**
 * What a group's idle time-outs have cost: a node that was ended for being idle and wanted back before a new one could have booted is a regret. Times are
 * monotonic milliseconds.
 */
export interface Regrets {
  /** Nodes in all, since the agent started. */
  readonly total: number;
  /** Times that it happened, each fading since then, as of `atMs`, and each by the share of the nodes drained of late that were wanted back. */
  readonly weight: number;
  readonly atMs: number;
  /** When nodes were drained for being idle that may still be wanted back, oldest first. */
  readonly removedMs: readonly number[];
}

/** Of a group in which nothing was ended yet. */
export const noRegrets: Regrets = { total: 0, weight: 0, atMs: 0, removedMs: [] };

/** How much the regrets weigh now, from 0 to 4: of the only node that was drained of late it is 1 at first, and half of it an hour later. */
export function regretWeight({ weight, atMs }: Regrets, nowMs: number): number {
  return Math.min(MOST_WEIGHT, weight * 0.5 ** (Math.max(0, nowMs - atMs) / HALF_LIFE_MS));
}

/** A node leaves because it was idle for its time-out. */
export function afterIdleRemoval(regrets: Regrets, nowMs: number): Regrets {
  const recent = regrets.removedMs.filter((removedMs) => nowMs - removedMs <= LONGEST_BOOT_MS);
  return { ...regrets, removedMs: [...recent, nowMs].slice(-MOST_REMOVALS) };
}

/**
 * New machines are bought: as many of them are regrets as nodes left within a boot time before. Each removal is regretted once at most.
 *
 * They weigh as much as their share of the nodes that were drained of late: a longer time-out is paid for each idle node and spares the booting of those alone that are
 * wanted back. One of a hundred is chance; one of one is a time-out that is too short.
 *
 * @param bootSeconds how long a node usually takes to come; undefined: not known, then nothing can be said and nothing is counted
 */
export function afterPurchase(
  regrets: Regrets,
  { count, nowMs, bootSeconds }: { count: number; nowMs: number; bootSeconds: number | undefined },
): Regrets {
  const windowMs = (bootSeconds ?? -1) * 1000;
  const within = (spanMs: number) => regrets.removedMs.filter((removedMs) => nowMs - removedMs <= spanMs).length;
  const regretted = Math.max(0, Math.min(count, within(windowMs)));
  const share = regretted / Math.max(1, within(Math.max(windowMs, HALF_LIFE_MS)));
  return regretted === 0
    ? regrets
    : {
        total: regrets.total + regretted,
        weight: Math.min(MOST_WEIGHT, regretWeight(regrets, nowMs) + share),
        atMs: nowMs,
        removedMs: regrets.removedMs.slice(0, regrets.removedMs.length - regretted),
      };
}
