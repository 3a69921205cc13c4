import type { PackItem } from "./packing";
import { fitCount, type Need } from "./resources";

/**
 * Items as rows of numbers. Filling nodes looks at each of them thousands of times, and reading them from objects and lists of mixed numbers would take
 * several times as long.
 */
export interface PackTable {
  /** The needs of an item stand in `at` and `units` from `starts[item]` up to, and not, `starts[item + 1]`. */
  readonly starts: Int32Array;
  readonly at: Int32Array;
  readonly units: Float64Array;
  readonly worths: Float64Array;
  readonly mostPerNode: Float64Array;
  /** Where the items that are weighed now are noted; of use only while one node is filled. */
  readonly window: { readonly positions: Int32Array; readonly taken: Float64Array; readonly mostDensity: Float64Array };
  /** Only of items for which the sums are not enough to know whether they fit. */
  readonly oddNeeds: ReadonlyMap<number, Need>;
}

/** Items that are weighed against each other at a time. With 64 of them, plans for hundreds of shapes cost up to a tenth more. */
export const windowSize = 256;

/** The same items are put on one node after the other. */
const tables = new WeakMap<readonly PackItem[], PackTable>();

export function packTableOf(items: readonly PackItem[]): PackTable {
  const known = tables.get(items);
  if (known !== undefined) return known;
  const starts = new Int32Array(items.length + 1);
  items.forEach(({ need }, item) => {
    starts[item + 1] = (starts[item] ?? 0) + need.at.length;
  });
  const made = {
    starts,
    at: Int32Array.from(items.flatMap(({ need }) => need.at)),
    units: Float64Array.from(items.flatMap(({ need }) => need.units)),
    worths: Float64Array.from(items, ({ worth }) => worth),
    mostPerNode: Float64Array.from(items, ({ mostPerNode }) => mostPerNode ?? Number.POSITIVE_INFINITY),
    window: {
      positions: new Int32Array(windowSize),
      taken: new Float64Array(windowSize),
      mostDensity: new Float64Array(windowSize),
    },
    oddNeeds: new Map(items.flatMap(({ need }, item) => (need.onDevices === undefined ? [] : [[item, need] as const]))),
  };
  tables.set(items, made);
  return made;
}

/** True when one piece of the item fits. */
export function fitsOnce({ starts, at, units, oddNeeds }: PackTable, item: number, left: Float64Array): boolean {
  const end = starts[item + 1] ?? 0;
  for (let i = starts[item] ?? 0; i < end; i += 1) if ((units[i] ?? 0) > (left[at[i] ?? 0] ?? 0)) return false;
  const odd = oddNeeds.size === 0 ? undefined : oddNeeds.get(item);
  return odd === undefined || fitCount(left, odd) > 0;
}

/** The item's need as a share of what is left, as `shareOf` has it. */
export function shareOfLeft({ starts, at, units }: PackTable, item: number, left: Float64Array): number {
  let share = 0;
  const end = starts[item + 1] ?? 0;
  for (let i = starts[item] ?? 0; i < end; i += 1) {
    const has = left[at[i] ?? 0] ?? 0;
    share += has > 0 ? (units[i] ?? 0) / has : 1e9;
  }
  return share;
}
