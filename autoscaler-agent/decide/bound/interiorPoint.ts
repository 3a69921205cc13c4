import type { BoundProblem, NodePrices } from "./boundProblem";
import { factorize, inverseOf, type RowFactors, type SquareMatrix, solveFactorized, subtractProduct, zeroMatrix } from "./denseAlgebra";
import { type SourceState, startingStates, startingWorths } from "./interiorStart";
import { addTo, dot } from "./vectors";

/** No step goes all the way to where something becomes 0. */
const shortOfEdge = 0.99;

/** A direction in the space of all states; `worths` are common to all sources. */
interface Direction {
  readonly worths: Float64Array;
  readonly ofSource: readonly SourceDirection[];
}

type SourceDirection = Omit<SourceState, "source">;

/** What the products of all pairs should become, less what they are. */
interface Aim {
  readonly pieces: Float64Array;
  readonly left: Float64Array;
  readonly roomLeft: Float64Array;
}

/** One source, with all but `worths` and its own `price` and `nodes` eliminated. */
interface Reduced {
  /** For each item, how far its pieces follow its worth. */
  readonly follow: Float64Array;
  /** For each item, what enters with the source's own unknowns, one after the other. */
  readonly own: Float64Array;
  readonly unknowns: number;
  readonly inverse: SquareMatrix;
}

/**
 * Mehrotra's predictor-corrector method for the linear program that gives fractions of the work to fractions of nodes, from a start inside of it.
 * Everything is eliminated but the worth of each item, so that a step solves as many equations as there are items.
 * Source: S. Wright, Primal-Dual Interior-Point Methods, 1997, chapter 10.
 */
export class InteriorPoint {
  private readonly states: readonly SourceState[];
  private readonly worths: Float64Array;
  private readonly pairs: number;

  constructor(private readonly problem: BoundProblem) {
    this.states = startingStates(problem);
    this.worths = startingWorths(problem, this.states);
    this.pairs = this.states.reduce((sum, state) => sum + pairsOf(state), 0);
  }

  /** What the fractions of nodes cost now, in USD per hour. */
  costUsd(): number {
    return this.states.reduce((sum, { source, nodes }) => sum + (source.priceUsd ?? 0) * nodes, 0);
  }

  nodePrices(): readonly NodePrices[] {
    return this.states.map(({ price, roomPrice }) => ({
      resources: price.slice(),
      rooms: roomPrice.slice(),
      roomsUsd: roomPrice.reduce((sum, usd) => sum + usd, 0),
    }));
  }

  /** One step. False when there is no more to be had from the numbers. */
  advance(): boolean {
    const size = this.problem.counts.length;
    const reduced: Reduced[] = [];
    for (const state of this.states) {
      const one = reduce(state, this.problem.resources);
      if (one === undefined) return false;
      reduced.push(one);
    }
    const matrix = schurComplement(size, reduced);
    factorize(matrix);
    const predictor = this.solve(
      { matrix, reduced },
      this.states.map((state) => aimOf(state, 0)),
    );
    const before = this.gap();
    const after = this.gapAfter(predictor);
    const centre = (Math.max(0, after / before) ** 3 * before) / this.pairs;
    const aims = this.states.map((state, i) => correctedAim(aimOf(state, centre), predictor.ofSource[i]));
    const direction = this.solve({ matrix, reduced }, aims);
    return this.move(direction);
  }

  private gap(): number {
    return this.states.reduce((sum, state) => sum + gapOf(state), 0);
  }

  private gapAfter(direction: Direction): number {
    const { primal, dual } = this.longest(direction);
    return this.states.reduce((sum, state, i) => sum + gapAfter(state, direction.ofSource[i], { primal, dual }), 0);
  }

  private longest({ ofSource }: Direction): { primal: number; dual: number } {
    let primal = 1;
    let dual = 1;
    this.states.forEach((state, i) => {
      const along = ofSource[i];
      if (along === undefined) return;
      primal = Math.min(primal, stepTo(state.pieces, along.pieces), stepTo(state.left, along.left), stepTo(state.roomLeft, along.roomLeft));
      dual = Math.min(dual, stepTo(state.excess, along.excess), stepTo(state.price, along.price), stepTo(state.roomPrice, along.roomPrice));
    });
    return { primal, dual };
  }

