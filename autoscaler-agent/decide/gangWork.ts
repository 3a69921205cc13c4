import type { Gang, GangBundle } from "../../contract/decision";
import { addNeeds, compareText, multiplyNeed, type Need, type ResourceTable, readNeed, shapeKey } from "./resources";
import { type AlternativeId, type SelectorTable, selectorsKey } from "./selectors";

/** What reading a piece of work needs. */
export interface WorkReader {
  readonly table: ResourceTable;
  readonly selectors: SelectorTable;
}

/** Bundles of a gang that must be together on one node, or each on a node of its own. */
export interface NodeShare {
  /** What one node must hold, undefined when nothing has a resource that it names. */
  readonly need: Need | undefined;
  readonly shape: GangBundle["shape"];
  /** Each list of alternatives must be satisfied; with one list, its first alternative is preferred. */
  readonly conditions: readonly (readonly AlternativeId[])[];
  readonly selectorLists: readonly GangBundle["selectors"][];
  /** No two shares with a common label are on one node. */
  readonly antiLabels: readonly number[];
  /** So many different nodes. More than 1 only with an anti-affinity. */
  readonly count: number;
}

/** Bundles of a gang that may be anywhere. */
export interface FreeBundle {
  readonly key: string;
  readonly need: Need | undefined;
  readonly shape: GangBundle["shape"];
  readonly selectors: GangBundle["selectors"];
  readonly alternatives: readonly AlternativeId[];
  readonly count: number;
  readonly purpose: "pending-gang";
}

/** A gang, read for one decision. */
export interface GangWork {
  readonly index: number;
  /** Hardest to place first. */
  readonly shares: readonly NodeShare[];
  readonly free: readonly FreeBundle[];
  /** Why no cluster at all could hold it. */
  readonly contradiction: string | undefined;
}

type IsWaitingInside = (shape: GangBundle["shape"]) => boolean;

interface Reading {
  readonly gangs: readonly GangWork[];
  /** Label and value of an anti-affinity, as JSON, to its number. */
  readonly antiLabelIds: ReadonlyMap<string, number>;
  /** Labels that bundles of more than one gang avoid, so that where one gang is placed matters to another. */
  readonly sharedAntiLabels: ReadonlySet<number>;
}

/** Reads the gangs in the order in which they are placed: most constraints first, then largest. Empty ones are left out. */
export function readGangs(reader: WorkReader, gangs: readonly Gang[], isWaitingInside: IsWaitingInside): Reading {
  const antiLabelIds = numberAntiLabels(gangs);
  const kept = gangs
    .map((gang, index) => ({ gang, index }))
    .filter(({ gang }) => gang.bundles.length > 0 && !gang.bundles.some(({ shape }) => isWaitingInside(shape)))
    .map(({ gang, index }) => ({ gang, index, key: gangKey(gang), rank: gangRank(gang) }))
    .sort((one, other) => other.rank - one.rank || compareText(one.key, other.key) || one.index - other.index);
  const timesUsed = new Map<number, number>();
  const read = kept.map(({ gang, index }) => {
    const work = readGang(reader, { gang, index }, antiLabelIds);
    for (const id of new Set(work.shares.flatMap((share) => share.antiLabels))) timesUsed.set(id, (timesUsed.get(id) ?? 0) + 1);
    return work;
  });
  const sharedAntiLabels = new Set([...timesUsed].filter(([, times]) => times > 1).map(([id]) => id));
  return { gangs: read, antiLabelIds, sharedAntiLabels };
}

function numberAntiLabels(gangs: readonly Gang[]): ReadonlyMap<string, number> {
  const keys = new Set<string>();
  for (const { bundles } of gangs)
    for (const { antiAffinity } of bundles) if (antiAffinity !== undefined) keys.add(placementKey(antiAffinity));
  return new Map([...keys].sort(compareText).map((key, id) => [key, id]));
}

function placementKey({ label, value }: { label: string; value: string }): string {
  return JSON.stringify([label, value]);
}

function gangKey({ bundles }: Gang): string {
  return JSON.stringify(bundles.map(bundleKey).sort(compareText));
}

function bundleKey({ shape, count, selectors, affinity, antiAffinity }: GangBundle): string {
  const together = affinity === undefined ? "" : placementKey(affinity);
  const apart = antiAffinity === undefined ? "" : placementKey(antiAffinity);
  return [shapeKey(shape), selectorsKey(selectors), together, apart, String(count ?? 1)].join(" ");
}

