import type { DecisionGroup, DecisionNode, DecisionReply, DecisionRequest, Demand, GangBundle } from "../../contract/decision";

/**
 * An independent judge of decisions. It shares nothing with the code it judges: it writes every task out and looks for places by trying all of them,
 * which is exact and slow, so it is for small cases.
 */

/** Placements that are tried before the judge gives up. */
const mostSteps = 300_000;

/** Ray's smallest amount. */
const steps = 10_000;

interface Place {
  free: Map<string, number>;
  labels: Record<string, string>;
}

interface Piece {
  shape: Map<string, number>;
  /** Of each list one alternative must hold. */
  selectorLists: NonNullable<Demand["selectors"]>[];
  avoids: { label: string; value: string }[];
}

/** What is wrong with a decision, in words; nothing when it is right. */
export function faultsOf(request: DecisionRequest, reply: DecisionReply): readonly string[] {
  return [
    ...limitFaultsOf(request, reply),
    ...drainFaults(request, reply),
    ...bookFaults(request, reply),
    ...placementFaults(request, reply),
  ];
}

function workersOf(request: DecisionRequest, groupName?: string): DecisionNode[] {
  return request.nodes.filter((node) => node.head !== true && (groupName === undefined || node.groupName === groupName));
}

function launchOf(reply: DecisionReply, groupName: string): number {
  return reply.launch.filter((launch) => launch.groupName === groupName).reduce((sum, { count }) => sum + count, 0);
}

/** What limits a decision exceeds, in words. */
export function limitFaultsOf(request: DecisionRequest, reply: DecisionReply): string[] {
  const faults = reply.launch
    .filter(({ groupName }) => !request.groups.some((group) => group.groupName === groupName))
    .map(() => "launches an unknown group");
  for (const group of request.groups) faults.push(...groupFaults(request, reply, group));
  const launched = reply.launch.reduce((sum, { count }) => sum + count, 0);
  const { maxReplicas, maxHourlyUsd } = request.limits;
  if (launched > 0 && maxReplicas !== undefined && workersOf(request).length + launched > maxReplicas)
    faults.push("more workers than the cluster may have");
  const paid = request.groups.reduce(
    (sum, group) => sum + (group.pricePerHourUsd ?? 0) * (workersOf(request, group.groupName).length + launchOf(reply, group.groupName)),
    0,
  );
  if (launched > 0 && maxHourlyUsd !== undefined && hasPriced(request, reply) && paid > maxHourlyUsd + 1e-6) faults.push("over the budget");
  for (const { name, maxVcpus, otherVcpus = 0, groups } of request.limits.quotas ?? []) {
    const counted = groups.filter(({ groupName }) => launchOf(reply, groupName) > 0);
    const used = groups.reduce(
      (sum, { groupName, vcpusPerNode }) => sum + vcpusPerNode * (workersOf(request, groupName).length + launchOf(reply, groupName)),
      otherVcpus,
    );
    if (counted.length > 0 && used > maxVcpus) faults.push(`over the vCPU quota ${name}`);
  }
  return faults;
}

function hasPriced(request: DecisionRequest, reply: DecisionReply): boolean {
  return request.groups.some((group) => (group.pricePerHourUsd ?? 0) > 0 && launchOf(reply, group.groupName) > 0);
}

function groupFaults(request: DecisionRequest, reply: DecisionReply, group: DecisionGroup): string[] {
  const nodes = workersOf(request, group.groupName);
  const count = launchOf(reply, group.groupName);
  const stateCount = (state: DecisionNode["state"]) => nodes.filter((node) => node.state === state).length;
  const faults: string[] = [];
  if (count === 0) return faults;
  if (nodes.length + count > group.maxReplicas) faults.push(`more nodes of ${group.groupName} than maxReplicas`);
  if (group.unavailable === true) faults.push(`launches ${group.groupName}, which is unavailable`);
  if (request.limits.upscalingSpeed !== undefined) {
    const most = Math.max(5, Math.floor(request.limits.upscalingSpeed * Math.max(1, stateCount("running"))));
    const drained = reply.drain.filter(({ id }) => nodes.some((node) => node.id === id)).length;
    const forMinimum = Math.max(0, (group.minReplicas ?? 0) - (stateCount("running") + stateCount("starting") - drained));
    if (count > forMinimum && count + stateCount("starting") > Math.max(most, forMinimum)) faults.push(`${group.groupName} grows too fast`);
  }
  return faults;
}