  private move(direction: Direction): boolean {
    const { primal, dual } = this.longest(direction);
    if (!(primal > 1e-10 || dual > 1e-10) || !direction.worths.every(Number.isFinite)) return false;
    addTo(this.worths, direction.worths, dual * shortOfEdge);
    this.states.forEach((state, i) => {
      const along = direction.ofSource[i];
      if (along === undefined) return;
      state.nodes += along.nodes * primal * shortOfEdge;
      for (const name of ["pieces", "left", "roomLeft"] as const) addTo(state[name], along[name], primal * shortOfEdge);
      for (const name of ["excess", "price", "roomPrice"] as const) addTo(state[name], along[name], dual * shortOfEdge);
    });
    return true;
  }

  private solve({ matrix, reduced }: { matrix: SquareMatrix; reduced: readonly Reduced[] }, aims: readonly Aim[]): Direction {
    const size = this.problem.counts.length;
    const right = new Float64Array(size);
    const parts = this.states.map((state, i) => {
      const [one, aim] = [reduced[i], aims[i]];
      if (one === undefined || aim === undefined) return undefined;
      const pull = pullOf(state, aim);
      const unknowns = multiply(one.inverse, rightOf(state, { one, aim, pull }));
      for (let item = 0; item < size; item += 1) {
        const follow = one.follow[item] ?? 0;
        if (follow > 0) right[item] = (right[item] ?? 0) + follow * (ownTimes(one, item, unknowns) - (pull[item] ?? 0));
      }
      return { state, one, aim, pull };
    });
    const worths = solveFactorized(matrix, right);
    return { worths, ofSource: parts.flatMap((part) => (part === undefined ? [] : [sourceDirection(part, worths)])) };
  }
}

function pairsOf({ source, left, roomLeft }: SourceState): number {
  return (
    left.length + source.fits.reduce((sum, fit) => sum + (fit > 0 ? 1 : 0), 0) + roomLeft.reduce((sum, room) => sum + (room > 0 ? 1 : 0), 0)
  );
}

function gapOf({ pieces, excess, left, price, roomLeft, roomPrice }: SourceState): number {
  return dot(pieces, excess) + dot(left, price) + dot(roomLeft, roomPrice);
}

interface Steps {
  readonly primal: number;
  readonly dual: number;
}

function gapAfter(state: SourceState, along: SourceDirection | undefined, steps: Steps): number {
  if (along === undefined) return 0;
  return (
    productsAfter([state.pieces, along.pieces], [state.excess, along.excess], steps) +
    productsAfter([state.left, along.left], [state.price, along.price], steps) +
    productsAfter([state.roomLeft, along.roomLeft], [state.roomPrice, along.roomPrice], steps)
  );
}

type Moving = readonly [values: Float64Array, change: Float64Array];

function productsAfter([values, change]: Moving, [others, otherChange]: Moving, { primal, dual }: Steps): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    sum += ((values[i] ?? 0) + primal * (change[i] ?? 0)) * ((others[i] ?? 0) + dual * (otherChange[i] ?? 0));
  }
  return sum;
}

function aimOf({ pieces, excess, left, price, roomLeft, roomPrice }: SourceState, centre: number): Aim {
  return {
    pieces: distanceTo(centre, pieces, excess),
    left: distanceTo(centre, left, price),
    roomLeft: distanceTo(centre, roomLeft, roomPrice),
  };
}

function distanceTo(centre: number, one: Float64Array, other: Float64Array): Float64Array {
  const distance = new Float64Array(one.length);
  for (let i = 0; i < one.length; i += 1) {
    const value = one[i] ?? 0;
    if (value > 0) distance[i] = centre - value * (other[i] ?? 0);
  }
  return distance;
}

/** Takes off what the predictor's products leave out. */
function correctedAim(aim: Aim, along: SourceDirection | undefined): Aim {
  if (along === undefined) return aim;
  return {
    pieces: lessProducts(aim.pieces, along.pieces, along.excess),
    left: lessProducts(aim.left, along.left, along.price),
    roomLeft: lessProducts(aim.roomLeft, along.roomLeft, along.roomPrice),
  };
}

function lessProducts(values: Float64Array, one: Float64Array, other: Float64Array): Float64Array {
  const less = values.slice();
  for (let i = 0; i < less.length; i += 1) less[i] = (less[i] ?? 0) - (one[i] ?? 0) * (other[i] ?? 0);
  return less;
}

