import { type PackTable, packTableOf } from "./packTable";
import type { GroupModel } from "./problem";
import type { WantedItem } from "./purchase";
import { resizedNeed } from "./resources";
import type { AlternativeId } from "./selectors";

/** Work that new nodes are looked for, with the rule that says which nodes it may be on. */
export interface SelectiveItem extends WantedItem {
  readonly alternative: AlternativeId;
}

/** Items of about the same size that may be on the same nodes. */
export interface ShapeCluster {
  /** Positions of the items, largest first. */
  readonly members: readonly number[];
  /** The middle of the items, or the least amount of each resource, in the place of all. */
  readonly item: WantedItem;
  readonly waiting: number;
}

/** What stands for the items of a cluster: what they need on average, or at least. Where the least does not fit, none of them does. */
export type Standing = "mean" | "least";

interface Clustering {
  readonly items: readonly SelectiveItem[];
  readonly waiting: ArrayLike<number>;
  readonly table: PackTable;
  /** What all that waits needs of each resource, by position in the table. */
  readonly totals: ReadonlyMap<number, number>;
}

/** Items that still have to be told apart, and by what. */
interface Part {
  readonly members: readonly number[];
  readonly split: Split | undefined;
}

interface Split {
  /** Place in the needs. */
  readonly at: number;
  readonly from: number;
  /** How much is misjudged when all are taken for alike. */
  readonly spread: number;
}

/**
 * Puts what waits into at most about `most` clusters. Kinds that differ in the nodes they may be on, or in the resources they name, are never put
 * together. Of the others that cluster is divided next whose amounts differ most, in parts of all that waits: so large shapes are told apart more
 * finely than tiny ones.
 */
export function clusterShapes(
  items: readonly SelectiveItem[],
  waiting: ArrayLike<number>,
  { groups, most, standing }: { groups: readonly GroupModel[]; most: number; standing: Standing },
): readonly ShapeCluster[] {
  const clustering = { items, waiting, table: packTableOf(items), totals: totalsOf(items, waiting) };
  const parts = kindsOf(clustering, groups).map((members) => partOf(clustering, members));
  while (parts.length < most) {
    const widest = widestOf(parts);
    const { members, split } = parts[widest] ?? {};
    if (members === undefined || split === undefined) break;
    const amountOf = (position: number) => amountIn(clustering.table, position, split.at);
    const low = members.filter((position) => amountOf(position) < split.from);
    const high = members.filter((position) => amountOf(position) >= split.from);
    parts.splice(widest, 1, partOf(clustering, low), partOf(clustering, high));
  }
  return parts.map(({ members }) => clusterOf(clustering, members, standing));
}

function amountIn({ starts, units }: PackTable, item: number, i: number): number {
  return units[(starts[item] ?? 0) + i] ?? 0;
}

function totalsOf(items: readonly SelectiveItem[], waiting: ArrayLike<number>): ReadonlyMap<number, number> {
  const totals = new Map<number, number>();
  items.forEach(({ need }, item) => {
    need.at.forEach((position, i) => {
      totals.set(position, (totals.get(position) ?? 0) + (need.units[i] ?? 0) * (waiting[item] ?? 0));
    });
  });
  return totals;
}

function kindsOf({ items, waiting }: Clustering, groups: readonly GroupModel[]): readonly (readonly number[])[] {
  const oneOfEach = [...new Map(groups.map((group) => [group.labels, group])).values()];
  const accepted = new Map<AlternativeId, string>();
  const byKind = new Map<string, number[]>();
  items.forEach((item, position) => {
    if (waiting[position] === 0) return;
    const where = accepted.get(item.alternative) ?? oneOfEach.map((group) => (item.accepts(group) ? "1" : "0")).join("");
    accepted.set(item.alternative, where);
    const kind = `${where}|${item.need.at.join()}|${item.mostPerNode === undefined ? "" : "apart"}`;
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, [position]);
    else known.push(position);
  });
  return [...byKind.values()];
}

function partOf(clustering: Clustering, members: readonly number[]): Part {
  const { items, waiting, totals, table } = clustering;
  const at = items[members[0] ?? 0]?.need.at ?? [];
  const mean = meanOf(clustering, members);
  let split: Split | undefined;
  for (const [i, position] of at.entries()) {
    const from = mean[i] ?? 0;
    let off = 0;
    for (const member of members) off += Math.abs(amountIn(table, member, i) - from) * (waiting[member] ?? 0);
    const spread = off / (totals.get(position) ?? 1);
    if (off > 1e-9 * from && (split === undefined || spread > split.spread)) split = { at: i, from, spread };
  }
  return { members, split };
}

function meanOf({ items, waiting, table }: Clustering, members: readonly number[]): readonly number[] {
  let count = 0;
  for (const member of members) count += waiting[member] ?? 0;
  const length = items[members[0] ?? 0]?.need.at.length ?? 0;
  return Array.from({ length }, (_, i) => {
    let sum = 0;
    for (const member of members) sum += amountIn(table, member, i) * ((waiting[member] ?? 0) / count);
    return sum;
  });
}

function widestOf(parts: readonly Part[]): number {
  let widest = -1;
  parts.forEach(({ split }, at) => {
    if (split !== undefined && split.spread > (parts[widest]?.split?.spread ?? 0)) widest = at;
  });
  return widest;
}

function clusterOf(clustering: Clustering, members: readonly number[], standing: Standing): ShapeCluster {
  const { items, waiting } = clustering;
  const first = items[members[0] ?? 0];
  const count = members.reduce((sum, member) => sum + (waiting[member] ?? 0), 0);
  const worthOf = (member: number) => items[member]?.worth ?? 0;
  const mostPerNode = members.reduce((sum, member) => sum + (items[member]?.mostPerNode ?? 0), 0);
  const units =
    standing === "mean" ? meanOf(clustering, members).map((amount) => Math.max(1, Math.round(amount))) : leastOf(clustering, members);
  const need = first === undefined ? { at: [], units } : resizedNeed(first.need, units);
  return {
    members: [...members].sort((one, other) => worthOf(other) - worthOf(one) || one - other),
    waiting: count,
    item: {
      need,
      worth: members.reduce((sum, member) => sum + worthOf(member) * ((waiting[member] ?? 0) / count), 0),
      needsAccelerator: members.some((member) => items[member]?.needsAccelerator === true),
      accepts: (group) => first?.accepts(group) === true,
      ...(first?.mostPerNode === undefined ? {} : { mostPerNode }),
    },
  };
}

function leastOf({ items }: Clustering, members: readonly number[]): readonly number[] {
  const length = items[members[0] ?? 0]?.need.at.length ?? 0;
  return Array.from({ length }, (_, i) =>
    members.reduce((least, member) => Math.min(least, items[member]?.need.units[i] ?? 0), Number.POSITIVE_INFINITY),
  );
}
