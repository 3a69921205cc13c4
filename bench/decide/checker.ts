import type { DecisionGroup, DecisionNode, DecisionRequest, Demand, Gang } from "../../contract/decision";
import { type DevicePieces, fitsOnDevices } from "./devices";
import type { Host, Plan } from "./plan";

/** What an independent reader says of a plan. It shares no code with any contestant. */
export interface Verdict {
  /** What is wrong, in words; nothing when the plan is right. */
  readonly faults: readonly string[];
  readonly unservedPieces: number;
  readonly unservedGangs: number;
  readonly newNodes: number;
  /** Of the new nodes. */
  readonly launchedPerHourUsd: number;
}

/** Of each kind of fault only so many are listed. */
const mostFaults = 20;

type Labels = Readonly<Record<string, string>>;

/** One part of a gang, as it has to be on a node. */
interface GangPart {
  readonly selectorLists: readonly NonNullable<Demand["selectors"]>[];
  readonly apart: string | undefined;
  /** What it is made of: several bundles that are together are on one node, and each on a device of its own or with others. */
  readonly bundles: readonly Pick<Demand, "shape" | "count">[];
  wanted: number;
}

/**
 * Checks that the plan keeps every rule: nothing more on a node than it has, selectors, gangs whole, together and apart as asked, limits; and
 * counts what it leaves unserved. A plan comes with its placements, so that checking takes one look at each.
 */
export function checkPlan(request: DecisionRequest, plan: Plan): Verdict {
  const faults: string[] = [];
  const gangParts = request.gangs.map(partsOf);
  const demandsLeft = demandsByKey(request.demands);
  const gangsLeft = gangParts.map((parts) => new Map([...parts].map(([key, { wanted }]) => [key, wanted])));
  const nodes = new Map(request.nodes.map((node) => [node.id, node]));
  const groups = new Map(request.groups.map((group) => [group.groupName, group]));
  const seen = new Set<string>();
  const keys = request.demands.map((demand) => keyOf(demand));
  for (const host of plan.hosts) {
    const place = placeOf(host, { nodes, groups, seen });
    if (typeof place === "string") faults.push(place);
    else faults.push(...hostFaults(host, place, { request, gangParts }));
    for (const piece of host.contents) {
      const left = piece.kind === "demand" ? demandsLeft : gangsLeft[piece.index];
      const key = piece.kind === "demand" ? (keys[piece.index] ?? "") : amountsKey(piece.shape);
      left?.set(key, (left.get(key) ?? 0) - piece.times * host.count);
    }
  }
  const { unservedGangs, gangFaults } = countGangs(request.gangs, gangParts, gangsLeft);
  if ([...demandsLeft.values()].some((left) => left < 0)) faults.push("more pieces are placed than wait");
  const launches = countLaunches(plan);
  faults.push(...gangFaults, ...limitFaults(request, launches));
  return {
    faults: faults.slice(0, mostFaults),
    unservedPieces: [...demandsLeft.values()].reduce((sum, left) => sum + Math.max(0, left), 0),
    unservedGangs,
    newNodes: [...launches.values()].reduce((sum, count) => sum + count, 0),
    launchedPerHourUsd: [...launches].reduce((sum, [name, count]) => sum + count * (groups.get(name)?.pricePerHourUsd ?? 0), 0),
  };
}

interface Place {
  readonly offered: Readonly<Record<string, number>>;
  /** False where nobody can know how much of which device is left. */
  readonly isEmpty: boolean;
  readonly labels: Labels;
}

interface Known {
  readonly nodes: ReadonlyMap<string, DecisionNode>;
  readonly groups: ReadonlyMap<string, DecisionGroup>;
  readonly seen: Set<string>;
}