function reduce({ source, pieces, excess, left, price, roomLeft, roomPrice }: SourceState, resources: number): Reduced | undefined {
  const items = pieces.length;
  // A node that is there has no number of nodes to find.
  const unknowns = resources + (source.priceUsd === undefined ? 0 : 1);
  const follow = new Float64Array(items);
  const own = new Float64Array(items * unknowns);
  const matrix = zeroMatrix(unknowns);
  let stiffness = 0;
  for (let item = 0; item < items; item += 1) {
    const fit = source.fits[item] ?? 0;
    if (fit === 0) continue;
    const stiff = (roomLeft[item] ?? 0) > 0 ? (roomPrice[item] ?? 0) / (roomLeft[item] ?? 1) : 0;
    stiffness += stiff;
    const weight = 1 / ((excess[item] ?? 0) / (pieces[item] ?? 1) + stiff / fit ** 2);
    follow[item] = weight;
    const start = item * unknowns;
    for (let i = 0; i < resources; i += 1) own[start + i] = source.shares[item * resources + i] ?? 0;
    if (unknowns > resources) own[start + resources] = -stiff / fit;
    for (let i = 0; i < unknowns; i += 1) {
      for (let j = 0; j < unknowns; j += 1) {
        matrix.cells[i * unknowns + j] = (matrix.cells[i * unknowns + j] ?? 0) + weight * (own[start + i] ?? 0) * (own[start + j] ?? 0);
      }
    }
  }
  for (let i = 0; i < resources; i += 1) {
    matrix.cells[i * unknowns + i] = (matrix.cells[i * unknowns + i] ?? 0) + (left[i] ?? 0) / (price[i] ?? 1);
    if (unknowns === resources) continue;
    matrix.cells[i * unknowns + resources] = (matrix.cells[i * unknowns + resources] ?? 0) + 1;
    matrix.cells[resources * unknowns + i] = (matrix.cells[resources * unknowns + i] ?? 0) + 1;
  }
  if (unknowns > resources) {
    const last = unknowns * unknowns - 1;
    matrix.cells[last] = (matrix.cells[last] ?? 0) - stiffness;
  }
  const inverse = inverseOf(matrix);
  return inverse === undefined ? undefined : { follow, own, unknowns, inverse };
}

/** The equations for the worths alone; the lower half. */
function schurComplement(size: number, reduced: readonly Reduced[]): SquareMatrix {
  const matrix = zeroMatrix(size);
  const { cells } = matrix;
  for (const one of reduced) {
    const { follow } = one;
    // There are nodes on which only few items may be.
    const items = new Int32Array(size);
    let count = 0;
    for (let item = 0; item < size; item += 1) {
      const weight = follow[item] ?? 0;
      if (weight === 0) continue;
      items[count] = item;
      count += 1;
      cells[item * size + item] = (cells[item * size + item] ?? 0) + weight;
    }
    subtractProduct(matrix, items.subarray(0, count), factorsOf(one, items.subarray(0, count)));
  }
  return matrix;
}

/** What enters with the source's own unknowns, as a product of rows. */
function factorsOf({ follow, own, unknowns, inverse }: Reduced, items: Int32Array): RowFactors {
  const { cells } = inverse;
  const left = new Float64Array(items.length * unknowns);
  const right = new Float64Array(items.length * unknowns);
  const weights = new Float64Array(items.length);
  for (let row = 0; row < items.length; row += 1) {
    const item = items[row] ?? 0;
    const weight = follow[item] ?? 0;
    weights[row] = weight;
    for (let i = 0; i < unknowns; i += 1) {
      let sum = 0;
      for (let j = 0; j < unknowns; j += 1) sum += (cells[i * unknowns + j] ?? 0) * (own[item * unknowns + j] ?? 0);
      left[row * unknowns + i] = sum * weight;
      right[row * unknowns + i] = own[item * unknowns + i] ?? 0;
    }
  }
  return { left, right, width: unknowns, weights };
}

/** For each item, what pulls its pieces besides its worth and the source's own unknowns. */
function pullOf({ source, pieces, roomLeft }: SourceState, aim: Aim): Float64Array {
  const pull = new Float64Array(pieces.length);
  for (let item = 0; item < pieces.length; item += 1) {
    const fit = source.fits[item] ?? 0;
    if (fit === 0) continue;
    const room = (roomLeft[item] ?? 0) > 0 ? (aim.roomLeft[item] ?? 0) / (roomLeft[item] ?? 1) : 0;
    pull[item] = (aim.pieces[item] ?? 0) / (pieces[item] ?? 1) - room / fit;
  }
  return pull;
}

