import { type Capacity, compareText, fitCount, type Need } from "../resources";
import { assignmentPrices, type PricedProblem, workPrices } from "./assignmentBound";
import type { BoundSource, NodePrices } from "./boundProblem";

/** Work of one shape. */
interface BoundWork {
  readonly need: Need;
  readonly count: number;
}

/** Nodes of one kind on which work may be: bought one by one at a price, or there and paid. */
export interface BoundSupply<Work> {
  /** Undefined: these nodes are paid in any case. */
  readonly priceUsd: number | undefined;
  /** Alike as far as selectors go. Of those that are bought there is one entry for one node. */
  readonly nodes: readonly { readonly capacity: Capacity; readonly nodes: number }[];
  accepts(work: Work): boolean;
}

/** Shapes of about the same size that may be on the same nodes; the search sees them as one. */
interface Bucket<Work> {
  readonly works: readonly Work[];
  readonly count: number;
  /** No shape is smaller in anything. */
  readonly least: Need;
  readonly mean: Need;
  /** Of each supply. */
  readonly isAccepted: readonly boolean[];
}

/** Multiplications of one step of the search at most. With more, shapes are put together. */
const mostEffort = 1_500_000;

/** Shapes whose amounts differ by this factor are put together at first, where there are too many; then twice as far, and so on. */
const finest = 1.02;
const coarsest = 1e6;

/** What the bound may be wrong by, in proportion, because sums are rounded. */
const rounding = 1e-9;

/**
 * A cost per hour under which no choice of nodes can hold the works, were nodes and works divisible. 0 when nothing is known.
 *
 * With many shapes the search for prices sees those of about the same size as one; the bound is then taken with the real ones, so it holds.
 * `whereOf`: works for which it is the same are accepted by the same nodes, which saves looking at each. @default the work itself
 */
export function fractionalBound<Work extends BoundWork>(
  works: readonly Work[],
  supplies: readonly BoundSupply<Work>[],
  whereOf: (work: Work) => unknown = (work) => work,
): number {
  const allAccept = acceptanceOf(supplies, whereOf);
  const costly = works.filter((work) => isCostly(work, supplies, allAccept(work)));
  const positions = [...new Set(costly.flatMap(({ need }) => need.at))].sort((one, other) => one - other);
  const useful = withoutDominated(
    supplies.filter(
      (supply, place) => supply.priceUsd !== 0 && costly.some((work) => allAccept(work)[place] === true && hasRoom(supply, work)),
    ),
    { works: [...new Map(costly.map((work) => [whereOf(work), work])).values()], positions },
  );
  const most = Math.floor(Math.sqrt(mostEffort / (useful.length * (1 + positions.length))));
  const buckets = most < 1 ? [] : bucketsOf(costly, { isAccepted: acceptanceOf(useful, whereOf), most });
  if (buckets.length === 0) return 0;
  const read = readBoundProblem(buckets, {
    supplies: useful,
    positions,
    membersOf: ({ mean, count }) => [{ need: mean, count }],
    holdsBy: ({ least }) => least,
  });
  const search = { ...read, sources: [...read.sources] };
  const prices = assignmentPrices(search);
  const isEachAlone = buckets.every((bucket) => bucket.works.length === 1);
  const real = isEachAlone
    ? search
    : readBoundProblem(buckets, {
        supplies: useful,
        positions,
        membersOf: (bucket) => bucket.works,
        holdsBy: (_, { need }) => need,
      });
  return Math.max(0, workPrices(real, spread(prices, buckets)).boundUsd * (1 - rounding));
}

/** For each work, which supplies accept it. */
function acceptanceOf<Work extends BoundWork>(
  supplies: readonly BoundSupply<Work>[],
  whereOf: (work: Work) => unknown,
): (work: Work) => readonly boolean[] {
  const known = new Map<unknown, readonly boolean[]>();
  return (work) => {
    const where = whereOf(work);
    const accepted = known.get(where) ?? supplies.map((supply) => supply.accepts(work));
    known.set(where, accepted);
    return accepted;
  };
}

