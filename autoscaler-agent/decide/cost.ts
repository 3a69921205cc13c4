import { fractionalBound } from "./bound/fractionalBound";
import { leastSumFrom } from "./bound/priceSums";
import { acceptsAll } from "./gangs";
import type { GangWork } from "./gangWork";
import { isEndable, isStandingWorker } from "./idle";
import type { GroupModel, NodeModel, Problem } from "./problem";
import { askedNeed, type Capacity, fitCount, type Need } from "./resources";
import type { AlternativeId, LabelClass } from "./selectors";
import type { Progress } from "./serve";
import { wholeDevices } from "./wholeDevices";

/** Workers after the decision, as far as cost goes. */
export interface Outlook {
  /** Nodes that stay; those that drain are not among them. */
  readonly staying: readonly NodeModel[];
  /** New nodes of each group. */
  readonly launched: Float64Array;
}

/** What the workers cost per hour. Groups without a price, and nodes of no group, count as 0. */
export function costPerHourUsd({ groups }: Problem, { staying, launched }: Outlook): number {
  const counts = launched.slice();
  for (const { group } of staying) if (group !== undefined) counts[group.position] = (counts[group.position] ?? 0) + 1;
  return groups.reduce((sum, group) => sum + (counts[group.position] ?? 0) * group.pricePerHourUsd, 0);
}

/** Work that is served, as far as the bound is concerned. */
interface ServedWork {
  readonly need: Need;
  /** The same object wherever they are the same. */
  readonly conditions: readonly (readonly AlternativeId[])[];
  readonly count: number;
}

/** The works that are served by the nodes there are and those that start now; equal ones as one. */
export function servedWork(progress: readonly Progress[], gangs: readonly GangWork[] = []): readonly ServedWork[] {
  const ofLines = progress.map(({ work, served }) => ({ need: work.need, conditions: [work.alternatives], count: served }));
  const ofGangs = gangs.flatMap(({ shares, free }) => [
    ...shares,
    ...free.map((bundle) => ({ ...bundle, conditions: [bundle.alternatives] })),
  ]);
  const byKey = new Map<string, ServedWork>();
  const conditionsByKey = new Map<string, ServedWork["conditions"]>();
  for (const { need: planned, conditions, count } of [...ofLines, ...ofGangs]) {
    if (planned === undefined || count === 0) continue;
    // Other fractions than those that are planned may share a device.
    const need = askedNeed(planned);
    const where = JSON.stringify(conditions);
    const known = conditionsByKey.get(where) ?? conditions;
    conditionsByKey.set(where, known);
    const key = `${need.at.join()}|${need.units.join()}|${where}`;
    byKey.set(key, { need, conditions: known, count: count + (byKey.get(key)?.count ?? 0) });
  }
  return [...byKey.values()];
}

/** So many shapes are looked at each by itself. */
const mostAlone = 400;

/** Something that capacity can be had from at a price. */
interface Source {
  readonly capacity: Capacity;
  readonly labels: LabelClass;
  readonly priceUsd: number;
}

/**
 * A cost per hour under which no choice of nodes can serve the same work, and which is not above what the nodes of this choice cost.
 *
 * What cannot be ended, and what `minReplicas` demands, is paid in any case. Beyond it three bounds are taken, and the highest holds: every resource
 * at the best price that any group has for it; every shape at its best price; and the cheapest fractions of nodes that hold all the work. As only
 * whole nodes can be had, it is raised to the next sum of prices. `requested` counts against what nodes have in all.
 */