function rightOf(
  { price, roomLeft, pieces }: SourceState,
  { one, aim, pull }: { one: Reduced; aim: Aim; pull: Float64Array },
): Float64Array {
  const { unknowns, follow, own } = one;
  const right = new Float64Array(unknowns);
  for (let item = 0; item < pieces.length; item += 1) {
    const weight = follow[item] ?? 0;
    if (weight === 0) continue;
    for (let i = 0; i < unknowns; i += 1) right[i] = (right[i] ?? 0) + weight * (own[item * unknowns + i] ?? 0) * (pull[item] ?? 0);
    if (unknowns > price.length && (roomLeft[item] ?? 0) > 0) {
      right[unknowns - 1] = (right[unknowns - 1] ?? 0) - (aim.roomLeft[item] ?? 0) / (roomLeft[item] ?? 1);
    }
  }
  for (let i = 0; i < price.length; i += 1) right[i] = (right[i] ?? 0) + (aim.left[i] ?? 0) / (price[i] ?? 1);
  return right;
}

function sourceDirection(
  { state, one, aim, pull }: { state: SourceState; one: Reduced; aim: Aim; pull: Float64Array },
  worths: Float64Array,
): SourceDirection {
  const { source, pieces, excess, left, price, roomLeft, roomPrice } = state;
  const right = rightOf(state, { one, aim, pull });
  for (let item = 0; item < worths.length; item += 1) {
    const moved = (one.follow[item] ?? 0) * (worths[item] ?? 0);
    if (moved === 0) continue;
    for (let i = 0; i < one.unknowns; i += 1) right[i] = (right[i] ?? 0) + moved * (one.own[item * one.unknowns + i] ?? 0);
  }
  const unknowns = multiply(one.inverse, right);
  const nodes = one.unknowns > price.length ? (unknowns[one.unknowns - 1] ?? 0) : 0;
  const morePrice = unknowns.slice(0, price.length);
  const morePieces = new Float64Array(worths.length);
  const moreRoomPrice = new Float64Array(worths.length);
  for (let item = 0; item < worths.length; item += 1) {
    const follow = one.follow[item] ?? 0;
    if (follow === 0) continue;
    const more = follow * ((worths[item] ?? 0) - ownTimes(one, item, unknowns) + (pull[item] ?? 0));
    morePieces[item] = more;
    const room = roomLeft[item] ?? 0;
    if (room === 0) continue;
    moreRoomPrice[item] = ((roomPrice[item] ?? 0) / room) * (more / (source.fits[item] ?? 1) - nodes) + (aim.roomLeft[item] ?? 0) / room;
  }
  return {
    nodes,
    pieces: morePieces,
    excess: partnerOf(excess, morePieces, { aim: aim.pieces, partner: pieces }),
    left: partnerOf(left, morePrice, { aim: aim.left, partner: price }),
    price: morePrice,
    roomLeft: partnerOf(roomLeft, moreRoomPrice, { aim: aim.roomLeft, partner: roomPrice }),
    roomPrice: moreRoomPrice,
  };
}

/** How values move so that their products with their partners, which move so, come to the aim. */
function partnerOf(
  values: Float64Array,
  moved: Float64Array,
  { aim, partner }: { aim: Float64Array; partner: Float64Array },
): Float64Array {
  const change = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const by = partner[i] ?? 0;
    if (by > 0) change[i] = ((aim[i] ?? 0) - (values[i] ?? 0) * (moved[i] ?? 0)) / by;
  }
  return change;
}

function ownTimes({ own, unknowns }: Reduced, item: number, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < unknowns; i += 1) sum += (own[item * unknowns + i] ?? 0) * (values[i] ?? 0);
  return sum;
}

function multiply({ size, cells }: SquareMatrix, vector: Float64Array): Float64Array {
  return vector.map((_, row) => {
    let sum = 0;
    for (let i = 0; i < size; i += 1) sum += (cells[row * size + i] ?? 0) * (vector[i] ?? 0);
    return sum;
  });
}

/** How far one can go until the first value becomes 0; at most the whole way. */
function stepTo(values: Float64Array, change: Float64Array): number {
  let step = 1;
  for (let i = 0; i < values.length; i += 1) {
    const towards = -(change[i] ?? 0);
    if (towards > 0) step = Math.min(step, (values[i] ?? 0) / towards);
  }
  return step;
}