function drainFaults(request: DecisionRequest, reply: DecisionReply): string[] {
  const faults: string[] = [];
  const drained = new Set(reply.drain.map(({ id }) => id));
  if (drained.size !== reply.drain.length) faults.push("drains a node twice");
  for (const id of drained) {
    const node = request.nodes.find((one) => one.id === id);
    if (node === undefined || node.head === true || node.state !== "running" || node.idleSeconds === undefined) {
      faults.push(`drains ${id}, which is no idle worker`);
      continue;
    }
    const group = request.groups.find(({ groupName }) => groupName === node.groupName);
    const timeout = group?.idleTimeoutSeconds ?? request.idleTimeoutSeconds;
    const standing = workersOf(request).filter(({ state }) => state !== "draining");
    const isSurplus =
      standing.filter(({ groupName }) => groupName === node.groupName).length > (group?.maxReplicas ?? 0) ||
      standing.length > (request.limits.maxReplicas ?? Number.POSITIVE_INFINITY);
    if (group === undefined || (!isSurplus && (timeout === undefined || node.idleSeconds < timeout))) faults.push(`drains ${id} too early`);
  }
  for (const group of request.groups) {
    const before = workersOf(request, group.groupName).filter(({ state }) => state !== "draining");
    const after = before.filter(({ id }) => !drained.has(id)).length;
    if (after < before.length && after < Math.min(group.minReplicas ?? 0, group.maxReplicas))
      faults.push(`brings ${group.groupName} under minReplicas`);
  }
  return faults;
}

function unservedCount(reply: DecisionReply, kind: "demands" | "requested", index: number): number {
  const entries = [...reply.infeasible[kind], ...reply.overLimit[kind]].filter((entry) => entry.index === index);
  return entries.reduce((sum, { count }) => sum + count, 0);
}

function bookFaults(request: DecisionRequest, reply: DecisionReply): string[] {
  const bound = reply.lowerBoundPerHourUsd > reply.costPerHourUsd + 1e-9 ? ["costs less than the lower bound"] : [];
  const counts = (["demands", "requested"] as const).flatMap((kind) =>
    request[kind].flatMap(({ count }, index) =>
      unservedCount(reply, kind, index) > count ? [`${kind}[${index}] is unserved more often than it waits`] : [],
    ),
  );
  return [...bound, ...counts];
}

/** True when everything that the reply calls served fits on the nodes after it. */
function placementFaults(request: DecisionRequest, reply: DecisionReply): string[] {
  const left = (kind: "demands" | "requested") =>
    request[kind].flatMap((demand, index) =>
      repeat(pieceOf(demand), isDropped(demand.shape) ? 0 : demand.count - unservedCount(reply, kind, index)),
    );
  const unservedGangs = new Set([...reply.infeasible.gangs, ...reply.overLimit.gangs].map(({ index }) => index));
  const gangs = request.gangs.filter(({ bundles }, index) => !unservedGangs.has(index) && !bundles.some(({ shape }) => isDropped(shape)));
  const single = left("demands");
  const inGangs = gangs.flatMap(({ bundles }) => piecesOf(bundles));
  const faults: string[] = [];
  if (!fits(placesAfter(request, reply, "free"), [...inGangs, ...single])) faults.push("what is called served does not fit");
  if (!fits(placesAfter(request, reply, "total"), left("requested"))) faults.push("what was requested does not fit into the total");
  return faults;
}

