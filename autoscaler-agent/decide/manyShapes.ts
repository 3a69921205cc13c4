import { ClusterQueues } from "./clusterQueues";
import { fillNode, type Pattern, repeatsOf, settlePattern } from "./packing";
import type { GroupModel } from "./problem";
import { type Purchase, planPurchases, type Shop } from "./purchase";
import { renewPattern } from "./renewPattern";
import { clusterShapes, type SelectiveItem, type ShapeCluster, type Standing } from "./shapeClusters";

/** Up to so many shapes, and shapes times groups, are planned one by one. */
const mostApart = 600;
const mostPairs = 160_000;

/** With more, so many clusters of them are planned. */
const mostClusters = 128;

/** For each piece that a cluster should give to a node, so many are offered: they differ, and the node takes what fits best. */
const offeredShare = 1.25;
const offeredMore = 2;

/** So many clusters, and of them so many items in their order, are weighed at a time: with more, what the plan has for a node would go to another. */
const mostWeighed = 64;

/**
 * A node that holds less than this part of what was planned for it is not bought: the plan is made anew for the rest. Each new plan is content with less
 * than the one before it, so that there are few.
 */
const leastWorthShare = 0.95;
const contentment = 0.9;

/** A node with other shapes in the place of those that ran out is taken as long as it holds this part of the one that was last filled anew. */
const leastRenewedShare = 0.98;

/** Up to so many nodes of one kind are each filled anew, which packs better. */
const mostFilledAnew = 50;

interface Supply {
  readonly groups: readonly GroupModel[];
  readonly rooms: Shop;
}

/**
 * Chooses new nodes for what waits, as `planPurchases` does, in bounded time for any number of shapes.
 *
 * With many shapes a plan for clusters of about alike ones says which group is bought next and what kinds of work share its nodes; every node is then
 * filled with real shapes. What is left when the plan has run out is planned again. Books nothing.
 */
export function planManyPurchases(items: readonly SelectiveItem[], given: Float64Array, { groups, rooms }: Supply): readonly Purchase[] {
  if (items.length <= mostApart && items.length * groups.length <= mostPairs) return planPurchases(items, given, { groups, rooms });
  const restore = rooms.save();
  const waiting = given.slice();
  const purchases: Purchase[] = [];
  let useful = groups.filter((group) => rooms.roomOf(group) > 0);
  let standing: Standing = "mean";
  let leastShare = leastWorthShare;
  while (useful.length > 0) {
    const left = items.flatMap((_, position) => (waiting[position] === 0 ? [] : [position]));
    if (left.length === 0) break;
    if (left.length <= mostClusters) {
      purchases.push(...planApart(items, waiting, { left, groups: useful, rooms }));
      break;
    }
    const clusters = clusterShapes(items, waiting, { groups: useful, most: mostClusters, standing });
    const filled = fillPlanned({ items, waiting, clusters, rooms, leastShare }, useful);
    leastShare *= contentment;
    purchases.push(...filled.purchases);
    useful = useful.filter((group) => !filled.useless.has(group) && rooms.roomOf(group) > 0);
    if (filled.purchases.length > 0 || filled.useless.size > 0) continue;
    if (standing === "least") break;
    standing = "least";
  }
  restore();
  return purchases;
}

/** The shapes themselves, once few are left. */
function planApart(
  items: readonly SelectiveItem[],
  waiting: Float64Array,
  { left, groups, rooms }: Supply & { left: readonly number[] },
): readonly Purchase[] {
  const few = left.flatMap((position) => items[position] ?? []);
  const plan = planPurchases(
    few,
    Float64Array.from(left, (position) => waiting[position] ?? 0),
    { groups, rooms },
  );
  return plan.map(({ group, pattern, count }) => ({
    group,
    count,
    pattern: { ...pattern, items: pattern.items.map((at) => left[at] ?? 0) },
  }));
}

interface Filling {
  readonly items: readonly SelectiveItem[];
  /** Goes down as nodes are filled. */
  readonly waiting: Float64Array;
  readonly clusters: readonly ShapeCluster[];
  readonly rooms: Shop;
  readonly leastShare: number;
}

/** Plans the clusters and fills the nodes of the plan with their items. `useless`: groups whose nodes hold nothing of what waits. */
function fillPlanned(
  filling: Filling,
  groups: readonly GroupModel[],
): { purchases: readonly Purchase[]; useless: ReadonlySet<GroupModel> } {
  const { items, waiting, clusters, rooms, leastShare } = filling;
  const plan = planPurchases(
    clusters.map(({ item }) => item),
    Float64Array.from(clusters, (cluster) => cluster.waiting),
    { groups, rooms, mostWeighed },
  );
  const queues = new ClusterQueues(clusters, waiting);
  const purchases: Purchase[] = [];
  const useless = new Set<GroupModel>();
  for (const { group, pattern: planned, count } of plan) {
    let left = Math.min(count, rooms.roomOf(group));
    let last: Pattern | undefined;
    let leastWorth = 0;
    while (left > 0) {
      const isFirst = purchases.length === 0;
      const nextLike = (item: number) => queues.nextLike(item);
      const renewed = last && left > mostFilledAnew ? renewPattern(group.capacity, last, { items, waiting, nextLike }) : undefined;
      const isAsGood = renewed !== undefined && renewed.worth >= leastWorth;
      const pattern = isAsGood ? renewed : freshPattern({ ...filling, queues }, { group, planned, isFirst });
      if (!isAsGood) leastWorth = leastRenewedShare * (pattern?.worth ?? 0);
      if (pattern === undefined && isFirst) useless.add(group);
      if (pattern === undefined || (!isFirst && pattern.worth < leastShare * planned.worth)) break;
      const repeats = Math.min(left, repeatsOf(pattern, waiting));
      purchases.push({ group, pattern, count: repeats });
      rooms.buyAtOnce(group, repeats);
      settlePattern(pattern, repeats, waiting);
      left -= repeats;
      last = pattern;
    }
  }
  return { purchases, useless };
}

interface Wanted {
  readonly group: GroupModel;
  readonly planned: Pattern;
  readonly isFirst: boolean;
}

/**
 * A node of the plan, filled with real items. What stands for a cluster may fit where none of its items does, so the first node is offered everything:
 * if it holds nothing, the group is useless.
 */
function freshPattern(
  { items, waiting, clusters, queues }: Filling & { queues: ClusterQueues },
  { group, planned, isFirst }: Wanted,
): Pattern | undefined {
  const pattern = fillNode(group.capacity, items, { order: offered({ clusters, queues }, { group, planned }), waiting, mostWeighed });
  if (pattern !== undefined || !isFirst) return pattern;
  const all = clusters.flatMap(({ item, members }) => (item.accepts(group) ? members : []));
  return fillNode(group.capacity, items, { order: all, waiting });
}

/** Of each cluster in the plan a few more items than it should give; then the largest and the smallest of every other, for the gaps. */
function offered(
  { clusters, queues }: { clusters: readonly ShapeCluster[]; queues: ClusterQueues },
  { group, planned }: { group: GroupModel; planned: Pattern },
): readonly number[] {
  const first = planned.items.flatMap((cluster, i) => queues.largest(cluster, (planned.times[i] ?? 0) * offeredShare + offeredMore));
  const isPlanned = new Set(planned.items);
  const others = clusters.flatMap(({ item }, cluster) =>
    isPlanned.has(cluster) || !item.accepts(group) ? [] : [...queues.largest(cluster, 1), ...queues.smallest(cluster)],
  );
  return [...first, ...others];
}