function placeOf(host: Host, { nodes, groups, seen }: Known): Place | string {
  const group = groups.get(host.groupName);
  const ofGroup = { "ray.io/node-group": host.groupName, ...group?.labels };
  if (host.nodeId === undefined) {
    return group === undefined
      ? `launches ${host.groupName}, which is no group`
      : { offered: group.resources, isEmpty: true, labels: ofGroup };
  }
  const node = nodes.get(host.nodeId);
  if (node === undefined || node.state === "draining" || host.count !== 1) return `uses ${host.nodeId}, which offers nothing`;
  if (seen.has(host.nodeId)) return `uses ${host.nodeId} twice`;
  seen.add(host.nodeId);
  const total = node.total ?? group?.resources ?? {};
  const offered = node.available ?? total;
  const isEmpty = Object.entries(total).every(([resource, amount]) => offered[resource] === amount);
  return { offered, isEmpty, labels: { ...(node.labels ?? ofGroup), ...node.dynamicLabels } };
}

function hostFaults(
  host: Host,
  { offered, isEmpty, labels }: Place,
  { request, gangParts }: { request: DecisionRequest; gangParts: readonly ReadonlyMap<string, GangPart>[] },
): string[] {
  const name = host.nodeId ?? host.groupName;
  const faults: string[] = [];
  const used = new Map<string, number>();
  const pieces = new Map<string, DevicePieces[]>();
  const apart = new Set<string>();
  for (const piece of host.contents) {
    const demand = piece.kind === "demand" ? request.demands[piece.index] : undefined;
    const part = piece.kind === "gang" ? gangParts[piece.index]?.get(amountsKey(piece.shape)) : undefined;
    if (demand === undefined && part === undefined) {
      faults.push(`${name} holds something that nobody asked for`);
      continue;
    }
    const shape = piece.kind === "gang" ? piece.shape : (demand?.shape ?? {});
    for (const [resource, amount] of Object.entries(shape)) {
      used.set(resource, (used.get(resource) ?? 0) + wholeAmount(resource, amount) * piece.times);
    }
    for (const bundle of part?.bundles ?? [{ shape, count: 1 }]) {
      for (const [resource, amount] of Object.entries(bundle.shape))
        pieces.set(resource, [...(pieces.get(resource) ?? []), { amount, times: piece.times * bundle.count }]);
    }
    const lists = part?.selectorLists ?? [demand?.selectors ?? []];
    if (!lists.every((list) => allows(labels, list))) faults.push(`${name} does not match the selectors of ${piece.kind} ${piece.index}`);
    if (part?.apart === undefined) continue;
    const [label = "", value = ""] = JSON.parse(part.apart) as string[];
    if (piece.times > 1 || apart.has(part.apart) || labels[label] === value) faults.push(`${name} holds parts that must be apart`);
    apart.add(part.apart);
  }
  for (const [resource, amount] of used) {
    if (amount > wholeAmount(resource, offered[resource] ?? 0)) faults.push(`${name} has too little ${resource}`);
  }
  for (const [resource, ofResource] of pieces) {
    if (isEmpty && !fitsOnDevices(resource, offered[resource] ?? 0, ofResource)) faults.push(`${name} has too few devices of ${resource}`);
  }
  return faults;
}

function allows(labels: Labels, alternatives: NonNullable<Demand["selectors"]>): boolean {
  if (alternatives.length === 0) return true;
  return alternatives.some((rules) =>
    rules.every(({ key, operator, values }) => {
      const isIn = labels[key] !== undefined && values.includes(labels[key]);
      return operator === "In" ? isIn : !isIn;
    }),
  );
}

/** Ray's smallest amount is one ten-thousandth; memory is counted in bytes. */
function wholeAmount(resource: string, amount: number): number {
  return resource === "memory" ? Math.round(amount) : Math.round(amount * 10_000);
}

function amountsKey(shape: Readonly<Record<string, number>>): string {
  const amounts = Object.entries(shape).map(([resource, amount]) => `${resource}=${wholeAmount(resource, amount)}`);
  return amounts.sort().join(" ");
}

function keyOf({ shape, selectors }: Pick<Demand, "shape" | "selectors">): string {
  const alternatives = (selectors ?? []).map((rules) =>
    rules.map(({ key, operator, values }) => JSON.stringify([key, operator, [...new Set(values)].sort()])).sort(),
  );
  return `${amountsKey(shape)} ${JSON.stringify(alternatives)}`;
}

function demandsByKey(demands: readonly Demand[]): Map<string, number> {
  const left = new Map<string, number>();
  for (const demand of demands) left.set(keyOf(demand), (left.get(keyOf(demand)) ?? 0) + demand.count);
  return left;
}

