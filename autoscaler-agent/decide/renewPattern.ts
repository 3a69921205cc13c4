import type { Pattern } from "./packing";
import { type Capacity, fitCount, type Need, takeFrom, takenNeed } from "./resources";
import type { SelectiveItem } from "./shapeClusters";

/** So many alike items are tried in the place of one that has run out. */
const mostTries = 8;

/** More than this part of a pattern is not renewed: then the node is better filled anew. */
const mostRenewed = 0.5;

interface Stock {
  readonly items: readonly SelectiveItem[];
  readonly waiting: ArrayLike<number>;
  /** Items that come next in the same cluster, about as large or a little smaller. */
  nextLike(item: number): Iterable<number>;
}

/**
 * The pattern with other items in the place of those of which too few wait: with many pieces of many shapes some shape runs out at every step, and
 * filling a node anew each time would take longest. Undefined when too much has run out, or nothing alike fits.
 */
export function renewPattern(capacity: Capacity, { items: used, times }: Pattern, stock: Stock): Pattern | undefined {
  const { items, waiting } = stock;
  const isShort = used.map((item, i) => (waiting[item] ?? 0) < (times[i] ?? 0));
  if (isShort.filter(Boolean).length > mostRenewed * used.length) return undefined;
  const left = capacity.slice();
  const taken = new Set<number>();
  used.forEach((item, i) => {
    if (isShort[i] === true) return;
    taken.add(item);
    takeFrom(left, needOf(items, item), times[i] ?? 0);
  });
  const renewed: number[] = [];
  for (const [i, item] of used.entries()) {
    const count = times[i] ?? 0;
    const fits = (other: number) =>
      !taken.has(other) &&
      (waiting[other] ?? 0) >= count &&
      (items[other]?.mostPerNode ?? count) >= count &&
      fitCount(left, needOf(items, other)) >= count;
    const other = isShort[i] === true ? firstOf(stock.nextLike(item), fits) : item;
    if (other === undefined) return undefined;
    renewed.push(other);
    if (isShort[i] !== true) continue;
    taken.add(other);
    takeFrom(left, needOf(items, other), count);
  }
  const worth = renewed.reduce((sum, item, i) => sum + (items[item]?.worth ?? 0) * (times[i] ?? 0), 0);
  return { items: renewed, times, need: takenNeed(capacity, left), worth };
}

function needOf(items: readonly SelectiveItem[], item: number): Need {
  return items[item]?.need ?? { at: [], units: [] };
}

function firstOf(candidates: Iterable<number>, isGood: (item: number) => boolean): number | undefined {
  let tries = 0;
  for (const item of candidates) {
    if (tries === mostTries) return undefined;
    if (isGood(item)) return item;
    tries += 1;
  }
  return undefined;
}
