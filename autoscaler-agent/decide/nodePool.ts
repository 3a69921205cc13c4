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

interface Move {
  readonly from: NodeBatch | undefined;
  readonly to: NodeBatch;
  readonly count: number;
}

/** The nodes on which work can be placed, alike ones counted instead of listed, with a way back for work that is all or nothing. */
export class NodePool {
  private readonly byKey = new Map<string, NodeBatch>();
  private sorted: NodeBatch[] = [];
  private isSorted = true;
  private moves: Move[] = [];

  /** `reference`: the largest amount of each resource, to compare sizes by. */
  constructor(private readonly reference: Capacity) {}

  add(kind: NodeKind, count: number, ids: readonly string[] = []): NodeBatch {
    const batch = this.batchOf(kind);
    batch.count += count;
    batch.ids.push(...ids);
    this.moves.push({ from: undefined, to: batch, count });
    return batch;
  }

  /** A list of its own, in the order in which nodes are given work. */
  inOrder(): NodeBatch[] {
    if (!this.isSorted) this.sorted.sort(compareBatches);
    this.isSorted = true;
    return this.sorted.filter(({ count }) => count > 0);
  }

  /** The nodes that are exactly so. */
  batchLike(kind: NodeKind): NodeBatch | undefined {
    return this.byKey.get(keyOf(kind));
  }

  /** Gives the work to so many nodes of the batch, and says which batch they are now in. */
  give(
    batch: NodeBatch,
    count: number,
    { need, times, antiLabels = [] }: { need: Need; times: number; antiLabels?: readonly number[] },
  ): NodeBatch {
    const free = batch.free.slice();
    takeFrom(free, need, times);
    return this.move(batch, count, { ...kindOf(batch), free, used: true, antiLabels: joined(batch.antiLabels, antiLabels) });
  }

  /** Says that something is on so many nodes of the batch, which takes no room. */
  use(batch: NodeBatch, count: number): NodeBatch {
    return this.move(batch, count, { ...kindOf(batch), used: true });
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
    this.moves.length = mark;
    for (const batch of touched) {
      if (batch.count === 0 || !batch.antiLabels.some(isForgotten)) continue;
      this.move(batch, batch.count, { ...kindOf(batch), antiLabels: batch.antiLabels.filter((label) => !isForgotten(label)) });
    }
    this.moves.length = mark;
    this.dropEmpty();
  }

  private move(from: NodeBatch, count: number, kind: NodeKind): NodeBatch {
    const to = this.batchOf(kind);
    if (to === from) return from;
    from.count -= count;
    to.count += count;
    to.ids.push(...from.ids.splice(0, count));
    this.moves.push({ from, to, count });
    return to;
  }

  private batchOf(kind: NodeKind): NodeBatch {
    const key = keyOf(kind);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const made: NodeBatch = { ...kind, key, share: shareOfReference(kind.free, this.reference), count: 0, ids: [] };
    this.byKey.set(key, made);
    this.sorted.push(made);
    this.isSorted = false;
    return made;
  }

  private dropEmpty(): void {
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

function compareNumbers(some: ArrayLike<number>, others: ArrayLike<number>): number {
  for (let i = 0; i < Math.max(some.length, others.length); i += 1) {
    const difference = (some[i] ?? -1) - (others[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
