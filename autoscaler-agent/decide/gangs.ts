import { type Blocker, blockerOfWork } from "./blocker";
import type { FreeBundle, GangWork, NodeShare } from "./gangWork";
import { cheapestFirst } from "./market";
import { type NodeBatch, nodeRank } from "./nodePool";
import type { GroupModel, Problem } from "./problem";
import { fitCount, type Need } from "./resources";
import { type AlternativeId, acceptsLabels, type LabelClass } from "./selectors";
import { needsAccelerator, type Serving, serveWork } from "./serve";
import { undoPoint } from "./undoPoint";

/** What became of one gang. */
export type GangOutcome =
  | { readonly kind: "served" }
  /** All of it is planned, and some of its nodes may not start yet. */
  | { readonly kind: "later" }
  | { readonly kind: "contradictory"; readonly text: string }
  | { readonly kind: "infeasible"; readonly shape: NodeShare["shape"]; readonly selectorLists: NodeShare["selectorLists"] }
  | { readonly kind: "blocked"; readonly blocker: Blocker };

/**
 * Places a gang whole or not at all: bundles that are bound to each other first, hardest first, then the others as single work; where that finds no
 * place, the other way round. When something finds none, pool and limits are as they were before.
 */
export function serveGang(serving: Serving, gang: GangWork): GangOutcome {
  if (gang.contradiction !== undefined) return { kind: "contradictory", text: gang.contradiction };
  const isMixed = gang.shares.length > 0 && gang.free.length > 0;
  const placed = placeOrUndo(serving, gang, [placeShares, placeFree]);
  if (placed.kind !== "blocked" || !isMixed) return placed;
  const other = placeOrUndo(serving, gang, [placeFree, placeShares]);
  return other.kind === "blocked" ? placed : other;
}

type Part = (serving: Serving, gang: GangWork) => GangOutcome;

function placeOrUndo(serving: Serving, gang: GangWork, parts: readonly Part[]): GangOutcome {
  const { pool, problem } = serving;
  const before = pool.mark();
  const undo = undoPoint(serving);
  let isLater = false;
  for (const place of parts) {
    const placed = place(serving, gang);
    if (placed.kind === "later") isLater = true;
    else if (placed.kind !== "served") {
      undo();
      return placed;
    }
  }
  const own = new Set(gang.shares.flatMap(({ antiLabels }) => antiLabels));
  pool.commit(before, (label) => own.has(label) && !problem.sharedAntiLabels.has(label));
  return { kind: isLater ? "later" : "served" };
}

function placeShares(serving: Serving, { shares }: GangWork): GangOutcome {
  let isLater = false;
  for (const share of shares) {
    const left = placeShare(serving, share, () => {
      isLater = true;
    });
    if (left > 0) return refusal(serving, share, share.conditions);
  }
  return { kind: isLater ? "later" : "served" };
}

function placeFree(serving: Serving, { free }: GangWork): GangOutcome {
  let isLater = false;
  for (const [i, progress] of serveWork(serving, free).entries()) {
    const bundle = free[i];
    if (progress.waiting > 0 && bundle !== undefined) return refusal(serving, bundle, [bundle.alternatives]);
    if (progress.later > 0) isLater = true;
  }
  return { kind: isLater ? "later" : "served" };
}

function refusal({ problem, market }: Serving, part: NodeShare | FreeBundle, conditions: NodeShare["conditions"]): GangOutcome {
  const antiLabels = "antiLabels" in part ? part.antiLabels : [];
  const blocker = blockerOfWork(problem, { need: part.need, conditions, antiLabels }, market.rooms);
  return blocker === undefined ? infeasible(part) : { kind: "blocked", blocker };
}

function infeasible(part: NodeShare | FreeBundle): GangOutcome {
  const selectorLists = "selectorLists" in part ? part.selectorLists : [part.selectors];
  return { kind: "infeasible", shape: part.shape, selectorLists };
}

/** Returns how many shares found no node. */
function placeShare(serving: Serving, share: NodeShare, onLater: () => void): number {
  const { need } = share;
  if (need === undefined) return share.count;
  let left = share.count;
  for (const accepts of choicesOf(share.conditions)) {
    left = shareOnPool(serving, { share, need, accepts, left, onLater });
    left = shareOnNewNodes(serving, { share, need, accepts, left, onLater });
    if (left === 0) return 0;
  }
  return left;
}

interface Sharing {
  readonly share: NodeShare;
  readonly need: Need;
  readonly accepts: (labels: LabelClass) => boolean;
  readonly left: number;
  readonly onLater: () => void;
}

