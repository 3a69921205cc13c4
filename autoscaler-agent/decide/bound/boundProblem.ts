/** Nodes of one kind on which pieces of work may be. */
export interface BoundSource {
  /** What each node costs, in USD per hour, as many as one likes; undefined: the one node there is, which is paid. */
  readonly priceUsd: number | undefined;
  /** For each item, how many pieces a node holds when it holds nothing else; 0: none may be there. */
  readonly fits: Float64Array;
  /** For each item and resource, the part of the node that one piece takes: `shares[item * resources + resource]`. */
  readonly shares: Float64Array;
}

/** Work to be held by nodes of some kinds. Every item fits on a node that can be bought at a price above 0. */
export interface BoundProblem {
  /** Pieces of each item, above 0. */
  readonly counts: Float64Array;
  readonly sources: readonly BoundSource[];
  /** How many different ones there are. */
  readonly resources: number;
}

/** What the parts of a node are worth, in USD per hour. */
export interface NodePrices {
  /** The whole of each resource. */
  readonly resources: Float64Array;
  /** For each item, the room for as many pieces as the node holds of it alone. Items may share a room. */
  readonly rooms: Float64Array;
  /** All rooms, each counted once. */
  readonly roomsUsd: number;
}

/** Prices at which no node is worth more than it costs. */
export interface WorkPrices {
  /** No choice of nodes for all the work costs less, in USD per hour. */
  readonly boundUsd: number;
  /** For each item, what a piece is worth, in USD per hour. */
  readonly worths: Float64Array;
}
