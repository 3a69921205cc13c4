import { packTableOf } from "./packTable";
import { PackWindow } from "./packWindow";
import { type Capacity, fitCount, type Need, shareOf, takeFrom, takenNeed } from "./resources";

/** Work of one shape that is looking for a place. */
export interface PackItem {
  readonly need: Need;
  /** What a piece is worth: what the cheapest node for it costs, shared among the pieces that such a node holds. */
  readonly worth: number;
  /** No more pieces of it on one node. @default as many as fit */
  readonly mostPerNode?: number;
}

/** What is put on one node: `times[i]` pieces of the item at position `items[i]`. */
export interface Pattern {
  readonly items: readonly number[];
  readonly times: readonly number[];
  readonly need: Need;
  readonly worth: number;
}

/** A node is filled in steps of this share of what still fits, so that shapes which complete each other are mixed. */
const stepShare = 1 / 8;

/**
 * Fills one node with what is worth most for the room that it takes, where room counts by how little of it is left.
 *
 * `order`: positions of the items that may be on this node, best first. `waiting[position]`: how many pieces there are. `mostWeighed`: so many items at a
 * time, at most those of a window, which is the default; where few are weighed, those that come first in the order are favoured.
 * Returns undefined when nothing fits. The work does not grow with the numbers that wait.
 */
export function fillNode(
  free: Capacity,
  items: readonly PackItem[],
  { order, waiting, ...limits }: { order: readonly number[]; waiting: ArrayLike<number>; mostWeighed?: number },
): Pattern | undefined {
  const left = free.slice();
  const window = new PackWindow(packTableOf(items), { left, order, waiting, ...limits });
  for (;;) {
    const best = window.takeBest();
    if (best === undefined) break;
    const item = items[best.position];
    if (item === undefined) break;
    const most = Math.min(fitCount(left, item.need), best.pieces);
    const step = best.isOnlyOne ? most : Math.max(1, Math.floor(most * stepShare));
    takeFrom(left, item.need, step);
    window.took(step);
  }
  const times = window.contents();
  return times.size === 0 ? undefined : patternOf(items, times, takenNeed(free, left));
}

function patternOf(items: readonly PackItem[], times: ReadonlyMap<number, number>, need: Need): Pattern {
  let worth = 0;
  for (const [position, count] of times) worth += (items[position]?.worth ?? 0) * count;
  return { items: [...times.keys()], times: [...times.values()], need, worth };
}

/** How many nodes can be filled with the pattern before one of its items runs out. */
export function repeatsOf({ items, times }: Pattern, waiting: ArrayLike<number>): number {
  let repeats = Number.POSITIVE_INFINITY;
  items.forEach((position, i) => {
    repeats = Math.min(repeats, Math.floor((waiting[position] ?? 0) / (times[i] ?? 1)));
  });
  return repeats;
}

/** Takes the pattern so many times from what waits, in place. */
export function settlePattern({ items, times }: Pattern, repeats: number, waiting: Float64Array): void {
  items.forEach((position, i) => {
    waiting[position] = (waiting[position] ?? 0) - (times[i] ?? 0) * repeats;
  });
}

export function isAllPlaced(waiting: Float64Array): boolean {
  return waiting.every((count) => count === 0);
}

/** Positions of the items, those with the most worth for the room that they take on such a node first. */
export function bestFirst(items: readonly PackItem[], capacity: Capacity): number[] {
  const densities = items.map(({ need, worth }) => worth / Math.max(1e-12, shareOf(need, capacity)));
  return items.map((_, position) => position).sort((one, other) => (densities[other] ?? 0) - (densities[one] ?? 0) || one - other);
}
