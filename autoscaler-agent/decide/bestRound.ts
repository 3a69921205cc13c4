import { blockerOfWork } from "./blocker";
import type { GangOutcome } from "./gangs";
import type { GangWork } from "./gangWork";
import { nodeRank } from "./nodePool";
import type { Line, Problem } from "./problem";
import { fitCount } from "./resources";
import { playRound, type Round } from "./round";
import { acceptsLabels } from "./selectors";
import type { Turns } from "./serveInTurns";

/** So many times the work that found no place is put before the rest. */
const mostRetries = 3;

/** Other orders are tried up to so many kinds of work times kinds of nodes, where something found no place and where something was bought. */
const mostPairsUnplaced = 2000;
const mostPairsBought = 200;

/** Sums of prices differ in the last digits. */
const nearlyEqual = 1e-9;

/**
 * Plays a round, and where its outcome may not be the best, again with the work in other orders. The round that serves most is the one that counts;
 * of those that serve the same, the cheapest; of equal ones that in the usual order.
 *
 * Work that few nodes can take, when it comes late, finds them filled by work that had other places. So what a limit leaves without a place is tried
 * first, and what then has none joins it. Where few kinds of things are bought for, gangs apart from single work are tried too, and what has the fewest
 * places first.
 */
export function playBestRound(problem: Problem, launched: Float64Array): Round {
  const usual = playRound(problem, launched);
  const pairs = pairsOf(problem);
  let best = usual;
  const tryOrder = (turns: Turns) => {
    const round = playRound(problem, launched, turns);
    if (isBetter(problem, round, best)) best = round;
    return round;
  };
  if (pairs <= mostPairsUnplaced) retryUnplaced(problem, usual, tryOrder);
  if (pairs <= mostPairsBought && hasBought(usual)) for (const turns of otherOrders(problem)) tryOrder(turns);
  return best;
}

function retryUnplaced(problem: Problem, usual: Round, tryOrder: (turns: Turns) => Round): void {
  let first = unplacedWork(problem, usual);
  if (first.size === 0 || first.size === problem.gangs.length + problem.demands.length + problem.requested.length) return;
  for (let tries = 0; tries < mostRetries; tries += 1) {
    const left = unplacedWork(problem, tryOrder([first]));
    const joined = new Set([...first, ...left]);
    if (left.size === 0 || joined.size === first.size) return;
    first = joined;
  }
}

function pairsOf({ groups, nodes, demands, requested, gangs }: Problem): number {
  // Of what starts there may be more by the next decision, which has to come to the same end.
  const standing = nodes.filter(({ state }) => state !== "starting").length;
  return (demands.length + requested.length + gangs.length) * (groups.length + standing);
}

function hasBought({ rooms }: Round): boolean {
  return [rooms.boughtNow(), rooms.boughtLater()].some((counts) => counts.some((count) => count > 0));
}

/** What a group or a node could serve if something else were not in the way. */
function unplacedWork(problem: Problem, { demands, requested, gangs, rooms }: Round): ReadonlySet<Line | GangWork> {
  const blocked = new Set(gangs.flatMap(({ index, outcome }) => (outcome.kind === "blocked" ? [index] : [])));
  const isUnplaced = (line: Line, waiting: number) =>
    waiting > 0 && blockerOfWork(problem, { need: line.need, conditions: [line.alternatives], antiLabels: [] }, rooms) !== undefined;
  return new Set([
    ...problem.gangs.filter(({ index }) => blocked.has(index)),
    ...problem.demands.filter((line, i) => isUnplaced(line, demands[i]?.waiting ?? 0)),
    ...problem.requested.filter((line, i) => isUnplaced(line, requested[i]?.waiting ?? 0)),
  ]);
}

function otherOrders(problem: Problem): readonly Turns[] {
  const { gangs, demands } = problem;
  const scarce = fewestPlacesFirst(problem);
  const orders: Turns[] = [];
  if (gangs.length > 0 && demands.length > 0) orders.push([new Set(gangs)]);
  if (scarce.length > 1) orders.push(gangs.length > 0 ? [new Set(gangs), ...scarce] : scarce);
  return orders;
}

/** The lines, those that the fewest groups and nodes could take first. */
function fewestPlacesFirst(problem: Problem): Turns {
  const byPlaces = new Map<number, Set<Line>>();
  for (const line of problem.demands) {
    const places = placesOf(problem, line);
    byPlaces.set(places, (byPlaces.get(places) ?? new Set()).add(line));
  }
  return [...byPlaces].sort(([one], [other]) => one - other).map(([, lines]) => lines);
}

function placesOf({ groups, nodes }: Problem, { need, alternatives }: Line): number {
  if (need === undefined) return 0;
  const accepts = (labels: Parameters<typeof acceptsLabels>[0]) => alternatives.some((alternative) => acceptsLabels(labels, alternative));
  const ofGroups = groups.filter(
    ({ available, maxReplicas, labels, capacity }) => available && maxReplicas > 0 && accepts(labels) && fitCount(capacity, need) > 0,
  );
  const ofNodes = nodes.filter(({ state, labels, free }) => state === "running" && accepts(labels) && fitCount(free, need) > 0);
  return ofGroups.length + ofNodes.length;
}

/** Whether every kind of work is served at least as often as in the other round. */
export function servesAsMuch(problem: Problem, one: Round, other: Round): boolean {
  const least = placedCounts(problem, other, true);
  return placedCounts(problem, one, true).every((count, i) => count >= (least[i] ?? 0));
}

/** Nothing may have a place less often than before: what is gained for one kind of work must not be taken from another. */
function isBetter(problem: Problem, one: Round, other: Round): boolean {
  for (const isNow of [false, true]) {
    const [some, others] = [placedCounts(problem, one, isNow), placedCounts(problem, other, isNow)];
    if (some.some((count, i) => count < (others[i] ?? 0))) return false;
    if (some.some((count, i) => count > (others[i] ?? 0))) return true;
  }
  return priceOf(problem, one) < priceOf(problem, other) * (1 - nearlyEqual);
}

/** How much of each kind of work has a place: now, or at all. In the order of the problem, as rounds come in orders of their own. */
function placedCounts(problem: Problem, { demands, requested, gangs }: Round, isNow: boolean): readonly number[] {
  const kinds = new Map(gangs.map(({ index, outcome }) => [index, outcome.kind]));
  const isPlaced = (kind: GangOutcome["kind"] | undefined) => kind === "served" || (!isNow && kind === "later");
  return [
    ...[...requested, ...demands].map(({ served, later }) => served + (isNow ? 0 : later)),
    ...problem.gangs.map(({ index }) => Number(isPlaced(kinds.get(index)))),
  ];
}

/** What is bought and what is kept that could end, by the prices that groups are compared by. */
function priceOf({ groups }: Problem, { rooms, freePool, totalPool }: Round): number {
  const [now, later] = [rooms.boughtNow(), rooms.boughtLater()];
  const bought = groups.reduce(
    (sum, { position, comparedPriceUsd }) => sum + ((now[position] ?? 0) + (later[position] ?? 0)) * comparedPriceUsd,
    0,
  );
  const kept = [freePool, totalPool].map((pool) =>
    pool
      .inOrder()
      .reduce(
        (sum, { rank, used, count, group }) => (rank === nodeRank.endable && used ? sum + count * (group?.comparedPriceUsd ?? 0) : sum),
        0,
      ),
  );
  return bought + Math.max(...kept);
}
