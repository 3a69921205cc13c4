import type { DecisionReasonCode, Demand } from "../../contract/decision";
import type { Rooms } from "./limits";
import { type NodeBatch, type NodeKind, type NodePool, type NodeRank, nodeRank } from "./nodePool";
import type { GroupModel } from "./problem";

export type PurchaseCode = Extract<
  DecisionReasonCode,
  "min-replicas" | "pending-demand" | "pending-gang" | "requested-resources" | "empty-shape"
>;

/** So many pieces of one shape on a node, and what they are bought for if not for what the market buys for. */
export interface Contents {
  readonly shape: Demand["shape"];
  readonly times: number;
  readonly purpose?: PurchaseCode;
}

/** Nodes bought at once, and what each of them was bought for. */
export interface Bought {
  readonly group: GroupModel;
  readonly code: PurchaseCode;
  readonly now: number;
  readonly later: number;
  readonly contents: readonly Contents[];
}

/** Where new nodes are bought within the limits, for one purpose; the book is kept for all purposes. */
export class Market {
  constructor(
    readonly rooms: Rooms,
    private readonly book: Bought[],
    private readonly code: PurchaseCode,
  ) {}

  buy(group: GroupModel, count: number, contents: Bought["contents"]): { now: number; later: number } {
    const { now, later } = this.rooms.buy(group, count);
    const isForNothing = contents.length > 0 && contents.every(({ shape }) => Object.values(shape).every((amount) => amount === 0));
    if (isForNothing) {
      this.book.push({ group, code: "empty-shape", now, later, contents });
      return { now, later };
    }
    const codes = new Set(contents.map(({ purpose }) => purpose ?? this.code));
    for (const code of codes.size === 0 ? [this.code] : codes) {
      this.book.push({ group, code, now, later, contents: contents.filter(({ purpose }) => (purpose ?? this.code) === code) });
    }
    return { now, later };
  }

  /** Buys nodes that no rate holds back. */
  buyAtOnce(group: GroupModel, count: number): void {
    this.rooms.buyAtOnce(group, count);
    this.book.push({ group, code: this.code, now: count, later: 0, contents: [] });
  }

  /** Adds empty new nodes of the group. */
  addTo(pool: NodePool, group: GroupModel, { rank, count }: { rank: NodeRank; count: number }): NodeBatch {
    return addNewNodes(pool, group, { rank, count });
  }

  /** The group with room of which a node costs least; then without accelerators, by priority, by name. */
  cheapest(groups: readonly GroupModel[]): GroupModel | undefined {
    return groups.filter((group) => this.rooms.roomOf(group) > 0).sort(cheapestFirst)[0];
  }

  /** Returns what undoes everything from here on. */
  save(): () => void {
    const restoreRooms = this.rooms.save();
    const booked = this.book.length;
    return () => {
      restoreRooms();
      this.book.length = booked;
    };
  }
}

/** Adds empty new nodes of the group; those that exist from now on as starting ones, so that the next decision sees what this one saw. */
export function addNewNodes(pool: NodePool, group: GroupModel, { rank, count }: { rank: NodeRank; count: number }): NodeBatch {
  return pool.add({ ...newNodeKind(group), rank }, count);
}

/** A node of the group that starts and is empty. */
export function newNodeKind(group: GroupModel): NodeKind {
  const { accelerator, labels, antiLabels, capacity } = group;
  return { rank: nodeRank.starting, group, accelerator, labels, antiLabels, free: capacity, used: false };
}

/** Compares groups by what one node costs. */
export function cheapestFirst(one: GroupModel, other: GroupModel): number {
  return (
    one.comparedPriceUsd - other.comparedPriceUsd ||
    Number(one.accelerator) - Number(other.accelerator) ||
    other.priority - one.priority ||
    one.position - other.position
  );
}
