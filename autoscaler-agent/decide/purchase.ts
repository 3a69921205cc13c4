import { cheaperMix } from "./cheaperMix";
import { bestFirst, fillNode, isAllPlaced, type PackItem, type Pattern, repeatsOf, settlePattern } from "./packing";
import type { GroupModel } from "./problem";
import { fitCount } from "./resources";

/** Work that new nodes are looked for. */
export interface WantedItem extends PackItem {
  accepts(group: GroupModel): boolean;
  readonly needsAccelerator: boolean;
}

/** New nodes of one group, all filled alike. */
export interface Purchase {
  readonly group: GroupModel;
  readonly pattern: Pattern;
  readonly count: number;
}

/** How many nodes of each group can be had. */
export interface Shop {
  roomOf(group: GroupModel): number;
  /** True when it is the number of nodes in all that has run out. */
  isClusterFull(): boolean;
  buyAtOnce(group: GroupModel, count: number): void;
  /** Returns what undoes everything from here on. */
  save(): () => void;
}

/** Nodes to buy, and what they leave. */
export interface Plan {
  readonly purchases: readonly Purchase[];
  readonly waiting: Float64Array;
  readonly worth: number;
  readonly priceUsd: number;
  readonly nodes: number;
}

interface Candidate {
  readonly group: GroupModel;
  /** Those of which nothing waits any more are dropped now and then. */
  order: readonly number[];
  pattern: Pattern | undefined;
  /** See `fillNode`. */
  readonly mostWeighed?: number;
}

/** A rule that says how good a filled node is; the best one is bought. */
type Merit = (pattern: Pattern, group: GroupModel) => number;

const byPrice: Merit = (pattern, group) => pattern.worth / group.comparedPriceUsd;
const bySize: Merit = (pattern) => pattern.worth;

/** Up to so many items times groups, the end of a plan is looked at from every group. */
const mostToCompare = 4096;

/** Up to so many items times groups, other mixes of groups are tried; and so many of these pairs are looked at in all. */
const mostToTryAgain = 500;
const mostTried = 5000;

/** Numbers closer than this are equal: sums of prices differ in the last digits. */
const nearlyEqual = 1e-9;

/**
 * Chooses new nodes for what waits, within the rooms: again and again the group that holds most for its price, filled alike as often as the work
 * lasts, and at the end one node that holds the rest where that is cheaper. Where the number of nodes is short, the largest nodes are tried as well.
 * Books nothing. The work grows with items and groups, not with the numbers that wait.
 */
export function planPurchases(
  items: readonly WantedItem[],
  waiting: Float64Array,
  { groups, rooms, ...limits }: { groups: readonly GroupModel[]; rooms: Shop; mostWeighed?: number },
): readonly Purchase[] {
  const possible = groups
    .filter((group) => rooms.roomOf(group) > 0)
    .map((group) => ({ group, order: orderOn(items, group), ...limits }))
    .filter(({ order }) => order.length > 0);
  const placeable = new Set(possible.flatMap(({ order }) => order));
  if (placeable.size === 0) return [];
  const wanted = waiting.map((count, position) => (placeable.has(position) ? count : 0));
  // Every plan begins with the same full nodes.
  const candidates = possible.map((one) => ({ ...one, pattern: fillEmpty(items, { ...one, waiting: wanted }) }));
  const planning = { items, candidates, rooms, waiting: wanted };
  const restore = rooms.save();
  const cheap = planBy(byPrice, planning);
  const isShortOfNodes = rooms.isClusterFull();
  restore();
  if (isAllPlaced(cheap.waiting)) {
    const pairs = candidates.reduce((sum, { order }) => sum + order.length, 0);
    const most = pairs > mostToTryAgain ? 0 : Math.floor(mostTried / pairs);
    return cheaperMix(cheap, { rooms, makePlan: (fewer) => planBy(byPrice, { ...planning, rooms: fewer }), most }).purchases;
  }
  if (!isShortOfNodes) return cheap.purchases;
  const large = planBy(bySize, planning);
  restore();
  return isBetter(large, cheap) ? large.purchases : cheap.purchases;
}

function isBetter(one: Plan, other: Plan): boolean {
  if (Math.abs(one.worth - other.worth) > nearlyEqual * Math.max(one.worth, other.worth)) return one.worth > other.worth;
  return one.priceUsd < other.priceUsd - nearlyEqual;
}

function orderOn(items: readonly WantedItem[], group: GroupModel): number[] {
  return bestFirst(items, group.capacity).filter((position) => {
    const item = items[position];
    return item?.accepts(group) === true && fitCount(group.capacity, item.need) > 0;
  });
}

interface Planning {
  readonly items: readonly WantedItem[];
  readonly waiting: Float64Array;
  readonly candidates: readonly Readonly<Candidate>[];
  readonly rooms: Shop;
}

function planBy(merit: Merit, { items, waiting: given, candidates: full, rooms }: Planning): Plan {
  const waiting = given.slice();
  const candidates = full.map((candidate): Candidate => ({ ...candidate }));
  const looksAtEnd = merit === byPrice && items.length * candidates.length <= mostToCompare;
  const purchases: Purchase[] = [];
  let priceUsd = 0;
  let ending: Plan | undefined;
  for (;;) {
    if (looksAtEnd) ending = cheaper(ending, endingWith(purchases, { items, waiting, candidates, rooms, priceUsd }));
    const best = bestCandidate(candidates, { merit, items, waiting, rooms });
    if (best?.pattern === undefined) break;
    const count = Math.min(rooms.roomOf(best.group), repeatsOf(best.pattern, waiting));
    purchases.push({ group: best.group, pattern: best.pattern, count });
    rooms.buyAtOnce(best.group, count);
    priceUsd += best.group.comparedPriceUsd * count;
    settlePattern(best.pattern, count, waiting);
  }
  const plain = planOf(purchases, waiting, priceUsd);
  return ending !== undefined && (!isAllPlaced(waiting) || cheaper(plain, ending) === ending) ? ending : plain;
}

