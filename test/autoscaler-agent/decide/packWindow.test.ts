import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillNode, type PackItem } from "../../../autoscaler-agent/decide/packing";
import { fitCount, shareOf, takeFrom } from "../../../autoscaler-agent/decide/resources";

const items: fc.Arbitrary<PackItem[]> = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 4 }))
    .map(([cpu, memory, worth, most]) => ({
      need: memory === 0 ? { at: [0], units: [cpu] } : { at: [0, 1], units: [cpu, memory] },
      worth,
      ...(most === 0 ? {} : { mostPerNode: most }),
    })),
  { minLength: 1, maxLength: 90 },
);

/** An order may leave items out and name one twice. */
const filling = items.chain((all) =>
  fc.record({
    items: fc.constant(all),
    order: fc.array(fc.integer({ min: 0, max: all.length - 1 }), { minLength: 1, maxLength: 120 }),
    waiting: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: all.length, maxLength: all.length }),
    free: fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 300 })).map((amounts) => Float64Array.from(amounts)),
  }),
);

type Filling = typeof filling extends fc.Arbitrary<infer Value> ? Value : never;

/** The rule in its plainest form: each of the first 64 items with room is weighed anew at every step. */
function plainly({ items: all, order, waiting, free }: Filling): [number, number][] {
  const left = free.slice();
  const times = new Map<number, number>();
  const rest = [...order];
  let window: number[] = [];
  const mostOf = (position: number) => {
    const item = all[position];
    if (item === undefined) return 0;
    const pieces = Math.min(waiting[position] ?? 0, item.mostPerNode ?? Number.POSITIVE_INFINITY) - (times.get(position) ?? 0);
    return Math.min(fitCount(left, item.need), pieces);
  };
  const needOf = (position: number) => all[position]?.need ?? { at: [], units: [] };
  const densityOf = (position: number) => (all[position]?.worth ?? 0) / shareOf(needOf(position), left);
  for (;;) {
    while (window.length < 64 && rest.length > 0) {
      const position = rest.shift() ?? 0;
      if ((waiting[position] ?? 0) > 0 && fitCount(left, needOf(position)) > 0) window.push(position);
    }
    window = window.filter((position) => mostOf(position) > 0);
    const [first, ...others] = window;
    if (first === undefined) return [...times];
    const best = others.reduce((found, position) => (densityOf(position) > densityOf(found) ? position : found), first);
    const isOnlyOne = window.length === 1 && rest.length === 0;
    const step = isOnlyOne ? mostOf(best) : Math.max(1, Math.floor(mostOf(best) / 8));
    takeFrom(left, needOf(best), step);
    times.set(best, (times.get(best) ?? 0) + step);
  }
}

describe("PackWindow", () => {
  it("finds what weighing every item at every step finds", () => {
    fc.assert(
      fc.property(filling, (given) => {
        const pattern = fillNode(given.free, given.items, given);
        expect((pattern?.items ?? []).map((item, i) => [item, pattern?.times[i]])).toEqual(plainly(given));
      }),
      { numRuns: 1000 },
    );
  });
});
