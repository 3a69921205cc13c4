import type { GroupModel } from "./problem";
import { type Capacity, compareText, type Need, takeFrom } from "./resources";
import type { LabelClass } from "./selectors";

/** The order in which nodes are given work: those that are there anyway first, those that do not exist yet last. */
export const nodeRank = { head: 0, staying: 1, endable: 2, starting: 3, later: 4 } as const;
export type NodeRank = (typeof nodeRank)[keyof typeof nodeRank];

/** What nodes of one kind have in common. */
export interface NodeKind {
  readonly rank: NodeRank;
  readonly group: GroupModel | undefined;
  readonly accelerator: boolean;
  readonly labels: LabelClass;
  readonly antiLabels: readonly number[];
  readonly free: Capacity;
  /** True when some work of this decision is on them. */
  readonly used: boolean;
}

/** So many nodes that are alike in every respect that matters. */
export interface NodeBatch extends NodeKind {
  readonly key: string;
  readonly share: number;
  count: number;
  /** Only of nodes that could be ended; the first are given work first. */
  readonly ids: string[];
}

/** One kind of work that is put on each of some nodes. */
export interface PlacedWork {
  /** The very object that was to be placed: a line of demand, a part of a gang. */
  readonly work: object;
  readonly times: number;
}

/** So many nodes that were added (`from` is undefined) or that became nodes of another batch, and the work that made them so. */
export interface PoolMove {
  readonly from: NodeBatch | undefined;
  readonly to: NodeBatch;
  readonly count: number;
  readonly contents: readonly PlacedWork[];
}

interface Gift {
  readonly need: Need;
  readonly times: number;
  readonly antiLabels?: readonly number[];
  readonly contents?: readonly PlacedWork[];
}

const nothing: readonly PlacedWork[] = [];

/** More new batches than this are sorted together with the others. */
const mostPutIn = 16;

/** The nodes on which work can be placed, alike ones counted instead of listed, with a way back for work that is all or nothing. */
export class NodePool {
  private readonly byKey = new Map<string, NodeBatch>();
  private sorted: NodeBatch[] = [];
  private unsorted: NodeBatch[] = [];
  private readonly moves: PoolMove[] = [];

  /** `reference`: the largest amount of each resource, to compare sizes by. */
  constructor(private readonly reference: Capacity) {}

  add(kind: NodeKind, count: number, ids: readonly string[] = []): NodeBatch {
    const batch = this.batchOf(kind);
    batch.count += count;
    batch.ids.push(...ids);
    this.moves.push({ from: undefined, to: batch, count, contents: nothing });
    return batch;
  }

  /** A list of its own, in the order in which nodes are given work. */
  inOrder(): NodeBatch[] {
    this.sortIn();
    return this.sorted.filter(({ count }) => count > 0);
  }

  /** The nodes that are exactly so. */
  batchLike(kind: NodeKind): NodeBatch | undefined {
    return this.byKey.get(keyOf(kind));
  }

  /** Gives the work to so many nodes of the batch, and says which batch they are now in. */
  give(batch: NodeBatch, count: number, { need, times, antiLabels = [], contents = nothing }: Gift): NodeBatch {
    const free = batch.free.slice();
    takeFrom(free, need, times);
    const kind = { ...kindOf(batch), free, used: true, antiLabels: joined(batch.antiLabels, antiLabels) };
    return this.move({ from: batch, count, contents }, kind);
  }

  /** Says that something is on so many nodes of the batch, which takes no room. */
  use(batch: NodeBatch, count: number): NodeBatch {
    return this.move({ from: batch, count, contents: nothing }, { ...kindOf(batch), used: true });
  }

  /** For `rollBack`. */
  mark(): number {
    return this.moves.length;
  }

  rollBack(mark: number): void {
    while (this.moves.length > mark) {
      const last = this.moves.pop();
      if (last === undefined) return;
      last.to.count -= last.count;
      last.from?.ids.unshift(...takeLast(last.to.ids, last.count));
      if (last.from !== undefined) last.from.count += last.count;
    }
  }

