import { fitsOnce, type PackTable, shareOfLeft, windowSize } from "./packTable";
import type { Capacity } from "./resources";

/** Items that are tried in vain, one after the other, before a node counts as full. */
const mostMisses = 2000;

interface Filling {
  /** What is left on the node; whoever fills it takes from here. */
  readonly left: Capacity;
  readonly order: readonly number[];
  readonly waiting: ArrayLike<number>;
  /** No more items are weighed at a time. @default as many as there is room for in the window */
  readonly mostWeighed?: number;
}

/** The items that are weighed for one node now: those for which there is no room any more leave, and the next ones of the order come in. */
export class PackWindow {
  private readonly positions: Int32Array;
  /** Pieces that are on the node already. The order may name an item twice. */
  private readonly taken: Float64Array;
  private readonly times = new Map<number, number>();
  /**
   * Worth for room as it was last weighed. Room only becomes less, so it is never more now: what was not better then need not be weighed again.
   */
  private readonly mostDensity: Float64Array;
  private size = 0;
  private next = 0;
  private best = -1;

  constructor(
    private readonly table: PackTable,
    private readonly filling: Filling,
  ) {
    ({ positions: this.positions, taken: this.taken, mostDensity: this.mostDensity } = table.window);
  }

  /** The item with the most worth for its room, the first of equal ones. `pieces`: how many of it may still come. */
  takeBest(): { readonly position: number; readonly pieces: number; readonly isOnlyOne: boolean } | undefined {
    this.refill();
    this.weigh();
    if (this.best < 0) return undefined;
    const position = this.positions[this.best] ?? 0;
    const isOnlyOne = this.size === 1 && this.next >= this.filling.order.length;
    return { position, pieces: this.mostOf(position) - (this.taken[this.best] ?? 0), isOnlyOne };
  }

  /** Says that so many pieces of the best item were put on the node. */
  took(pieces: number): void {
    const position = this.positions[this.best] ?? 0;
    const count = (this.times.get(position) ?? 0) + pieces;
    this.times.set(position, count);
    for (let slot = 0; slot < this.size; slot += 1) if (this.positions[slot] === position) this.taken[slot] = count;
  }

  /** What was put on the node: how many pieces of each item, in the order in which they came. */
  contents(): ReadonlyMap<number, number> {
    return this.times;
  }

  private refill(): void {
    const { left, order, waiting, mostWeighed = windowSize } = this.filling;
    let misses = 0;
    while (this.size < mostWeighed && this.next < order.length && misses < mostMisses) {
      const position = order[this.next] ?? 0;
      this.next += 1;
      if (waiting[position] === 0) continue;
      if (!fitsOnce(this.table, position, left)) {
        misses += 1;
        continue;
      }
      this.positions[this.size] = position;
      this.taken[this.size] = this.times.get(position) ?? 0;
      this.mostDensity[this.size] = Number.POSITIVE_INFINITY;
      this.size += 1;
      misses = 0;
    }
  }

  private weigh(): void {
    const { table, positions, taken, mostDensity } = this;
    const { left } = this.filling;
    let still = 0;
    let bestDensity = Number.NEGATIVE_INFINITY;
    this.best = -1;
    for (let slot = 0; slot < this.size; slot += 1) {
      const position = positions[slot] ?? 0;
      const count = taken[slot] ?? 0;
      if (count >= this.mostOf(position) || !fitsOnce(table, position, left)) continue;
      positions[still] = position;
      taken[still] = count;
      let density = mostDensity[slot] ?? 0;
      if (density > bestDensity) density = (table.worths[position] ?? 0) / shareOfLeft(table, position, left);
      mostDensity[still] = density;
      if (density > bestDensity) [bestDensity, this.best] = [density, still];
      still += 1;
    }
    this.size = still;
  }

  private mostOf(position: number): number {
    return Math.min(this.filling.waiting[position] ?? 0, this.table.mostPerNode[position] ?? 0);
  }
}