/** False of work that can be had for nothing, or not at all. */
function isCostly<Work extends BoundWork>(work: Work, supplies: readonly BoundSupply<Work>[], isAccepted: readonly boolean[]): boolean {
  if (work.need.at.length === 0) return false;
  let isForSale = false;
  for (const [place, supply] of supplies.entries()) {
    const { priceUsd } = supply;
    if (priceUsd === undefined || isAccepted[place] !== true || (isForSale && priceUsd > 0) || !hasRoom(supply, work)) continue;
    if (priceUsd === 0) return false;
    isForSale = true;
  }
  return isForSale;
}

function hasRoom<Work extends BoundWork>({ nodes }: BoundSupply<Work>, { need }: Work): boolean {
  return nodes.some(({ capacity }) => fitCount(capacity, need) > 0);
}

/** Leaves out nodes for which there are others that cost no more, are no smaller in anything and may hold the same. */
function withoutDominated<Work extends BoundWork>(
  supplies: readonly BoundSupply<Work>[],
  { works, positions }: { works: readonly Work[]; positions: readonly number[] },
): readonly BoundSupply<Work>[] {
  const rated = supplies.map((supply) => ({
    supply,
    accepted: works.map((work) => (supply.accepts(work) ? "1" : "0")).join(""),
    priceUsd: supply.priceUsd,
    amounts: positions.map((position) => supply.nodes[0]?.capacity[position] ?? 0),
  }));
  type Rated = (typeof rated)[number];
  const isAsGood = (one: Rated, other: Rated) =>
    one.priceUsd !== undefined &&
    other.priceUsd !== undefined &&
    one.priceUsd <= other.priceUsd &&
    one.accepted === other.accepted &&
    one.amounts.every((amount, i) => amount >= (other.amounts[i] ?? 0));
  const isDominated = (one: Rated, at: number) =>
    rated.some((other, otherAt) => otherAt !== at && isAsGood(other, one) && (otherAt < at || !isAsGood(one, other)));
  return rated.filter((one, at) => !isDominated(one, at)).map(({ supply }) => supply);
}

/** Not more than so many buckets, or none when there are more kinds of work than that. */
function bucketsOf<Work extends BoundWork>(
  works: readonly Work[],
  { isAccepted, most }: { isAccepted: (work: Work) => readonly boolean[]; most: number },
): readonly Bucket<Work>[] {
  const names = new Map<readonly boolean[], string>();
  const nameOf = (accepted: readonly boolean[]) => {
    const name = names.get(accepted) ?? accepted.map(Number).join("");
    names.set(accepted, name);
    return name;
  };
  const kinds = works.map((work) => ({
    work,
    isAccepted: isAccepted(work),
    kind: `${work.need.at.join()}|${nameOf(isAccepted(work))}`,
  }));
  if (new Set(kinds.map(({ kind }) => kind)).size > most) return [];
  let sizeOf = (need: Need) => need.units.join();
  for (let factor = finest; !areAtMost(kinds, sizeOf, most); factor *= factor) {
    if (factor >= coarsest) return [];
    const size = Math.log(factor);
    sizeOf = (need) => need.units.map((units) => Math.floor(Math.log(units) / size)).join();
  }
  return gather(kinds, sizeOf);
}

/** Stops at the first bucket too many: with thousands of shapes most sizes are too fine by far. */
function areAtMost<Work extends BoundWork>(kinds: readonly Kind<Work>[], sizeOf: (need: Need) => string, most: number): boolean {
  const keys = new Set<string>();
  for (const { kind, work } of kinds) if (keys.add(`${kind}|${sizeOf(work.need)}`).size > most) return false;
  return true;
}

interface Kind<Work> {
  readonly work: Work;
  readonly isAccepted: readonly boolean[];
  readonly kind: string;
}