function isDropped(shape: Demand["shape"]): boolean {
  return Object.keys(shape).some((name) => name.includes("_group_"));
}

function repeat<T>(value: T, count: number): T[] {
  return Array.from({ length: count }, () => value);
}

function amounts(shape: Demand["shape"]): Map<string, number> {
  return new Map(Object.entries(shape).map(([name, amount]) => [name, Math.round(amount * steps)]));
}

function pieceOf({ shape, selectors }: Pick<Demand, "shape" | "selectors">): Piece {
  return { shape: amounts(shape), selectorLists: selectors === undefined ? [] : [selectors], avoids: [] };
}

function piecesOf(bundles: readonly GangBundle[]): Piece[] {
  const pieces: Piece[] = [];
  const together = new Map<string, Piece>();
  for (const { shape, selectors, affinity, antiAffinity, count = 1 } of bundles) {
    for (let i = 0; i < count; i += 1) {
      const piece = {
        ...pieceOf({ shape, ...(selectors === undefined ? {} : { selectors }) }),
        avoids: antiAffinity === undefined ? [] : [antiAffinity],
      };
      if (affinity === undefined) {
        pieces.push(piece);
        continue;
      }
      const key = `${affinity.label}=${affinity.value}`;
      const sum = together.get(key);
      if (sum === undefined) together.set(key, piece);
      else {
        for (const [name, amount] of piece.shape) sum.shape.set(name, (sum.shape.get(name) ?? 0) + amount);
        sum.selectorLists.push(...piece.selectorLists);
        sum.avoids.push(...piece.avoids);
      }
    }
  }
  return [...pieces, ...together.values()];
}

function placesAfter(request: DecisionRequest, reply: DecisionReply, by: "free" | "total"): Place[] {
  const drained = new Set(reply.drain.map(({ id }) => id));
  const labelsOfGroup = (name: string) => ({
    "ray.io/node-group": name,
    ...request.groups.find(({ groupName }) => groupName === name)?.labels,
  });
  const resourcesOfGroup = (name: string) => request.groups.find(({ groupName }) => groupName === name)?.resources ?? {};
  const standing = request.nodes
    .filter(({ id, state }) => state !== "draining" && !drained.has(id))
    .map((node): Place => {
      const total = node.total ?? resourcesOfGroup(node.groupName);
      const offered = by === "total" || node.state === "starting" ? total : (node.available ?? total);
      return { free: amounts(offered), labels: { ...(node.labels ?? labelsOfGroup(node.groupName)), ...node.dynamicLabels } };
    });
  const launched = reply.launch.flatMap(({ groupName, count }) =>
    Array.from({ length: count }, (): Place => ({ free: amounts(resourcesOfGroup(groupName)), labels: labelsOfGroup(groupName) })),
  );
  return [...standing, ...launched];
}

function allows(labels: Record<string, string>, lists: Piece["selectorLists"]): boolean {
  return lists.every(
    (alternatives) =>
      alternatives.length === 0 ||
      alternatives.some((rules) =>
        rules.every(({ key, operator, values }) => {
          const value = labels[key];
          return operator === "In" ? value !== undefined && values.includes(value) : value === undefined || !values.includes(value);
        }),
      ),
  );
}

/** A case with more placements than the judge tries. */
export class CaseTooLarge extends Error {
  constructor() {
    super(`case: is too large to judge; got over ${mostSteps} steps; expected fewer. Make it smaller.`);
  }
}

/** False when some resource is short even if all nodes were one. */
function suffices(places: readonly Place[], pieces: readonly Piece[]): boolean {
  const names = new Set(pieces.flatMap(({ shape }) => [...shape.keys()]));
  return [...names].every((name) => {
    const needed = pieces.reduce((sum, { shape }) => sum + (shape.get(name) ?? 0), 0);
    return needed <= places.reduce((sum, { free }) => sum + (free.get(name) ?? amountUnlisted(name)), 0);
  });
}

