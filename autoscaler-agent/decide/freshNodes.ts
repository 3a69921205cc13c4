import { newNodeKind } from "./market";
import type { NodeBatch, NodePool } from "./nodePool";
import type { GroupModel } from "./problem";
import type { Shop } from "./purchase";

/** The empty nodes that start, as a shop in which everything is paid: they are given work by the same rule by which new nodes are chosen. */
export class FreshNodes implements Shop {
  private readonly batches = new Map<GroupModel, NodeBatch>();
  private taken = new Map<GroupModel, number>();

  constructor(groups: readonly GroupModel[], pool: NodePool) {
    for (const group of groups) {
      const batch = pool.batchLike(newNodeKind(group));
      if (batch !== undefined) this.batches.set(group, batch);
    }
  }

  has(batch: NodeBatch): boolean {
    return batch.group !== undefined && this.batches.get(batch.group) === batch;
  }

  batchOf(group: GroupModel): NodeBatch | undefined {
    return this.batches.get(group);
  }

  roomOf(group: GroupModel): number {
    return (this.batches.get(group)?.count ?? 0) - (this.taken.get(group) ?? 0);
  }

  isClusterFull(): boolean {
    return false;
  }

  buyAtOnce(group: GroupModel, count: number): void {
    this.taken.set(group, (this.taken.get(group) ?? 0) + count);
  }

  save(): () => void {
    const saved = new Map(this.taken);
    return () => {
      this.taken = new Map(saved);
    };
  }
}