function gangRank({ bundles }: Gang): number {
  return bundles.reduce(
    (sum, { count, affinity, antiAffinity }) => sum + (affinity || antiAffinity ? 1_000_000 : 1) * Math.min(1000, count ?? 1),
    0,
  );
}

function readGang(reader: WorkReader, { gang, index }: { gang: Gang; index: number }, antiLabelIds: ReadonlyMap<string, number>): GangWork {
  const together = new Map<string, GangBundle[]>();
  const shares: NodeShare[] = [];
  const free = new Map<string, FreeBundle>();
  const sorted = [...gang.bundles].sort((one, other) => compareText(bundleKey(one), bundleKey(other)));
  for (const bundle of sorted) {
    if (bundle.affinity !== undefined) {
      const key = placementKey(bundle.affinity);
      together.set(key, [...(together.get(key) ?? []), bundle]);
    } else if (bundle.antiAffinity !== undefined) {
      shares.push(nodeShare(reader, [{ ...bundle, count: 1 }], { antiLabelIds, count: bundle.count ?? 1 }));
    } else {
      addFree(reader, free, bundle);
    }
  }
  for (const bundles of together.values()) shares.push(nodeShare(reader, bundles, { antiLabelIds, count: 1 }));
  const contradiction = [...together.values()].map(contradictionOf).find((text) => text !== undefined);
  return { index, shares: shares.sort(hardestFirst), free: [...free.values()], contradiction };
}

function addFree({ table, selectors }: WorkReader, free: Map<string, FreeBundle>, bundle: GangBundle): void {
  const key = `${shapeKey(bundle.shape)} ${selectorsKey(bundle.selectors)}`;
  free.set(key, {
    key,
    need: readNeed(table, bundle.shape),
    shape: bundle.shape,
    selectors: bundle.selectors,
    alternatives: selectors.read(bundle.selectors),
    count: (free.get(key)?.count ?? 0) + (bundle.count ?? 1),
    purpose: "pending-gang",
  });
}

function nodeShare(
  { table, selectors }: WorkReader,
  bundles: readonly GangBundle[],
  { antiLabelIds, count }: { antiLabelIds: ReadonlyMap<string, number>; count: number },
): NodeShare {
  const needs = bundles.map((bundle) => ({ need: readNeed(table, bundle.shape), times: bundle.count ?? 1 }));
  const sum = needs.reduce<Need | undefined>(
    (total, { need, times }) => (total === undefined || need === undefined ? undefined : addNeeds(total, multiplyNeed(need, times))),
    { at: [], units: [] },
  );
  const antiLabels = bundles.flatMap(({ antiAffinity }) =>
    antiAffinity === undefined ? [] : (antiLabelIds.get(placementKey(antiAffinity)) ?? []),
  );
  const conditions = new Map(bundles.map((bundle) => [selectorsKey(bundle.selectors), bundle.selectors]));
  return {
    need: sum,
    shape: sumShapes(bundles),
    conditions: [...conditions.values()].map((list) => selectors.read(list)),
    selectorLists: [...conditions.values()],
    antiLabels: [...new Set(antiLabels)].sort((a, b) => a - b),
    count,
  };
}

function sumShapes(bundles: readonly GangBundle[]): GangBundle["shape"] {
  const sum = new Map<string, number>();
  for (const { shape, count } of bundles) {
    for (const [name, amount] of Object.entries(shape)) sum.set(name, (sum.get(name) ?? 0) + amount * (count ?? 1));
  }
  return Object.fromEntries(sum);
}

function contradictionOf(bundles: readonly GangBundle[]): string | undefined {
  const seen = new Set<string>();
  for (const { affinity, antiAffinity, count } of bundles) {
    if (antiAffinity === undefined || affinity === undefined) continue;
    const key = placementKey(antiAffinity);
    if (seen.has(key) || (count ?? 1) > 1) {
      return `bundles that must share a node by ${affinity.label} must not share one by ${antiAffinity.label}`;
    }
    seen.add(key);
  }
  return undefined;
}

/** Shares that few nodes can take choose first. */
function hardestFirst(one: NodeShare, other: NodeShare): number {
  const selective = (share: NodeShare) => share.selectorLists.filter((list) => (list ?? []).some((rules) => rules.length > 0)).length;
  const size = (share: NodeShare) => share.need?.units.reduce((sum, units) => sum + Math.log(1 + units), 0) ?? 0;
  return (
    selective(other) - selective(one) ||
    size(other) - size(one) ||
    compareText(shapeKey(one.shape), shapeKey(other.shape)) ||
    compareText(JSON.stringify(one.conditions), JSON.stringify(other.conditions))
  );
}
