import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BoundSupply, fractionalBound } from "../../../../autoscaler-agent/decide/bound/fractionalBound";
import { fitCount, type Need } from "../../../../autoscaler-agent/decide/resources";

interface Work {
  readonly need: Need;
  readonly count: number;
}

/** Amounts of resource 0, then of resource 1. */
function work(count: number, ...units: readonly number[]): Work {
  const at = units.flatMap((amount, i) => (amount > 0 ? [i] : []));
  return { need: { at, units: at.map((i) => units[i] ?? 0) }, count };
}

function priced(priceUsd: number, ...amounts: readonly number[]): BoundSupply<Work> {
  return { priceUsd, nodes: [{ capacity: Float64Array.from(amounts), nodes: 1 }], accepts: () => true };
}

function paid(nodes: number, ...amounts: readonly number[]): BoundSupply<Work> {
  return { priceUsd: undefined, nodes: [{ capacity: Float64Array.from(amounts), nodes }], accepts: () => true };
}

describe("fractionalBound", () => {
  it.each<[string, Work[], BoundSupply<Work>[], number]>([
    ["one resource at its price", [work(10, 2)], [priced(1, 4)], 5],
    ["pieces that leave a rest on every node", [work(10, 3)], [priced(1, 4)], 10],
    ["two shapes that share a node", [work(10, 3, 1), work(10, 1, 3)], [priced(1, 4, 4)], 10],
    ["two shapes that compete for one resource", [work(10, 2, 1), work(10, 2, 1)], [priced(1, 4, 4)], 10],
    ["the cheaper of two kinds for each shape", [work(8, 1, 0), work(8, 0, 1)], [priced(1, 8, 1), priced(1, 1, 8)], 16 / 9],
    ["nodes that others outdo, and equal ones", [work(10, 2)], [priced(2, 4), priced(1, 3), priced(1, 4), priced(1, 4)], 5],
    ["what is there and paid", [work(10, 1)], [priced(1, 1), paid(4, 1)], 6],
    ["more than enough that is paid", [work(10, 1)], [priced(1, 1), paid(40, 1)], 0],
    ["paid nodes that are too small", [work(10, 2)], [priced(1, 2), paid(100, 1)], 10],
    ["work that can be had for nothing", [work(10, 1), work(1, 5)], [priced(0, 1), priced(3, 5)], 3],
    ["work that nothing can hold", [work(10, 9)], [priced(1, 4)], 0],
    ["no work", [], [priced(1, 4)], 0],
    ["no nodes", [work(1, 1)], [], 0],
    ["work that asks for nothing", [work(5, 0)], [priced(1, 1)], 0],
  ])("knows %s", (_, works, supplies, expected) => {
    const bound = fractionalBound(works, supplies);
    expect(bound).toBeLessThanOrEqual(expected + 1e-12);
    expect(bound).toBeGreaterThanOrEqual(expected * 0.999);
  });

  it("keeps to where work may be", () => {
    const cheap = { ...priced(1, 1), accepts: ({ count }: Work) => count === 1 };
    expect(fractionalBound([work(1, 1), work(5, 1)], [cheap, priced(3, 1)])).toBeCloseTo(16, 1);
  });

  it("is not above what any filling of nodes costs", () => {
    const units = fc.integer({ min: 0, max: 4 });
    const shapes = fc.array(fc.tuple(units, units), { minLength: 1, maxLength: 5 });
    const kinds = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), fc.constantFrom(0.5, 1, 2, 7)), {
      minLength: 1,
      maxLength: 4,
    });
    const picks = fc.array(fc.tuple(fc.nat(3), fc.array(fc.nat(4), { maxLength: 8 }), fc.integer({ min: 1, max: 1000 }), fc.boolean()), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(shapes, kinds, picks, (some, nodes, fillings) => {
        const { works, supplies, costUsd } = filled({ some, nodes, fillings });
        expect(fractionalBound(works, supplies)).toBeLessThanOrEqual(costUsd + 1e-9);
      }),
      { numRuns: 1000 },
    );
  });

  it("stays close and below when there are too many shapes to look at each", () => {
    const works = Array.from({ length: 3000 }, (_, i) => work(1 + (i % 5), 100 + ((i * 37) % 400), 100 + ((i * 91) % 600)));
    const supplies = [priced(1, 4000, 4000), priced(1.3, 4000, 8000), priced(1.9, 8000, 8000)];
    const sum = (resource: number) => works.reduce((total, { need, count }) => total + (need.units[resource] ?? 0) * count, 0);
    const bound = fractionalBound(works, supplies);
    // With so many small shapes the two resources are all that counts: 1.9 buys 8000 of both, 1.3 buys 4000 and 8000.
    const [first, second] = [sum(0) / 4000, sum(1) / 4000];
    const least = Math.min(0.95 * second, 1.3 * (second - first) + 0.95 * (2 * first - second));
    expect(bound).toBeLessThanOrEqual(least + 1e-6);
    expect(bound).toBeGreaterThan(least * 0.98);
  });
});

/** Works made of nodes that are filled with them, some of which are paid, and what the others cost. */
function filled({
  some,
  nodes,
  fillings,
}: {
  some: readonly (readonly [number, number])[];
  nodes: readonly (readonly [number, number, number])[];
  fillings: readonly (readonly [number, readonly number[], number, boolean])[];
}): { works: Work[]; supplies: BoundSupply<Work>[]; costUsd: number } {
  const counts = some.map(() => 0);
  const supplies = nodes.map(([one, other, priceUsd]) => priced(priceUsd, one, other));
  let costUsd = 0;
  for (const [kind, contents, times, isPaid] of fillings) {
    const [one, other, priceUsd] = nodes[kind % nodes.length] ?? [0, 0, 0];
    const free = Float64Array.of(one, other);
    for (const pick of contents) {
      const shape = some[pick % some.length] ?? [0, 0];
      if (fitCount(free, work(1, ...shape).need) < 1) continue;
      free[0] = (free[0] ?? 0) - shape[0];
      free[1] = (free[1] ?? 0) - shape[1];
      counts[pick % some.length] = (counts[pick % some.length] ?? 0) + times;
    }
    if (isPaid) supplies.push(paid(times, one, other));
    else costUsd += priceUsd * times;
  }
  const works = some.flatMap((shape, i) => ((counts[i] ?? 0) > 0 ? [work(counts[i] ?? 0, ...shape)] : []));
  return { works, supplies, costUsd };
}