/** With one list of alternatives they are tried in order; with several, a node must satisfy one of each. */
function choicesOf(conditions: NodeShare["conditions"]): readonly ((labels: LabelClass) => boolean)[] {
  const [only, ...others] = conditions;
  if (only !== undefined && others.length === 0) return only.map((alternative) => (labels) => acceptsLabels(labels, alternative));
  return [(labels) => acceptsAll(labels, conditions)];
}

/** True when nodes with these labels satisfy one alternative of each list. */
export function acceptsAll(labels: LabelClass, conditions: readonly (readonly AlternativeId[])[]): boolean {
  return conditions.every((alternatives) => alternatives.some((alternative) => acceptsLabels(labels, alternative)));
}

function shareOnPool({ pool, problem }: Serving, { share, need, accepts, left: wanted, onLater }: Sharing): number {
  let left = wanted;
  for (const batch of freshAsBought(pool.inOrder(), needsAccelerator(problem, need))) {
    if (left === 0) return 0;
    if (!isFreeFor(batch, share) || !accepts(batch.labels) || fitCount(batch.free, need) < 1) continue;
    const count = Math.min(batch.count, left);
    if (batch.rank === nodeRank.later) onLater();
    pool.give(batch, count, giftOf(share, need));
    left -= count;
  }
  return left;
}

/** The empty nodes that start in the order in which they were bought, so that those which a gang was the reason for suffice for it later. */
function freshAsBought(batches: readonly NodeBatch[], needed: boolean): readonly NodeBatch[] {
  const isFresh = ({ rank, used, group }: NodeBatch) => rank === nodeRank.starting && !used && group !== undefined;
  const fresh = batches.filter(isFresh);
  if (fresh.length < 2) return batches;
  const compare = byBuyingOrder(needed);
  fresh.sort((one, other) => (one.group === undefined || other.group === undefined ? 0 : compare(one.group, other.group)));
  const others = batches.filter((batch) => !isFresh(batch));
  const isPlanned = ({ rank }: NodeBatch) => rank === nodeRank.later;
  return [...others.filter((batch) => !isPlanned(batch)), ...fresh, ...others.filter(isPlanned)];
}

function giftOf(share: NodeShare, need: Need) {
  return { need, times: 1, antiLabels: share.antiLabels, contents: [{ work: share, times: 1 }] };
}

function isFreeFor({ antiLabels }: Pick<NodeBatch, "antiLabels">, share: NodeShare): boolean {
  return !share.antiLabels.some((label) => antiLabels.includes(label));
}

interface BuyingOrders {
  readonly plain: readonly GroupModel[];
  readonly withAccelerator: readonly GroupModel[];
}

/** A request has thousands of gangs, and sorting hundreds of groups for each would take most of the time. */
const buyingOrders = new WeakMap<readonly GroupModel[], BuyingOrders>();

/** The cheapest first, and of those the ones of which no accelerator would be left unused. */
function inBuyingOrder({ groups }: Problem, needed: boolean): readonly GroupModel[] {
  const known = buyingOrders.get(groups) ?? {
    plain: [...groups].sort(byBuyingOrder(false)),
    withAccelerator: [...groups].sort(byBuyingOrder(true)),
  };
  buyingOrders.set(groups, known);
  return needed ? known.withAccelerator : known.plain;
}

function byBuyingOrder(needed: boolean): (one: GroupModel, other: GroupModel) => number {
  const wastes = (group: GroupModel) => Number(group.accelerator && !needed);
  return (one, other) => one.comparedPriceUsd - other.comparedPriceUsd || wastes(one) - wastes(other) || cheapestFirst(one, other);
}

function shareOnNewNodes({ problem, pool, market }: Serving, { share, need, accepts, left: wanted, onLater }: Sharing): number {
  let left = wanted;
  for (const group of inBuyingOrder(problem, needsAccelerator(problem, need))) {
    if (!isFreeFor(group, share) || !accepts(group.labels) || fitCount(group.capacity, need) < 1) continue;
    const count = Math.min(left, market.rooms.roomOf(group));
    if (count === 0) continue;
    const { now, later } = market.buy(group, count, [{ shape: share.shape, times: 1, purpose: "pending-gang" }]);
    if (later > 0) onLater();
    for (const [rank, nodes] of [[nodeRank.starting, now] as const, [nodeRank.later, later] as const]) {
      if (nodes > 0) pool.give(market.addTo(pool, group, { rank, count: nodes }), nodes, giftOf(share, need));
    }
    left -= count;
    if (left === 0) return 0;
  }
  return left;
}
