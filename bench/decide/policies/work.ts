import type { DecisionRequest, Demand } from "../../../contract/decision";
import type { Host, PlacedPiece } from "../plan";

/** Work as the plain policies see it: so many pieces of one size. */
export interface Item {
  readonly piece: Omit<Extract<PlacedPiece, { kind: "demand" }>, "times"> | Omit<Extract<PlacedPiece, { kind: "gang" }>, "times">;
  readonly need: readonly number[];
  readonly count: number;
  /** For each group, whether its labels and its size suffice. */
  readonly fitsGroup: readonly boolean[];
  readonly selectorLists: readonly NonNullable<Demand["selectors"]>[];
  /** True: each piece on a node of its own, as far as this item goes. */
  readonly apart: boolean;
}

/** A node size that can be bought. */
export interface Offer {
  readonly groupName: string;
  readonly capacity: readonly number[];
  readonly priceUsd: number;
  readonly most: number;
}

/** Nodes with the same work on them. */
export interface Bin {
  readonly nodeId?: string;
  readonly groupName: string;
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  readonly free: number[];
  readonly contents: Map<Item, number>;
}

/** The request in a form that is quick to pack. */
export interface PackingCase {
  readonly resources: readonly string[];
  readonly offers: readonly Offer[];
  readonly items: readonly Item[];
  /** Nodes that run and have something free. */
  readonly standing: readonly Bin[];
}

/** The plain policies are given this long. */
export class OutOfTime extends Error {}

/** Reads the request; gangs become one item for what shares a node and one for what must be apart. */
export function readPackingCase(request: DecisionRequest): PackingCase {
  const shapes = [...request.demands, ...request.gangs.flatMap(({ bundles }) => bundles)].map(({ shape }) => shape);
  const resources = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))].sort();
  const amounts = (shape: Readonly<Record<string, number>>) =>
    resources.map((name) => Math.round((shape[name] ?? 0) * (name === "memory" ? 1 : 10_000)));
  const offers = request.groups.map(({ groupName, resources: offered, pricePerHourUsd = 0, maxReplicas, unavailable }): Offer => {
    const running = request.nodes.filter((node) => node.groupName === groupName && node.head !== true).length;
    return {
      groupName,
      capacity: amounts(offered),
      priceUsd: pricePerHourUsd,
      most: unavailable === true ? 0 : Math.max(0, maxReplicas - running),
    };
  });
  const labelsOf = (groupName: string) => ({
    "ray.io/node-group": groupName,
    ...request.groups.find((group) => group.groupName === groupName)?.labels,
  });
  const groupLabels = offers.map(({ groupName }) => labelsOf(groupName));
  const finish = (item: Omit<Item, "fitsGroup">): Item => ({
    ...item,
    fitsGroup: offers.map(({ capacity }, i) => fits(capacity, item.need) && allowsAll(groupLabels[i] ?? {}, item.selectorLists)),
  });
  const singles = request.demands.map(({ shape, count, selectors }, index) =>
    finish({ piece: { kind: "demand", index }, need: amounts(shape), count, selectorLists: [selectors ?? []], apart: false }),
  );
  const gangs = request.gangs.flatMap(({ bundles }, index) =>
    bundles.map(({ shape, count = 1, selectors, affinity, antiAffinity }) => {
      const sum =
        affinity === undefined ? shape : Object.fromEntries(Object.entries(shape).map(([name, amount]) => [name, amount * count]));
      return finish({
        piece: { kind: "gang", index, shape: sum },
        need: amounts(sum),
        count: affinity === undefined ? count : 1,
        selectorLists: [selectors ?? []],
        apart: antiAffinity !== undefined,
      });
    }),
  );
  const standing = request.nodes.map(
    (node): Bin => ({
      nodeId: node.id,
      groupName: node.groupName,
      labels: { ...labelsOf(node.groupName), ...node.labels },
      count: 1,
      free: amounts(node.available ?? node.total ?? {}),
      contents: new Map(),
    }),
  );
  return { resources, offers, items: [...gangs, ...singles], standing };
}

export function fits(free: readonly number[], need: readonly number[]): boolean {
  for (let i = 0; i < need.length; i += 1) if ((need[i] ?? 0) > (free[i] ?? 0)) return false;
  return true;
}

/** How often the need fits. */
export function timesFitting(free: readonly number[], need: readonly number[]): number {
  let times = Number.POSITIVE_INFINITY;
  for (let i = 0; i < need.length; i += 1) {
    const needed = need[i] ?? 0;
    if (needed > 0) times = Math.min(times, Math.floor((free[i] ?? 0) / needed));
  }
  return times;
}

/** True when nodes with these labels satisfy an alternative of each list. */
export function allowsAll(labels: Readonly<Record<string, string>>, lists: Item["selectorLists"]): boolean {
  return lists.every(
    (alternatives) =>
      alternatives.length === 0 ||
      alternatives.some((rules) =>
        rules.every(({ key, operator, values }) => {
          const value = labels[key];
          const isIn = value !== undefined && values.includes(value);
          return operator === "In" ? isIn : !isIn;
        }),
      ),
  );
}

/** First fit: fills bins in their order, nodes that are alike at once. Returns how many pieces are left. */
export function placeFirstFit(bins: Bin[], item: Item, { accepts }: { accepts: (bin: Bin) => boolean }): number {
  let left = item.count;
  for (let at = 0; at < bins.length && left > 0; at += 1) {
    const bin = bins[at];
    if (bin === undefined || !accepts(bin)) continue;
    const most = item.apart ? Math.min(1, timesFitting(bin.free, item.need)) : timesFitting(bin.free, item.need);
    if (most < 1) continue;
    const whole = Math.min(bin.count, Math.floor(left / most));
    const filled = whole > 0 ? { nodes: whole, times: most } : { nodes: 1, times: Math.min(left, most) };
    if (filled.nodes < bin.count) bins.splice(at + 1, 0, { ...copyOf(bin), count: bin.count - filled.nodes });
    bin.count = filled.nodes;
    putOn(bin, item, filled.times);
    left -= filled.nodes * filled.times;
  }
  return left;
}

export function copyOf(bin: Bin): Bin {
  return { ...bin, free: [...bin.free], contents: new Map(bin.contents) };
}

export function putOn(bin: Bin, item: Item, times: number): void {
  item.need.forEach((needed, i) => {
    bin.free[i] = (bin.free[i] ?? 0) - needed * times;
  });
  bin.contents.set(item, (bin.contents.get(item) ?? 0) + times);
}

export function hostOf({ nodeId, groupName, count, contents }: Bin): Host {
  const host = { groupName, count, contents: [...contents].map(([{ piece }, times]): PlacedPiece => ({ ...piece, times })) };
  return nodeId === undefined ? host : { nodeId, ...host };
}