function planOf(purchases: readonly Purchase[], waiting: Float64Array, priceUsd: number): Plan {
  const worth = purchases.reduce((sum, { pattern, count }) => sum + pattern.worth * count, 0);
  const nodes = purchases.reduce((sum, { count }) => sum + count, 0);
  return { purchases, waiting, worth, priceUsd, nodes };
}

/** The first unless the second costs less, or the same with fewer nodes. */
function cheaper(one: Plan | undefined, other: Plan | undefined): Plan | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const difference = other.priceUsd - one.priceUsd;
  if (Math.abs(difference) > nearlyEqual * Math.max(one.priceUsd, other.priceUsd)) return difference < 0 ? other : one;
  return other.nodes < one.nodes ? other : one;
}

/** What is bought so far and one more node that holds all that still waits, the cheapest there is. */
function endingWith(
  purchases: readonly Purchase[],
  { items, waiting, candidates, rooms, priceUsd }: Omit<Planning, "candidates"> & { candidates: readonly Candidate[]; priceUsd: number },
): Plan | undefined {
  let best: Plan | undefined;
  const needed = neededInAll(items, waiting);
  const isLarge = ({ capacity }: GroupModel) => needed.every(([position, units]) => units <= (capacity[position] ?? 0));
  for (const candidate of candidates) {
    if (!isLarge(candidate.group) || rooms.roomOf(candidate.group) < 1) continue;
    const pattern = fillEmpty(items, { ...candidate, waiting });
    if (pattern === undefined) continue;
    const left = waiting.slice();
    settlePattern(pattern, 1, left);
    if (!isAllPlaced(left)) continue;
    const plan = planOf([...purchases, { group: candidate.group, pattern, count: 1 }], left, priceUsd + candidate.group.comparedPriceUsd);
    best = cheaper(best, plan);
  }
  return best;
}

/** What all that waits takes of each resource, by position. */
function neededInAll(items: readonly WantedItem[], waiting: Float64Array): readonly (readonly [number, number])[] {
  const sums = new Map<number, number>();
  items.forEach(({ need }, item) => {
    const count = waiting[item] ?? 0;
    if (count === 0) return;
    for (const [i, position] of need.at.entries()) sums.set(position, (sums.get(position) ?? 0) + (need.units[i] ?? 0) * count);
  });
  return [...sums];
}

function fillEmpty(
  items: readonly WantedItem[],
  { group, ...offer }: { group: GroupModel; order: readonly number[]; waiting: Float64Array; mostWeighed?: number },
): Pattern | undefined {
  return fillNode(group.capacity, items, offer);
}

/** The candidate of the most merit. A pattern is filled anew only when what waits no longer suffices for it, as merit hardly ever grows. */
function bestCandidate(
  candidates: readonly Candidate[],
  { merit, items, waiting, rooms }: { merit: Merit; items: readonly WantedItem[]; waiting: Float64Array; rooms: Shop },
): Candidate | undefined {
  for (;;) {
    let best: Candidate | undefined;
    for (const candidate of candidates) {
      if (candidate.pattern === undefined || rooms.roomOf(candidate.group) < 1) continue;
      if (best === undefined || isPreferred(candidate, best, { merit, items })) best = candidate;
    }
    if (best?.pattern === undefined || repeatsOf(best.pattern, waiting) >= 1) return best;
    best.order = withoutServed(best.order, waiting);
    best.pattern = fillEmpty(items, { ...best, waiting });
  }
}

/** The best come first and are served first, so it is the beginning of the order that has nothing left. */
function withoutServed(order: readonly number[], waiting: Float64Array): readonly number[] {
  const first = order.findIndex((position) => (waiting[position] ?? 0) > 0);
  if (first < 0) return [];
  return first * 4 > order.length ? order.filter((position) => (waiting[position] ?? 0) > 0) : order;
}

/** More merit; then accelerators not wasted; then fewer, larger nodes; then priority; then the name, by which the candidates are sorted. */
function isPreferred(one: Candidate, other: Candidate, { merit, items }: { merit: Merit; items: readonly WantedItem[] }): boolean {
  if (one.pattern === undefined || other.pattern === undefined) return other.pattern === undefined;
  const difference = merit(one.pattern, one.group) - merit(other.pattern, other.group);
  if (Math.abs(difference) > nearlyEqual * Math.abs(merit(other.pattern, other.group))) return difference > 0;
  const wasted = Number(isWasted(one, items)) - Number(isWasted(other, items));
  if (wasted !== 0) return wasted < 0;
  const larger = one.pattern.worth - other.pattern.worth;
  if (Math.abs(larger) > nearlyEqual * other.pattern.worth) return larger > 0;
  return one.group.priority > other.group.priority;
}

function isWasted({ group, pattern }: Candidate, items: readonly WantedItem[]): boolean {
  return group.accelerator && pattern !== undefined && !pattern.items.some((position) => items[position]?.needsAccelerator === true);
}
