import type { WorkKind } from "./backlog";
import type { Chance } from "./chance";
import type { FleetNode } from "./fleet";
import { type ResourceSpace, timesFitting } from "./resourceSpace";

/** Which of the nodes that have room gets a task: as Ray does it, or always the fullest use of few nodes. */
export type PlacementRule = "hybrid" | "pack";

/** Ray's `scheduler_spread_threshold`: nodes that are used less are all equally good. */
const spreadThreshold = 0.5;

/** Ray's `scheduler_top_k_fraction`: a task goes to one of so many of all nodes, by chance. */
const topShare = 0.2;

/** Tasks that come together are placed in so many portions for each node that chance may pick: near enough to one by one. */
const portionsPerNode = 4;

interface Candidate {
  readonly node: FleetNode;
  score: number;
}

/** Says that so many tasks go to the node. */
type Give = (node: FleetNode, count: number) => void;

/**
 * Ray's default ("hybrid") choice of a node: by the larger of the shares of CPU and memory in use, where everything under a half counts as none; of the lowest
 * fifth one by chance, ties in an order that has nothing to do with age.
 */
export class HybridOrder {
  private readonly critical: readonly number[];
  private readonly ranks = new Map<FleetNode, number>();

  constructor(
    space: ResourceSpace,
    private readonly chance: Chance,
  ) {
    this.critical = ["CPU", "memory"].flatMap((name) => space.positionOf(name) ?? []);
  }

  /** Gives away as many of `left` tasks as the nodes have room for. @param all nodes there are, with room or without. @returns what is left */
  place(kind: WorkKind, nodes: readonly FleetNode[], { left, all, give }: { left: number; all: number; give: Give }): number {
    const open = nodes
      .filter((node) => timesFitting(node.free, kind.wanted) > 0)
      .map((node): Candidate => ({ node, score: this.scoreOf(node) }))
      .sort((one, other) => this.compare(one, other));
    const top = Math.max(1, Math.floor(all * topShare));
    let remaining = left;
    while (remaining > 0 && open.length > 0) {
      const candidates = Math.min(top, open.length);
      const [picked] = open.splice(Math.floor(this.chance() * candidates), 1);
      if (picked === undefined) break;
      const { node } = picked;
      const portion = Math.max(1, Math.floor(remaining / (candidates * portionsPerNode)));
      const count = Math.min(remaining, portion, timesFitting(node.free, kind.wanted));
      give(node, count);
      remaining -= count;
      if (timesFitting(node.free, kind.wanted) > 0) this.putBack(open, { node, score: this.scoreOf(node) });
    }
    return remaining;
  }

  private putBack(open: Candidate[], one: Candidate): void {
    let [low, high] = [0, open.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = open[middle];
      if (other !== undefined && this.compare(other, one) < 0) low = middle + 1;
      else high = middle;
    }
    open.splice(low, 0, one);
  }

  private scoreOf({ group, free }: FleetNode): number {
    const used = this.critical.reduce((most, position) => {
      const capacity = group.capacity[position] ?? 0;
      return capacity === 0 ? most : Math.max(most, 1 - (free[position] ?? 0) / capacity);
    }, 0);
    return used < spreadThreshold ? 0 : used;
  }

  private compare(one: Candidate, other: Candidate): number {
    return one.score - other.score || this.rankOf(one.node) - this.rankOf(other.node);
  }

  /** Ray's node ids are random. */
  private rankOf(node: FleetNode): number {
    const known = this.ranks.get(node);
    if (known !== undefined) return known;
    const rank = this.chance();
    this.ranks.set(node, rank);
    return rank;
  }
}