export function lowerBoundPerHourUsd(
  problem: Problem,
  {
    outlook,
    served,
    requested,
    canSwap,
  }: { outlook: Outlook; served: readonly ServedWork[]; requested: readonly ServedWork[]; canSwap: boolean },
): number {
  // Where there are more nodes than allowed, another choice might have let any idle one go.
  const isOptional = (node: NodeModel) => isEndable(node) || (canSwap && node.state === "running" && node.idleSeconds !== undefined);
  const fixed = problem.nodes.filter((node) => node.state !== "draining" && !isOptional(node));
  const optional = problem.nodes.filter((node) => isStandingWorker(node) && isOptional(node) && node.group !== undefined);
  const forced = forcedCounts(problem, outlook, fixed);
  const paid = costPerHourUsd(problem, { staying: fixed.filter(isStandingWorker), launched: forced });
  const cost = costPerHourUsd(problem, outlook);
  // No bound is below what is paid in any case: where nothing is bought beyond it and nothing could be ended, there is nothing to search for.
  if (paid >= cost) return cost;
  const free = boundBeyond(problem, { fixed, optional, forced, works: served, capacityOf: (node) => node.free });
  const total = boundBeyond(problem, { fixed, optional, forced, works: requested, capacityOf: (node) => node.total });
  // Both are sums of the same prices, rounded in a different order.
  return Math.min(cost, paid + Math.max(free, total));
}

/** Nodes beyond the fixed ones that each group must have for its `minReplicas`, as far as limits let it. */
function forcedCounts({ groups }: Problem, { staying, launched }: Outlook, fixed: readonly NodeModel[]): Float64Array {
  return Float64Array.from(groups, (group) => {
    const isOfGroup = (node: NodeModel) => node.group === group;
    const after = staying.filter(isOfGroup).length + (launched[group.position] ?? 0);
    return Math.max(0, Math.min(group.minReplicas, after) - fixed.filter(isOfGroup).length);
  });
}

interface Beyond {
  readonly fixed: readonly NodeModel[];
  readonly optional: readonly NodeModel[];
  readonly forced: Float64Array;
  readonly works: readonly ServedWork[];
  readonly capacityOf: (node: NodeModel) => Capacity;
}

function boundBeyond(problem: Problem, { fixed, optional, forced, works: given, capacityOf }: Beyond): number {
  if (given.length === 0) return 0;
  const { works, resources, roomOf } = wholeDevices(given, {
    accelerators: problem.acceleratorPositions,
    resources: problem.table.names.length,
  });
  const sourceOfGroup = ({ capacity, labels, pricePerHourUsd }: GroupModel) => ({
    capacity: roomOf(capacity, true),
    labels,
    priceUsd: pricePerHourUsd,
  });
  const roomOn = (node: NodeModel) => roomOf(capacityOf(node), false);
  const sources = [
    ...problem.groups.filter(({ available }) => available).map(sourceOfGroup),
    ...optional.map((node) => ({ capacity: roomOn(node), labels: node.labels, priceUsd: node.group?.pricePerHourUsd ?? 0 })),
  ];
  const ofNode = (node: NodeModel) => ({ capacity: roomOn(node), labels: node.labels, nodes: 1 });
  // A forced node may be one of the optional nodes, with an amount that differs from its group's.
  const hasOddNode = optional.length > 0 && forced.some((count) => count > 0);
  const paid = alikeTogether([
    ...fixed.map(ofNode),
    ...problem.groups.map((group) => ({ ...sourceOfGroup(group), nodes: forced[group.position] ?? 0 })),
    ...(hasOddNode ? optional.map(ofNode) : []),
  ]);
  let bound = 0;
  for (let position = 0; position < resources; position += 1) {
    bound = Math.max(bound, resourceBound(position, { works, sources, paid }));
  }
  for (const work of mostPieces(works)) bound = Math.max(bound, shapeBound(work, { sources, paid }));
  bound = Math.max(bound, boundOfAll(works, { sources, paid }));
  const useful = sources.filter((source) => works.some((work) => canHold(source, work)));
  return leastSumFrom(
    useful.map(({ priceUsd }) => priceUsd),
    bound,
  );
}

/** One shape among thousands says little; leaving some out only lowers the bound. */
function mostPieces(works: readonly ServedWork[]): readonly ServedWork[] {
  if (works.length <= mostAlone) return works;
  return [...works].sort((one, other) => other.count - one.count).slice(0, mostAlone);
}