function gather<Work extends BoundWork>(kinds: readonly Kind<Work>[], sizeOf: (need: Need) => string): readonly Bucket<Work>[] {
  const byKey = new Map<string, Kind<Work>[]>();
  for (const one of kinds) {
    const key = `${one.kind}|${sizeOf(one.work.need)}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [one]);
    else known.push(one);
  }
  return [...byKey].sort(([one], [other]) => compareText(one, other)).map(([, members]) => bucketOf(members));
}

function bucketOf<Work extends BoundWork>(members: readonly Kind<Work>[]): Bucket<Work> {
  const works = members.map(({ work }) => work);
  const count = works.reduce((sum, work) => sum + work.count, 0);
  const at = works[0]?.need.at ?? [];
  const least = at.map((_, i) => Math.min(...works.map(({ need }) => need.units[i] ?? 0)));
  const mean = at.map((_, i) => works.reduce((sum, work) => sum + (work.need.units[i] ?? 0) * (work.count / count), 0));
  return { works, count, least: { at, units: least }, mean: { at, units: mean }, isAccepted: members[0]?.isAccepted ?? [] };
}

/** The prices of the buckets' rooms, for each of their works. */
function spread<Work>(prices: readonly NodePrices[], buckets: readonly Bucket<Work>[]): readonly NodePrices[] {
  const bucketOfItem = Int32Array.from(buckets.flatMap(({ works }, i) => works.map(() => i)));
  return prices.map(({ resources, rooms }) => {
    const ofItems = new Float64Array(bucketOfItem.length);
    for (let item = 0; item < ofItems.length; item += 1) ofItems[item] = rooms[bucketOfItem[item] ?? 0] ?? 0;
    return { resources, rooms: ofItems, roomsUsd: rooms.reduce((sum, usd) => sum + usd, 0) };
  });
}

interface Reading<Work> {
  readonly supplies: readonly BoundSupply<Work>[];
  readonly positions: readonly number[];
  membersOf(bucket: Bucket<Work>): readonly BoundWork[];
  /** What has to fit for a member to be held. */
  holdsBy(bucket: Bucket<Work>, member: BoundWork): Need;
}

/** As a room is for all works of a bucket together, it is counted by the least of them. */
function readBoundProblem<Work extends BoundWork>(
  buckets: readonly Bucket<Work>[],
  { supplies, positions, membersOf, holdsBy }: Reading<Work>,
): PricedProblem {
  const items = buckets.flatMap((bucket, at) => membersOf(bucket).map((work) => ({ bucket, at, work })));
  const needed = amountsOf(
    items.map(({ work }) => work.need),
    positions,
  );
  const held = amountsOf(
    items.map(({ bucket, work }) => holdsBy(bucket, work)),
    positions,
  );
  const sourceOf = ({ priceUsd, nodes }: BoundSupply<Work>, place: number): BoundSource => {
    const rooms = buckets.map(({ least, isAccepted }) =>
      isAccepted[place] === true ? nodes.reduce((sum, one) => sum + fitCount(one.capacity, least) * one.nodes, 0) : 0,
    );
    const offers = nodes.map(({ capacity }) => Float64Array.from(positions, (position) => capacity[position] ?? 0));
    const fits = new Float64Array(items.length);
    for (const [item, { at }] of items.entries()) {
      const room = rooms[at] ?? 0;
      if (room > 0 && offers.some((offer) => holds(offer, held, item))) fits[item] = room;
    }
    const totals = positions.map((position) => nodes.reduce((sum, one) => sum + (one.capacity[position] ?? 0) * one.nodes, 0));
    return { priceUsd, fits, shares: sharesOf(needed, totals) };
  };
  return { counts: Float64Array.from(items, ({ work }) => work.count), sources: lazily(supplies, sourceOf), resources: positions.length };
}

/** Each is made when its turn comes and forgotten after it: for all of many thousand shapes at once they would take hundreds of megabytes. */
function* lazily<From, To>(all: readonly From[], make: (one: From, place: number) => To): Iterable<To> {
  for (const [place, one] of all.entries()) yield make(one, place);
}

/** One row for each need, with the amount of each resource. */
function amountsOf(needs: readonly Need[], positions: readonly number[]): Float64Array {
  const columns = new Map(positions.map((position, column) => [position, column]));
  const amounts = new Float64Array(needs.length * positions.length);
  needs.forEach(({ at, units }, row) => {
    for (let i = 0; i < at.length; i += 1) amounts[row * positions.length + (columns.get(at[i] ?? 0) ?? 0)] = units[i] ?? 0;
  });
  return amounts;
}

function holds(offer: Float64Array, amounts: Float64Array, row: number): boolean {
  for (let i = 0; i < offer.length; i += 1) if ((amounts[row * offer.length + i] ?? 0) > (offer[i] ?? 0)) return false;
  return true;
}

function sharesOf(amounts: Float64Array, totals: readonly number[]): Float64Array {
  const shares = new Float64Array(amounts.length);
  for (let i = 0; i < amounts.length; i += 1) {
    const has = totals[i % totals.length] ?? 0;
    if (has > 0) shares[i] = (amounts[i] ?? 0) / has;
  }
  return shares;
}
