import { fillNode, type Pattern, repeatsOf, settlePattern } from "./packing";
import type { GroupModel } from "./problem";
import { type Purchase, planPurchases, type Shop } from "./purchase";
import { clusterShapes, type SelectiveItem, type ShapeCluster, type Standing } from "./shapeClusters";

/** Up to so many shapes are planned one by one. */
const mostApart = 400;

/** With more, so many clusters of them are planned. */
const mostClusters = 128;

/** For each piece that a cluster should give to a node, so many are offered: they differ, and the node takes what fits best. */
const offeredShare = 1.25;
const offeredMore = 2;

/** A node that holds less than this part of what was planned for it is not bought again: the plan is made anew for the rest. */
const leastWorthShare = 0.9;

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
  if (items.length <= mostApart) return planPurchases(items, given, { groups, rooms });
  const restore = rooms.save();
  const waiting = given.slice();
  const purchases: Purchase[] = [];
  let useful = groups;
  let standing: Standing = "mean";
  for (;;) {
    const left = items.flatMap((_, position) => (waiting[position] === 0 ? [] : [position]));
    if (left.length === 0) break;
    if (left.length <= mostClusters) {
      purchases.push(...planApart(items, waiting, { left, groups: useful, rooms }));
      break;
    }
    const clusters = clusterShapes(items, waiting, { groups: useful, most: mostClusters, standing });
    const filled = fillPlanned({ items, waiting, clusters, rooms }, useful);
    purchases.push(...filled.purchases);
    useful = useful.filter((group) => !filled.useless.has(group));
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
}

/** Plans the clusters and fills the nodes of the plan with their items. `useless`: groups whose nodes hold nothing of what waits. */
function fillPlanned(
  filling: Filling,
  groups: readonly GroupModel[],
): { purchases: readonly Purchase[]; useless: ReadonlySet<GroupModel> } {
  const { items, waiting, clusters, rooms } = filling;
  const plan = planPurchases(
    clusters.map(({ item }) => item),
    Float64Array.from(clusters, (cluster) => cluster.waiting),
    { groups, rooms },
  );
  const queues = clusters.map(({ members }) => ({ members, next: 0 }));
  const purchases: Purchase[] = [];
  const useless = new Set<GroupModel>();
  for (const { group, pattern: planned, count } of plan) {
    let left = Math.min(count, rooms.roomOf(group));
    while (left > 0) {
      const order = offered({ ...filling, queues }, { group, planned });
      // What stands for a cluster may fit where none of its items does. Only the first node of a plan must hold something, or the group is useless.
      const pattern =
        fillNode(group.capacity, items, { order, waiting }) ??
        (purchases.length === 0 ? fillNode(group.capacity, items, { order: allAccepted(filling, group), waiting }) : undefined);
      if (pattern === undefined) {
        if (purchases.length === 0) useless.add(group);
        break;
      }
      if (purchases.length > 0 && pattern.worth < leastWorthShare * planned.worth) break;
      const repeats = Math.min(left, repeatsOf(pattern, waiting));
      purchases.push({ group, pattern, count: repeats });
      rooms.buyAtOnce(group, repeats);
      settlePattern(pattern, repeats, waiting);
      left -= repeats;
    }
  }
  return { purchases, useless };
}

function allAccepted({ clusters }: Filling, group: GroupModel): readonly number[] {
  return clusters.flatMap(({ item, members }) => (item.accepts(group) ? members : []));
}

interface Queue {
  readonly members: readonly number[];
  /** All before it have run out. */
  next: number;
}

/** Of each cluster in the plan a few more items than it should give; then the largest and the smallest of every other, for the gaps. */
function offered(
  { clusters, queues, waiting }: Filling & { queues: readonly Queue[] },
  { group, planned }: { group: GroupModel; planned: Pattern },
): number[] {
  const order: number[] = [];
  planned.items.forEach((cluster, i) => {
    const queue = queues[cluster];
    if (queue !== undefined) takeFirst(queue, (planned.times[i] ?? 0) * offeredShare + offeredMore, { waiting, order });
  });
  clusters.forEach(({ item }, cluster) => {
    const queue = queues[cluster];
    if (queue === undefined || planned.items.includes(cluster) || !item.accepts(group)) return;
    takeFirst(queue, 1, { waiting, order });
    const smallest = queue.members.findLast((position) => (waiting[position] ?? 0) > 0);
    if (smallest !== undefined) order.push(smallest);
  });
  return order;
}

function takeFirst(queue: Queue, pieces: number, { waiting, order }: { waiting: Float64Array; order: number[] }): void {
  const { members } = queue;
  while (queue.next < members.length && waiting[members[queue.next] ?? 0] === 0) queue.next += 1;
  let found = 0;
  for (let at = queue.next; at < members.length && found < pieces; at += 1) {
    const position = members[at] ?? 0;
    const count = waiting[position] ?? 0;
    if (count === 0) continue;
    order.push(position);
    found += count;
  }
}
