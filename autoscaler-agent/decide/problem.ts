import type { DecisionGroup, DecisionNode, DecisionRequest, Demand } from "../../contract/decision";
import { comparedPriceUsd } from "./comparedPrice";
import { type SortedGangs, sortGangs } from "./gangClasses";
import { type GangWork, readGangs, type WorkReader } from "./gangWork";
import {
  type Capacity,
  compareText,
  hasAccelerator,
  isAccelerator,
  type Need,
  type ResourceTable,
  readCapacity,
  readNeed,
  resourceTable,
  shapeKey,
  withDevices,
} from "./resources";
import { type AlternativeId, type LabelClass, SelectorTable, selectorsKey } from "./selectors";

/** A worker group, read for one decision. */
export interface GroupModel {
  readonly position: number;
  readonly groupName: string;
  readonly given: DecisionGroup;
  readonly capacity: Capacity;
  readonly labels: LabelClass;
  /** Anti-affinity labels that its nodes are born with. */
  readonly antiLabels: readonly number[];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly available: boolean;
  readonly accelerator: boolean;
  /** What it counts for in the sums. */
  readonly pricePerHourUsd: number;
  /** What it is compared by; never 0. */
  readonly comparedPriceUsd: number;
  readonly priority: number;
  readonly idleTimeoutSeconds: number | undefined;
}

/** A node, read for one decision. */
export interface NodeModel {
  readonly id: string;
  readonly group: GroupModel | undefined;
  readonly head: boolean;
  readonly state: DecisionNode["state"];
  readonly total: Capacity;
  readonly free: Capacity;
  readonly labels: LabelClass;
  readonly antiLabels: readonly number[];
  readonly accelerator: boolean;
  readonly idleSeconds: number | undefined;
}

/** All demand of one shape and one list of alternatives. */
export interface Line {
  readonly key: string;
  readonly shape: Demand["shape"];
  readonly selectors: Demand["selectors"];
  /** Undefined: it asks for a resource that nothing has. */
  readonly need: Need | undefined;
  readonly alternatives: readonly AlternativeId[];
  readonly count: number;
  /** Where it stands in the request. */
  readonly sources: readonly { readonly index: number; readonly count: number }[];
}

/** The request, read once: whole numbers, equal things together, everything in an order that does not depend on the order of the input. */
export interface Problem {
  readonly table: ResourceTable;
  readonly selectors: SelectorTable;
  /** By name. */
  readonly groups: readonly GroupModel[];
  /** Those that became idle last come first, so that they are given work and the others can go; equal ones by id. */
  readonly nodes: readonly NodeModel[];
  readonly demands: readonly Line[];
  readonly requested: readonly Line[];
  readonly gangs: readonly GangWork[];
  readonly sortedGangs: SortedGangs;
  /** Anti-affinity labels that more than one gang avoids. */
  readonly sharedAntiLabels: ReadonlySet<number>;
  /** The largest amount of each resource that one node has, to compare sizes by. */
  readonly reference: Capacity;
  readonly acceleratorPositions: ReadonlySet<number>;
  readonly limits: DecisionRequest["limits"];
}

/** Reads the request for one decision. */
export function readProblem(request: DecisionRequest): Problem {
  const offered = offeredNames(request);
  const isWaitingInside = (shape: Demand["shape"]) =>
    Object.keys(shape).some((name) => name.includes("_group_") && !offered.ofGroups.has(name));
  const demands = request.demands.map((demand, index) => ({ demand, index })).filter(({ demand }) => !isWaitingInside(demand.shape));
  const requested = request.requested.map((demand, index) => ({ demand, index })).filter(({ demand }) => !isWaitingInside(demand.shape));
  const table = withDevices(resourceTable(neededNames(request), offered.all), neededShapes(request), offers(request));
  const selectors = new SelectorTable();
  const reader = { table, selectors };
  // Every selector is read before the first node is classified.
  const demandLines = readLines(reader, demands);
  const requestedLines = readLines(reader, requested);
  const { gangs, antiLabelIds, sharedAntiLabels } = readGangs(reader, request.gangs, isWaitingInside);
  const groups = readGroups({ ...reader, antiLabelIds }, request);
  const byName = new Map(groups.map((group) => [group.groupName, group]));
  const nodeReader = { ...reader, antiLabelIds };
  const nodes = request.nodes.map((node) => readNode(nodeReader, node, byName.get(node.groupName))).sort(lastIdleFirst);
  return {
    table,
    selectors,
    groups,
    nodes,
    demands: demandLines,
    requested: requestedLines,
    gangs,
    sortedGangs: sortGangs(gangs, { groups, nodes, sharedAntiLabels }),
    sharedAntiLabels,
    acceleratorPositions: new Set(table.names.flatMap((name, position) => (isAccelerator(name) ? [position] : []))),
    reference: largestCapacity(table, groups, nodes),
    limits: request.limits,
  };
}

interface NodeReader extends WorkReader {
  readonly antiLabelIds: ReadonlyMap<string, number>;
}

