import type { DecisionRequest } from "../../../contract/decision";
import type { Host, Plan } from "../plan";
import { allowsAll, copyOf, fits, hostOf, type Item, OutOfTime, placeFirstFit, readPackingCase } from "./work";

/** A node that is being planned: any of some types, until the cheapest of them is taken at the end. */
interface OpenNode {
  types: readonly number[];
  used: readonly number[];
  pods: number;
  readonly contents: Map<Item, number>;
}

/**
 * As Karpenter does: the largest work first, by CPU and then memory; each piece on the planned node with the fewest pieces that can still hold it as
 * some type, else on a new one; each node becomes the cheapest type that holds all that is on it.
 *
 * @throws OutOfTime
 */
export function karpenterLike(request: DecisionRequest, { isLate }: { isLate: () => boolean }): Plan {
  const { resources, offers, items, standing } = readPackingCase(request);
  const [cpu, memory] = [resources.indexOf("CPU"), resources.indexOf("memory")];
  const bins = standing.map(copyOf);
  const sorted = [...items].sort(
    (one, other) => (other.need[cpu] ?? 0) - (one.need[cpu] ?? 0) || (other.need[memory] ?? 0) - (one.need[memory] ?? 0),
  );
  const capacities = offers.map(({ capacity }) => capacity);
  const byPrice = [...offers.keys()].sort((one, other) => (offers[one]?.priceUsd ?? 0) - (offers[other]?.priceUsd ?? 0));
  const open: OpenNode[] = [];
  for (const item of sorted) {
    const waiting = placeFirstFit(bins, item, { accepts: ({ labels }) => allowsAll(labels, item.selectorLists) });
    const fitting = byPrice.filter((type) => item.fitsGroup[type] === true && (offers[type]?.most ?? 0) > 0);
    if (fitting.length > 0) placeOnOpen(open, { ...item, count: waiting }, { item, fitting, capacities, isLate });
  }
  const planned = open.map(({ types, contents }): Host => {
    const groupName = offers[types[0] ?? 0]?.groupName ?? "";
    return { groupName, count: 1, contents: [...contents].map(([{ piece }, times]) => ({ ...piece, times })) };
  });
  return { hosts: [...bins.filter(({ contents }) => contents.size > 0).map(hostOf), ...planned] };
}

interface Placing {
  readonly item: Item;
  readonly fitting: readonly number[];
  readonly capacities: readonly (readonly number[])[];
  readonly isLate: () => boolean;
}

function placeOnOpen(open: OpenNode[], { count }: Item, { item, fitting, capacities, isLate }: Placing): void {
  const queue = new FewestFirst(open);
  for (let left = count; left > 0; left -= 1) {
    if (isLate()) throw new OutOfTime();
    let placed: OpenNode | undefined;
    for (let node = queue.pop(); node !== undefined && placed === undefined; node = placed === undefined ? queue.pop() : undefined) {
      if (add(node, { item, capacities })) placed = node;
    }
    if (placed === undefined) {
      placed = { types: fitting, used: item.need, pods: 1, contents: new Map([[item, 1]]) };
      open.push(placed);
    }
    if (!item.apart) queue.push(placed);
  }
}

function add(node: OpenNode, { item, capacities }: Pick<Placing, "item" | "capacities">): boolean {
  const used = node.used.map((amount, i) => amount + (item.need[i] ?? 0));
  const types = node.types.filter((type) => item.fitsGroup[type] === true && fits(capacities[type] ?? [], used));
  if (types.length === 0) return false;
  node.types = types;
  node.used = used;
  node.pods += 1;
  node.contents.set(item, (node.contents.get(item) ?? 0) + 1);
  return true;
}

/** The planned nodes, those with the fewest pieces first; a binary heap. */
class FewestFirst {
  private readonly heap: OpenNode[];

  constructor(nodes: readonly OpenNode[]) {
    this.heap = [...nodes].sort((one, other) => one.pods - other.pods);
  }

  pop(): OpenNode | undefined {
    const [first] = this.heap;
    const last = this.heap.pop();
    if (first === undefined || last === undefined || this.heap.length === 0) return first;
    this.heap[0] = last;
    this.sink(0);
    return first;
  }

  push(node: OpenNode): void {
    this.heap.push(node);
    for (let at = this.heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (this.podsAt(parent) <= this.podsAt(at)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(from: number): void {
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = this.podsAt(right) < this.podsAt(left) ? right : left;
      if (this.podsAt(least) >= this.podsAt(at)) return;
      this.swap(at, least);
      at = least;
    }
  }

  private podsAt(at: number): number {
    return this.heap[at]?.pods ?? Number.POSITIVE_INFINITY;
  }

  private swap(one: number, other: number): void {
    const [first, second] = [this.heap[one], this.heap[other]];
    if (first === undefined || second === undefined) return;
    this.heap[one] = second;
    this.heap[other] = first;
  }
}
