import type { Demand } from "../../contract/decision";
import { FreshNodes } from "./freshNodes";
import { planManyPurchases } from "./manyShapes";
import type { Contents, Market, PurchaseCode } from "./market";
import { type NodeBatch, type NodePool, nodeRank, type PlacedWork } from "./nodePool";
import { bestFirst, fillNode, isAllPlaced, type Pattern, repeatsOf, settlePattern } from "./packing";
import type { GroupModel, Problem } from "./problem";
import { fitCount, type Need, shareOf } from "./resources";
import { type AlternativeId, acceptsLabels, anyNode, type LabelClass } from "./selectors";
import type { SelectiveItem } from "./shapeClusters";

/** Work of one shape, as far as serving it is concerned. */
export interface Work {
  readonly shape: Demand["shape"];
  readonly need: Need | undefined;
  readonly alternatives: readonly AlternativeId[];
  readonly count: number;
  /** No more pieces of it on one node. @default as many as fit */
  readonly mostPerNode?: number;
  /** What nodes are bought for, for its sake. @default what the market buys for */
  readonly purpose?: PurchaseCode;
}

/** How far serving one piece of work has come. `served + later + waiting` is its count. */
export interface Progress {
  readonly work: Work;
  served: number;
  /** On nodes that are planned and may not start yet. */
  later: number;
  waiting: number;
}

/** Where work is placed, and where new nodes come from. */
export interface Serving {
  readonly problem: Problem;
  readonly pool: NodePool;
  readonly market: Market;
}

/** Worth of work that no new node could take: it goes first on the nodes there are. */
const worthOfIrreplaceable = 1e6;

interface StageItem extends SelectiveItem {
  readonly progress: Progress;
}

/**
 * Places work on the nodes there are and buys new ones for the rest: for each alternative in turn, first the work that is particular about its
 * nodes, then the work that is not, and at the end what asks for no resources, which takes room from nobody.
 */
export function serveWork(serving: Serving, works: readonly Work[]): readonly Progress[] {
  const all = works.map((work): Progress => ({ work, served: 0, later: 0, waiting: work.count }));
  const sized = all.filter(({ work }) => work.need !== undefined && work.need.at.length > 0);
  for (const stage of stagesOf(sized)) serveStage(serving, stage(serving.problem));
  for (const progress of all) if (progress.work.need?.at.length === 0) serveEmptyShape(serving, progress);
  return all;
}

function stagesOf(all: readonly Progress[]): ((problem: Problem) => readonly StageItem[])[] {
  const particular = all.filter(({ work }) => work.alternatives[0] !== anyNode);
  const anywhere = all.filter(({ work }) => work.alternatives[0] === anyNode);
  const depth = particular.reduce((most, { work }) => Math.max(most, work.alternatives.length), 0);
  const stages = Array.from({ length: depth }, (_, level) => (problem: Problem) => stageItems(problem, particular, level));
  return [...stages, (problem) => stageItems(problem, anywhere, 0)];
}

function stageItems(problem: Problem, all: readonly Progress[], level: number): readonly StageItem[] {
  return all.flatMap((progress) => {
    const alternative = progress.work.alternatives[level];
    const { need } = progress.work;
    return alternative === undefined || need === undefined || progress.waiting === 0
      ? []
      : [stageItem(problem, { progress, need, alternative })];
  });
}

function stageItem(
  problem: Problem,
  { progress, need, alternative }: { progress: Progress; need: Need; alternative: AlternativeId },
): StageItem {
  const accepts = (group: GroupModel) => acceptsLabels(group.labels, alternative);
  const { mostPerNode } = progress.work;
  return {
    progress,
    need,
    alternative,
    accepts,
    needsAccelerator: needsAccelerator(problem, need),
    worth: knownWorth(problem, { need, alternative, accepts }),
    ...(mostPerNode === undefined ? {} : { mostPerNode }),
  };
}

export function needsAccelerator(problem: Problem, need: Need): boolean {
  return need.at.some((position) => problem.acceleratorPositions.has(position));
}

/** Every round asks again, and a request may have thousands of shapes and hundreds of groups. */
const worths = new WeakMap<readonly GroupModel[], WeakMap<Need, Map<AlternativeId, number>>>();

function knownWorth(problem: Problem, { need, alternative, accepts }: Pick<StageItem, "need" | "alternative" | "accepts">): number {
  const ofNeeds = worths.get(problem.groups) ?? new WeakMap<Need, Map<AlternativeId, number>>();
  worths.set(problem.groups, ofNeeds);
  const ofNeed = ofNeeds.get(need) ?? new Map<AlternativeId, number>();
  ofNeeds.set(need, ofNeed);
  const worth = ofNeed.get(alternative) ?? worthOf(problem, need, accepts);
  ofNeed.set(alternative, worth);
  return worth;
}

function worthOf(problem: Problem, need: Need, accepts: (group: GroupModel) => boolean): number {
  let least = Number.POSITIVE_INFINITY;
  for (const group of problem.groups) {
    if (!group.available || group.maxReplicas === 0 || !accepts(group)) continue;
    const fit = fitCount(group.capacity, need);
    if (fit > 0) least = Math.min(least, group.comparedPriceUsd / fit);
  }
  return least < Number.POSITIVE_INFINITY ? least : worthOfIrreplaceable * Math.max(1e-9, shareOf(need, problem.reference));
}