  /** Settles what was placed. Anti-affinity labels that no other work avoids are forgotten, so that nodes become alike again. */
  commit(mark: number, isForgotten: (antiLabel: number) => boolean): void {
    const touched = new Set(this.moves.slice(mark).map(({ to }) => to));
    for (const batch of touched) {
      if (batch.count === 0 || !batch.antiLabels.some(isForgotten)) continue;
      const antiLabels = batch.antiLabels.filter((label) => !isForgotten(label));
      this.move({ from: batch, count: batch.count, contents: nothing }, { ...kindOf(batch), antiLabels });
    }
    this.dropEmpty();
  }

  /** All that happened and was not taken back, in its order: who follows it knows what is on every node. */
  journal(): readonly PoolMove[] {
    return this.moves;
  }

  private move({ from, count, contents }: { from: NodeBatch; count: number; contents: readonly PlacedWork[] }, kind: NodeKind): NodeBatch {
    const to = this.batchOf(kind);
    if (to === from) return from;
    from.count -= count;
    to.count += count;
    to.ids.push(...from.ids.splice(0, count));
    this.moves.push({ from, to, count, contents });
    return to;
  }

  private batchOf(kind: NodeKind): NodeBatch {
    const key = keyOf(kind);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const made: NodeBatch = { ...kind, key, share: shareOfReference(kind.free, this.reference), count: 0, ids: [] };
    this.byKey.set(key, made);
    this.unsorted.push(made);
    return made;
  }

  /** A few new ones are put where they belong; sorting all again for each gang would take longer than placing it. */
  private sortIn(): void {
    if (this.unsorted.length > mostPutIn) {
      this.sorted = [...this.sorted, ...this.unsorted].sort(compareBatches);
    } else {
      for (const batch of this.unsorted) this.sorted.splice(placeIn(this.sorted, batch), 0, batch);
    }
    this.unsorted = [];
  }

  private dropEmpty(): void {
    this.sortIn();
    const live = this.sorted.filter(({ count }) => count > 0);
    if (live.length * 2 > this.sorted.length) return;
    for (const { count, key } of this.sorted) if (count === 0) this.byKey.delete(key);
    this.sorted = live;
  }
}

function kindOf({ rank, group, accelerator, labels, antiLabels, free, used }: NodeBatch): NodeKind {
  return { rank, group, accelerator, labels, antiLabels, free, used };
}

function joined(some: readonly number[], more: readonly number[]): readonly number[] {
  return more.length === 0 ? some : [...new Set([...some, ...more])].sort((a, b) => a - b);
}

function takeLast(ids: string[], count: number): string[] {
  return ids.length === 0 ? [] : ids.splice(Math.max(0, ids.length - count), count);
}

function keyOf({ rank, group, accelerator, labels, antiLabels, free, used }: NodeKind): string {
  const flags = `${rank}${accelerator ? "a" : ""}${used ? "u" : ""}`;
  return `${flags}|${group?.position ?? ""}|${labels.id}|${antiLabels.join()}|${free.join()}`;
}

function shareOfReference(free: Capacity, reference: Capacity): number {
  let share = 0;
  for (let i = 0; i < free.length; i += 1) if ((reference[i] ?? 0) > 0) share += (free[i] ?? 0) / (reference[i] ?? 1);
  return share;
}

/** Nodes with accelerators are left for the work that needs them; then the fullest first, so that large gaps remain. The rest makes the order certain. */
function compareBatches(one: NodeBatch, other: NodeBatch): number {
  return (
    one.rank - other.rank ||
    Number(one.accelerator) - Number(other.accelerator) ||
    one.share - other.share ||
    (one.group?.position ?? -1) - (other.group?.position ?? -1) ||
    Number(other.used) - Number(one.used) ||
    compareNumbers(one.free, other.free) ||
    compareNumbers(one.antiLabels, other.antiLabels) ||
    compareText(one.labels.key, other.labels.key)
  );
}

/** Behind all that come before it or are equal. */
function placeIn(sorted: readonly NodeBatch[], batch: NodeBatch): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = sorted[middle];
    if (other !== undefined && compareBatches(other, batch) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareNumbers(some: ArrayLike<number>, others: ArrayLike<number>): number {
  for (let i = 0; i < Math.max(some.length, others.length); i += 1) {
    const difference = (some[i] ?? -1) - (others[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
