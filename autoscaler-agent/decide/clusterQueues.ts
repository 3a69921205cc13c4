import type { ShapeCluster } from "./shapeClusters";

interface Queue {
  readonly members: readonly number[];
  /** All before it, and all behind `last`, have run out. */
  first: number;
  last: number;
}

/** What still waits of each cluster, largest first; nothing is looked at twice once it has run out at either end. */
export class ClusterQueues {
  private readonly queues: readonly Queue[];
  /** Where each item stands. */
  private readonly placeOf = new Map<number, { readonly members: readonly number[]; readonly at: number }>();

  /** `waiting`: how many pieces there are of each item; it may go down from outside, never up. */
  constructor(
    clusters: readonly ShapeCluster[],
    private readonly waiting: Float64Array,
  ) {
    this.queues = clusters.map(({ members }) => ({ members, first: 0, last: members.length - 1 }));
    for (const { members } of clusters) for (const [at, item] of members.entries()) this.placeOf.set(item, { members, at });
  }

  /** The largest items, as many as it takes for so many pieces. */
  largest(cluster: number, pieces: number): number[] {
    const queue = this.trimmed(cluster);
    const found: number[] = [];
    let count = 0;
    for (let at = queue.first; at <= queue.last && count < pieces; at += 1) {
      const item = queue.members[at] ?? 0;
      const waiting = this.waiting[item] ?? 0;
      if (waiting > 0) found.push(item);
      count += waiting;
    }
    return found;
  }

  /** The smallest item, if any is left. */
  smallest(cluster: number): number[] {
    const { members, first, last } = this.trimmed(cluster);
    return first <= last ? [members[last] ?? 0] : [];
  }

  /** The items behind this one in its cluster that still wait. */
  *nextLike(item: number): Iterable<number> {
    const { members, at } = this.placeOf.get(item) ?? { members: [], at: 0 };
    for (let next = at + 1; next < members.length; next += 1) {
      const other = members[next] ?? 0;
      if ((this.waiting[other] ?? 0) > 0) yield other;
    }
  }

  private trimmed(cluster: number): Queue {
    const queue = this.queues[cluster] ?? { members: [], first: 0, last: -1 };
    while (queue.first <= queue.last && this.waiting[queue.members[queue.first] ?? 0] === 0) queue.first += 1;
    while (queue.last >= queue.first && this.waiting[queue.members[queue.last] ?? 0] === 0) queue.last -= 1;
    return queue;
  }
}