function serveStage({ problem, pool, market }: Serving, items: readonly StageItem[]): void {
  if (items.length === 0) return;
  const waiting = Float64Array.from(items, ({ progress }) => progress.waiting);
  placeOnPool({ problem, pool, market }, items, waiting);
  if (isAllPlaced(waiting)) return;
  for (const { group, pattern, count } of planManyPurchases(items, waiting, { groups: problem.groups, rooms: market.rooms })) {
    const { now, later } = market.buy(group, count, contentsOf(items, pattern));
    for (const { nodes, rank } of [
      { nodes: now, rank: nodeRank.starting },
      { nodes: later, rank: nodeRank.later },
    ]) {
      if (nodes === 0) continue;
      pool.give(market.addTo(pool, group, { rank, count: nodes }), nodes, giftOf(items, pattern));
      settleItems(items, { pattern, repeats: nodes, waiting, rank });
    }
  }
}

function giftOf(items: readonly StageItem[], pattern: Pattern): { need: Need; times: number; contents: readonly PlacedWork[] } {
  return { need: pattern.need, times: 1, contents: placedWork(items, pattern) };
}

function placedWork(items: readonly StageItem[], { items: positions, times }: Pattern): { work: Work; times: number }[] {
  return positions.flatMap((position, i) => {
    const item = items[position];
    return item === undefined ? [] : [{ work: item.progress.work, times: times[i] ?? 0 }];
  });
}

function contentsOf(items: readonly StageItem[], pattern: Pattern): Contents[] {
  return placedWork(items, pattern).map(({ work: { shape, purpose }, times }) => ({ shape, times, ...(purpose ? { purpose } : {}) }));
}

function placeOnPool({ problem, pool }: Serving, items: readonly StageItem[], waiting: Float64Array): void {
  const order = bestFirst(items, problem.reference);
  const orders = new Map<LabelClass, readonly number[]>();
  const fresh = new FreshNodes(problem.groups, pool);
  const batches = pool.inOrder().filter((batch) => !fresh.has(batch));
  const planned = batches.findIndex(({ rank }) => rank === nodeRank.later);
  const end = planned < 0 ? batches.length : planned;
  const place = (batch: NodeBatch) => {
    const accepted = orders.get(batch.labels) ?? order.filter((position) => isAccepted(items[position], batch.labels));
    orders.set(batch.labels, accepted);
    placeOnBatch(pool, batch, { items, waiting, order: accepted });
  };
  for (const batch of batches.slice(0, end)) if (!isAllPlaced(waiting)) place(batch);
  if (!isAllPlaced(waiting)) placeOnFresh({ problem, pool, fresh }, items, waiting);
  for (const batch of batches.slice(end)) if (!isAllPlaced(waiting)) place(batch);
}

/** Fills the nodes that have been bought as they were meant to be filled when they were bought, so that what was bought suffices. */
function placeOnFresh(
  { problem, pool, fresh }: { problem: Problem; pool: NodePool; fresh: FreshNodes },
  items: readonly StageItem[],
  waiting: Float64Array,
): void {
  for (const { group, pattern, count } of planManyPurchases(items, waiting, { groups: problem.groups, rooms: fresh })) {
    const batch = fresh.batchOf(group);
    if (batch === undefined) continue;
    pool.give(batch, count, giftOf(items, pattern));
    settleItems(items, { pattern, repeats: count, waiting, rank: nodeRank.starting });
  }
}

function isAccepted(item: StageItem | undefined, labels: LabelClass): boolean {
  return item !== undefined && acceptsLabels(labels, item.alternative);
}

function placeOnBatch(
  pool: NodePool,
  batch: NodeBatch,
  { items, waiting, order }: { items: readonly StageItem[]; waiting: Float64Array; order: readonly number[] },
): void {
  while (batch.count > 0) {
    const pattern = fillNode(batch.free, items, { order, waiting });
    if (pattern === undefined) return;
    const repeats = Math.min(batch.count, repeatsOf(pattern, waiting));
    pool.give(batch, repeats, giftOf(items, pattern));
    settleItems(items, { pattern, repeats, waiting, rank: batch.rank });
  }
}

function settleItems(
  items: readonly StageItem[],
  { pattern, repeats, waiting, rank }: { pattern: Pattern; repeats: number; waiting: Float64Array; rank: NodeBatch["rank"] },
): void {
  settlePattern(pattern, repeats, waiting);
  pattern.items.forEach((position, i) => {
    const progress = items[position]?.progress;
    const pieces = (pattern.times[i] ?? 0) * repeats;
    if (progress !== undefined) settle(progress, pieces, rank);
  });
}

function settle(progress: Progress, pieces: number, rank: NodeBatch["rank"]): void {
  progress.waiting -= pieces;
  if (rank === nodeRank.later) progress.later += pieces;
  else progress.served += pieces;
}

/** Any number of pieces that need nothing fit on one node; one is bought only when no node is there at all that they may be on. */
function serveEmptyShape({ problem, pool, market }: Serving, progress: Progress): void {
  for (const alternative of progress.work.alternatives) {
    const batch = pool.inOrder().find(({ labels }) => acceptsLabels(labels, alternative));
    if (batch !== undefined) {
      pool.use(batch, 1);
      settle(progress, progress.waiting, batch.rank);
      return;
    }
    const group = market.cheapest(problem.groups.filter(({ labels }) => acceptsLabels(labels, alternative)));
    if (group === undefined) continue;
    const { now } = market.buy(group, 1, [{ shape: progress.work.shape, times: 1 }]);
    const rank = now > 0 ? nodeRank.starting : nodeRank.later;
    pool.use(market.addTo(pool, group, { rank, count: 1 }), 1);
    settle(progress, progress.waiting, rank);
    return;
  }
}
