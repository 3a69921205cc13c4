import type { BoundProblem, BoundSource } from "./boundProblem";
import { addTo } from "./vectors";

/** The state of one source. Each pair of `pieces`/`excess`, `left`/`price` and `roomLeft`/`roomPrice` has a product that goes to 0. */
export interface SourceState {
  readonly source: BoundSource;
  /** Nodes, as a fraction; 1 for the node that is there. */
  nodes: number;
  /** Of each item. */
  readonly pieces: Float64Array;
  /** What the source asks for a piece beyond what it is worth. */
  readonly excess: Float64Array;
  /** What is left of each resource, in nodes. */
  readonly left: Float64Array;
  readonly price: Float64Array;
  /** What is left of the room for each item, in nodes, where that room is short before any resource is; else 0. */
  readonly roomLeft: Float64Array;
  readonly roomPrice: Float64Array;
}

/** A start inside of everything: no node is full, and every node asks more for work than it is worth. */
export function startingStates({ counts, sources, resources }: BoundProblem): SourceState[] {
  const priced = Float64Array.from(
    counts,
    (_, item) => sources.filter(({ priceUsd, fits }) => priceUsd !== undefined && (fits[item] ?? 0) > 0).length,
  );
  // A little of each item on the nodes that are there, so that they are far from full; the rest in equal parts on what can be bought.
  const rest = counts.slice();
  const some = sources.map((source) => (source.priceUsd === undefined ? littleOf(source, counts, sources.length) : undefined));
  for (const pieces of some) if (pieces !== undefined) addTo(rest, pieces, -1);
  const states = sources.map((source, i) => {
    const pieces = some[i] ?? rest.map((count, item) => ((source.fits[item] ?? 0) > 0 ? count / (priced[item] ?? 1) : 0));
    return startingState(source, { pieces, resources });
  });
  const scale = states.reduce((most, state) => Math.max(most, state.source.priceUsd ?? 0), 0);
  for (const state of states) shareOut(state, state.source.priceUsd ?? scale);
  return states;
}

function littleOf({ fits }: BoundSource, counts: Float64Array, sources: number): Float64Array {
  return counts.map((count, item) => Math.min((0.5 * count) / sources, (0.5 * (fits[item] ?? 0)) / counts.length));
}

function startingState(source: BoundSource, { pieces, resources }: { pieces: Float64Array; resources: number }): SourceState {
  const items = pieces.length;
  const load = new Float64Array(resources);
  const roomLoad = new Float64Array(items);
  let most = 0;
  for (let item = 0; item < items; item += 1) {
    const [count, fit] = [pieces[item] ?? 0, source.fits[item] ?? 0];
    if (fit === 0) continue;
    for (let i = 0; i < resources; i += 1) load[i] = (load[i] ?? 0) + count * (source.shares[item * resources + i] ?? 0);
    roomLoad[item] = count / fit;
    most = Math.max(most, count / fit);
  }
  most = load.reduce((sofar, amount) => Math.max(sofar, amount), most);
  const nodes = source.priceUsd === undefined ? 1 : 1.5 * most + 1e-9;
  return {
    source,
    nodes,
    pieces,
    excess: new Float64Array(items),
    left: load.map((amount) => nodes - amount),
    price: new Float64Array(resources),
    roomLeft: roomLoad.map((amount, item) => (isRoomShort(source, item, resources) ? nodes - amount : 0)),
    roomPrice: new Float64Array(items),
  };
}

/** True when whole pieces fill the node before any of its resources is used up. */
function isRoomShort({ fits, shares }: BoundSource, item: number, resources: number): boolean {
  const fit = fits[item] ?? 0;
  let most = 0;
  for (let i = 0; i < resources; i += 1) most = Math.max(most, shares[item * resources + i] ?? 0);
  return fit > 0 && 1 / fit > most * (1 + 1e-9);
}

/** Shares the price out, half of it among the resources and half among the rooms, if there are any. */
function shareOut({ price, roomLeft, roomPrice }: SourceState, usd: number): void {
  const rooms = roomLeft.reduce((sum, left) => sum + (left > 0 ? 1 : 0), 0);
  price.fill((rooms > 0 ? 0.5 : 1) * (usd / price.length));
  for (let item = 0; item < roomLeft.length; item += 1) if ((roomLeft[item] ?? 0) > 0) roomPrice[item] = (0.5 * usd) / rooms;
}

/** Worths to start with: half of the least that is asked. Writes the excess of each source. */
export function startingWorths({ counts, resources }: BoundProblem, states: readonly SourceState[]): Float64Array {
  const worths = new Float64Array(counts.length).fill(Number.POSITIVE_INFINITY);
  for (const { source, price, roomPrice, excess } of states) {
    for (let item = 0; item < counts.length; item += 1) {
      const fit = source.fits[item] ?? 0;
      if (fit === 0) continue;
      let asked = (roomPrice[item] ?? 0) / fit;
      for (let i = 0; i < resources; i += 1) asked += (price[i] ?? 0) * (source.shares[item * resources + i] ?? 0);
      excess[item] = asked;
      worths[item] = Math.min(worths[item] ?? 0, 0.5 * asked);
    }
  }
  for (const { source, excess } of states) {
    for (let item = 0; item < counts.length; item += 1) {
      if ((source.fits[item] ?? 0) > 0) excess[item] = (excess[item] ?? 0) - (worths[item] ?? 0);
    }
  }
  return worths;
}