/**
 * Looks for a place for every piece.
 *
 * @throws CaseTooLarge when it can neither find one nor rule it out
 */
export function fits(places: readonly Place[], pieces: readonly Piece[]): boolean {
  const size = ({ shape }: Piece) => [...shape.values()].reduce((sum, amount) => sum + amount, 0);
  const sorted = [...pieces].sort((one, other) => other.avoids.length - one.avoids.length || size(other) - size(one));
  let tried = 0;
  const place = (at: number): boolean => {
    const piece = sorted[at];
    if (piece === undefined) return true;
    const seen = new Set<string>();
    for (const node of places) {
      const key = JSON.stringify([[...node.free].sort(), node.labels]);
      if (seen.has(key)) continue;
      seen.add(key);
      tried += 1;
      if (tried > mostSteps) throw new CaseTooLarge();
      if (!holds(node, piece)) continue;
      const before = { free: new Map(node.free), labels: { ...node.labels } };
      for (const [name, amount] of piece.shape) node.free.set(name, (node.free.get(name) ?? amountUnlisted(name)) - amount);
      for (const { label, value } of piece.avoids) node.labels[label] = value;
      if (place(at + 1)) return true;
      node.free = before.free;
      node.labels = before.labels;
    }
    return false;
  };
  return suffices(places, pieces) && place(0);
}

/** Ray gives every node one of each implicit resource without listing it. */
function amountUnlisted(name: string): number {
  return name.startsWith("node:__internal_implicit_resource_") ? steps : 0;
}

function holds({ free, labels }: Place, { shape, selectorLists, avoids }: Piece): boolean {
  if (new Set(avoids.map(({ label, value }) => `${label}=${value}`)).size < avoids.length) return false;
  return (
    allows(labels, selectorLists) &&
    avoids.every(({ label, value }) => labels[label] !== value) &&
    [...shape].every(([name, amount]) => amount <= (free.get(name) ?? amountUnlisted(name)))
  );
}

/**
 * The cost per hour of the cheapest launch, found by trying all up to `most` nodes of each group, that serves what the reply serves. For requests of
 * which nothing is idle. `allowed`: which launches may be tried. Undefined when none does.
 */
export function leastCostUsd(
  request: DecisionRequest,
  reply: DecisionReply,
  most: number,
  allowed: (launch: DecisionReply["launch"]) => boolean = () => true,
): number | undefined {
  const priceOf = (launch: DecisionReply["launch"]) =>
    request.groups.reduce((sum, group) => {
      const count = workersOf(request, group.groupName).filter(({ state }) => state !== "draining").length;
      return sum + (group.pricePerHourUsd ?? 0) * (count + launchOf({ ...reply, launch }, group.groupName));
    }, 0);
  const launches = request.groups.reduce<DecisionReply["launch"][]>(
    (all, { groupName }) =>
      all.flatMap((launch) => Array.from({ length: most + 1 }, (_, count) => [...launch, { groupName, count, reasons: [] }])),
    [[]],
  );
  const sorted = launches
    .filter(allowed)
    .map((launch) => ({ launch, usd: priceOf(launch) }))
    .sort((one, other) => one.usd - other.usd);
  return sorted.find(({ launch }) => {
    const other = { ...reply, launch, drain: [] };
    return placementFaults(request, other).length === 0 && keepsMinimum(request, other);
  })?.usd;
}

function keepsMinimum(request: DecisionRequest, reply: DecisionReply): boolean {
  return request.groups.every(({ groupName, minReplicas = 0, maxReplicas }) => {
    const count = workersOf(request, groupName).filter(({ state }) => state !== "draining").length;
    return count + launchOf(reply, groupName) >= Math.min(minReplicas, maxReplicas);
  });
}