function partsOf({ bundles }: Gang): ReadonlyMap<string, GangPart> {
  const together = new Map<
    string,
    { shape: Record<string, number>; lists: NonNullable<Demand["selectors"]>[]; bundles: { shape: Demand["shape"]; count: number }[] }
  >();
  const parts = new Map<string, GangPart>();
  const add = (shape: Record<string, number>, part: GangPart) => {
    const known = parts.get(amountsKey(shape));
    if (known === undefined) parts.set(amountsKey(shape), part);
    else known.wanted += part.wanted;
  };
  for (const { shape, count = 1, selectors, affinity, antiAffinity } of bundles) {
    if (affinity === undefined) {
      const apart = antiAffinity === undefined ? undefined : JSON.stringify([antiAffinity.label, antiAffinity.value]);
      add(shape, { selectorLists: [selectors ?? []], apart, bundles: [{ shape, count: 1 }], wanted: count });
      continue;
    }
    const key = JSON.stringify([affinity.label, affinity.value]);
    const sum = together.get(key) ?? { shape: {}, lists: [], bundles: [] };
    for (const [resource, amount] of Object.entries(shape)) sum.shape[resource] = (sum.shape[resource] ?? 0) + amount * count;
    sum.lists.push(selectors ?? []);
    sum.bundles.push({ shape, count });
    together.set(key, sum);
  }
  for (const { shape, lists, bundles } of together.values()) add(shape, { selectorLists: lists, apart: undefined, bundles, wanted: 1 });
  return parts;
}

function countGangs(
  gangs: readonly Gang[],
  gangParts: readonly ReadonlyMap<string, GangPart>[],
  gangsLeft: readonly ReadonlyMap<string, number>[],
): { unservedGangs: number; gangFaults: string[] } {
  let unservedGangs = 0;
  const gangFaults: string[] = [];
  for (const index of gangs.keys()) {
    const left = [...(gangsLeft[index]?.entries() ?? [])];
    if (left.every(([, count]) => count === 0)) continue;
    unservedGangs += 1;
    const untouched = left.every(([key, count]) => count === gangParts[index]?.get(key)?.wanted);
    if (!untouched) gangFaults.push(`gang ${index} is placed in part`);
  }
  return { unservedGangs, gangFaults };
}

function countLaunches({ hosts }: Plan): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { nodeId, groupName, count } of hosts) if (nodeId === undefined) counts.set(groupName, (counts.get(groupName) ?? 0) + count);
  return counts;
}

function limitFaults({ groups, nodes, limits }: DecisionRequest, launches: ReadonlyMap<string, number>): string[] {
  const workers = nodes.filter(({ head }) => head !== true);
  const faults: string[] = [];
  let [all, usd] = [workers.length, 0];
  for (const { groupName, maxReplicas, unavailable, pricePerHourUsd = 0 } of groups) {
    const launched = launches.get(groupName) ?? 0;
    const count = workers.filter((node) => node.groupName === groupName).length + launched;
    if (launched > 0 && count > maxReplicas) faults.push(`more nodes of ${groupName} than maxReplicas`);
    if (launched > 0 && unavailable === true) faults.push(`launches ${groupName}, which is unavailable`);
    all += launched;
    usd += count * pricePerHourUsd;
  }
  if (launches.size > 0 && all > (limits.maxReplicas ?? Number.POSITIVE_INFINITY)) faults.push("more workers than limits.maxReplicas");
  if (launches.size > 0 && usd > (limits.maxHourlyUsd ?? Number.POSITIVE_INFINITY) + 1e-6) faults.push("dearer than limits.maxHourlyUsd");
  for (const { name, maxVcpus, otherVcpus = 0, groups: counted } of limits.quotas ?? []) {
    let vcpus = otherVcpus;
    for (const { groupName, vcpusPerNode } of counted) {
      vcpus += vcpusPerNode * (workers.filter((node) => node.groupName === groupName).length + (launches.get(groupName) ?? 0));
    }
    if (vcpus > maxVcpus && counted.some(({ groupName }) => launches.has(groupName))) faults.push(`over the vCPU quota ${name}`);
  }
  return faults;
}
