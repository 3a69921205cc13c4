/** Work on one node: pieces of a demand, or parts of a gang. */
export type PlacedPiece =
  /** `index`: position in `demands` of the request. */
  | { readonly kind: "demand"; readonly index: number; readonly times: number }
  /** `index`: position in `gangs`; `shape`: a bundle, or the sum of the bundles that share a node. */
  | { readonly kind: "gang"; readonly index: number; readonly shape: Readonly<Record<string, number>>; readonly times: number };

/** One node of the request, or so many new nodes of a group, each with the same work on it. */
export interface Host {
  /** A node of the request; absent: new nodes. */
  readonly nodeId?: string;
  readonly groupName: string;
  readonly count: number;
  readonly contents: readonly PlacedPiece[];
}

/** What a contestant answers: every new node, and every node that it gives work. */
export interface Plan {
  readonly hosts: readonly Host[];
}

/** What the measuring of one contestant on one request gave. */
export interface Measured {
  /** Processor time of each run: other work on the machine does not count. */
  readonly milliseconds: readonly number[];
  /** The most memory that the process held, Node or Python included. */
  readonly peakMiB: number;
  readonly plan: Plan;
  /** Its own bound, where it has one. */
  readonly lowerBoundPerHourUsd?: number;
}