function offeredNames({ groups, nodes }: DecisionRequest): { ofGroups: ReadonlySet<string>; all: ReadonlySet<string> } {
  const ofGroups = new Set(groups.flatMap((group) => Object.keys(group.resources)));
  const all = new Set(ofGroups);
  for (const node of nodes) {
    for (const name of Object.keys(node.total ?? {})) all.add(name);
    for (const name of Object.keys(node.available ?? {})) all.add(name);
  }
  return { ofGroups, all };
}

function* neededNames(request: DecisionRequest): Iterable<string> {
  for (const shape of neededShapes(request)) yield* Object.keys(shape);
}

function* neededShapes({ demands, requested, gangs }: DecisionRequest): Iterable<Demand["shape"]> {
  for (const { shape } of demands) yield shape;
  for (const { shape } of requested) yield shape;
  for (const { bundles } of gangs) for (const { shape } of bundles) yield shape;
}

function* offers({ groups, nodes }: DecisionRequest): Iterable<Demand["shape"]> {
  for (const { resources } of groups) yield resources;
  for (const { total } of nodes) if (total !== undefined) yield total;
}

function readLines({ table, selectors }: WorkReader, entries: readonly { demand: Demand; index: number }[]): Line[] {
  const byKey = new Map<string, { first: Demand; sources: { index: number; count: number }[] }>();
  for (const { demand, index } of entries) {
    const key = `${shapeKey(demand.shape)} ${selectorsKey(demand.selectors)}`;
    const known = byKey.get(key) ?? { first: demand, sources: [] };
    known.sources.push({ index, count: demand.count });
    byKey.set(key, known);
  }
  return [...byKey]
    .sort(([one], [other]) => compareText(one, other))
    .map(([key, { first, sources }]) => ({
      key,
      shape: first.shape,
      selectors: first.selectors,
      need: readNeed(table, first.shape),
      alternatives: selectors.read(first.selectors),
      count: sources.reduce((sum, { count }) => sum + count, 0),
      sources,
    }));
}

function readGroups(reader: NodeReader, request: DecisionRequest): GroupModel[] {
  const sorted = [...request.groups].sort((one, other) => compareText(one.groupName, other.groupName));
  return sorted.map((given, position) => {
    const labels = groupLabels(given);
    return {
      position,
      groupName: given.groupName,
      given,
      capacity: readCapacity(reader.table, given.resources),
      labels: reader.selectors.classify(labels),
      antiLabels: antiLabelsOf(reader.antiLabelIds, labels),
      minReplicas: Math.min(given.minReplicas ?? 0, given.maxReplicas),
      maxReplicas: given.maxReplicas,
      available: given.unavailable !== true,
      accelerator: hasAccelerator(given.resources),
      pricePerHourUsd: given.pricePerHourUsd ?? 0,
      comparedPriceUsd: comparedPriceUsd(given),
      priority: given.priority ?? 0,
      idleTimeoutSeconds: given.idleTimeoutSeconds ?? request.idleTimeoutSeconds,
    };
  });
}

/** The labels that a new node of the group will have. */
export function groupLabels(group: DecisionGroup): Readonly<Record<string, string>> {
  return { "ray.io/node-group": group.groupName, ...group.labels };
}

function readNode(reader: NodeReader, node: DecisionNode, group: GroupModel | undefined): NodeModel {
  const total = node.total ?? group?.given.resources ?? {};
  const labels = { ...(node.labels ?? (group === undefined ? {} : groupLabels(group.given))), ...node.dynamicLabels };
  return {
    id: node.id,
    group: node.head === true ? undefined : group,
    head: node.head === true,
    state: node.state,
    total: readCapacity(reader.table, total),
    // A node that is not in Ray yet is counted whole, whatever was known of it before.
    free: readCapacity(reader.table, node.state === "starting" ? total : (node.available ?? total), total),
    labels: reader.selectors.classify(labels),
    antiLabels: antiLabelsOf(reader.antiLabelIds, labels),
    accelerator: hasAccelerator(total),
    idleSeconds: node.idleSeconds,
  };
}

function lastIdleFirst(one: NodeModel, other: NodeModel): number {
  return (one.idleSeconds ?? 0) - (other.idleSeconds ?? 0) || compareText(other.id, one.id);
}

function antiLabelsOf(ids: ReadonlyMap<string, number>, labels: Readonly<Record<string, string>>): readonly number[] {
  const found = Object.entries(labels).flatMap(([label, value]) => ids.get(JSON.stringify([label, value])) ?? []);
  return found.sort((a, b) => a - b);
}

function largestCapacity(table: ResourceTable, groups: readonly GroupModel[], nodes: readonly NodeModel[]): Capacity {
  const largest = new Float64Array(table.names.length);
  for (const capacity of [...groups.map((group) => group.capacity), ...nodes.map((node) => node.total)]) {
    for (let i = 0; i < largest.length; i += 1) largest[i] = Math.max(largest[i] ?? 0, capacity[i] ?? 0);
  }
  return largest;
}