/** Thousands of nodes have a few dozen kinds of free room among them. */
function alikeTogether(paid: Supply["paid"]): Supply["paid"] {
  const byKey = new Map<string, Supply["paid"][number]>();
  for (const one of paid) {
    const key = `${one.labels.id}|${one.capacity.join()}`;
    byKey.set(key, { ...one, nodes: one.nodes + (byKey.get(key)?.nodes ?? 0) });
  }
  return [...byKey.values()].filter(({ nodes }) => nodes > 0);
}

function canHold({ capacity, labels }: Omit<Source, "priceUsd">, { need, conditions }: ServedWork): boolean {
  return need.at.length > 0 && acceptsAll(labels, conditions) && fitCount(capacity, need) > 0;
}

function boundOfAll(works: readonly ServedWork[], { sources, paid }: Supply): number {
  const byLabels = new Map<LabelClass, Supply["paid"][number][]>();
  for (const nodes of paid) byLabels.set(nodes.labels, [...(byLabels.get(nodes.labels) ?? []), nodes]);
  const acceptedBy =
    (labels: LabelClass) =>
    ({ conditions }: ServedWork) =>
      acceptsAll(labels, conditions);
  const supplies = [
    ...distinctSources(sources).map(({ capacity, labels, priceUsd }) => ({
      priceUsd,
      nodes: [{ capacity, nodes: 1 }],
      accepts: acceptedBy(labels),
    })),
    ...[...byLabels].map(([labels, nodes]) => ({ priceUsd: undefined, nodes, accepts: acceptedBy(labels) })),
  ];
  return fractionalBound(works, supplies, whereBy([...new Set([...sources, ...paid].map(({ labels }) => labels))]));
}

/** Says on which of these nodes a work may be: thousands of different selectors often come to the same. */
function whereBy(classes: readonly LabelClass[]): (work: ServedWork) => string {
  const known = new Map<ServedWork["conditions"], string>();
  return ({ conditions }) => {
    const where = known.get(conditions) ?? classes.map((labels) => (acceptsAll(labels, conditions) ? "1" : "0")).join("");
    known.set(conditions, where);
    return where;
  };
}

/** Optional nodes are mostly like their group. */
function distinctSources(sources: readonly Source[]): readonly Source[] {
  const byKey = new Map(sources.map((source) => [`${source.priceUsd} ${source.labels.id} ${source.capacity.join()}`, source]));
  return [...byKey.values()];
}

interface Supply {
  readonly sources: readonly Source[];
  readonly paid: readonly { readonly capacity: Capacity; readonly labels: LabelClass; readonly nodes: number }[];
}

function resourceBound(position: number, { works, sources, paid }: Supply & { works: readonly ServedWork[] }): number {
  let needed = 0;
  for (const { need, count } of works) needed += (need.units[need.at.indexOf(position)] ?? 0) * count;
  for (const { capacity, nodes } of paid) needed -= (capacity[position] ?? 0) * nodes;
  if (needed <= 0) return 0;
  const unitPrices = sources.flatMap(({ capacity, priceUsd }) =>
    (capacity[position] ?? 0) > 0 ? [priceUsd / (capacity[position] ?? 1)] : [],
  );
  return unitPrices.length === 0 ? 0 : needed * Math.min(...unitPrices);
}

function shapeBound({ need, conditions, count }: ServedWork, { sources, paid }: Supply): number {
  if (need.at.length === 0) return 0;
  let left = count;
  for (const { capacity, labels, nodes } of paid) {
    if (acceptsAll(labels, conditions)) left -= fitCount(capacity, need) * nodes;
    if (left <= 0) return 0;
  }
  const prices = sources.flatMap(({ capacity, labels, priceUsd }) => {
    const fit = acceptsAll(labels, conditions) ? fitCount(capacity, need) : 0;
    return fit > 0 ? [priceUsd / fit] : [];
  });
  return prices.length === 0 ? 0 : left * Math.min(...prices);
}
