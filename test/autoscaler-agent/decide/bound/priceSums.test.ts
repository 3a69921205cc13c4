import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastSumFrom } from "../../../../autoscaler-agent/decide/bound/priceSums";

describe("leastSumFrom", () => {
  it.each([
    ["whole nodes of one price", [3], 7, 9],
    ["a sum that is met exactly", [3], 9, 9],
    ["two prices", [5, 3], 7, 8],
    ["a dearer node instead of many cheap ones", [5, 3], 4.5, 5],
    ["nothing to pay", [5, 3], 0, 0],
    ["a rounding error where nothing more is needed", [5, 3], 1.5e-18, 0],
    ["no price", [], 4, 4],
    ["only free nodes", [0], 4, 4],
    ["rounding that is not taken for one more node", [0.1], 0.30000000000000004, 0.30000000000000004],
    ["rounding in a large sum", [1000], 3000.000001, 3000.000001],
  ])("knows %s", (_, prices, bound, expected) => {
    expect(leastSumFrom(prices, bound)).toBeCloseTo(expected, 12);
  });

  it.each([[[0.01, 100]], [[100, 0.01]]])(
    "looks at the few sums of dear nodes before the many of cheap ones, whatever the order: %j",
    (prices) => {
      expect(leastSumFrom(prices, 150.005)).toBeCloseTo(150.01, 9);
    },
  );

  it("is nothing at all where nothing more is needed", () => {
    expect(leastSumFrom([5, 3], 1.5e-18)).toBe(0);
  });

  it("leaves the bound as it is when there are too many sums to look at", () => {
    expect(leastSumFrom([0.011, 0.013, 0.017, 0.019, 0.023], 1000.0001)).toBe(1000.0001);
  });

  it("passes no sum that is not under the bound", () => {
    const prices = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 });
    const counts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(prices, counts, fc.double({ min: 0.01, max: 40, noNaN: true }), (some, times, bound) => {
        const sum = some.reduce((total, price, i) => total + price * (times[i] ?? 0), 0);
        const least = leastSumFrom(some, bound);
        expect(least).toBeGreaterThanOrEqual(bound);
        if (sum >= bound) expect(least).toBeLessThanOrEqual(sum);
      }),
    );
  });
});
