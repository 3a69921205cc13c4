import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addNeeds,
  fitCount,
  multiplyNeed,
  neededUnits,
  readCapacity,
  readNeed,
  resourceTable,
  shapeKey,
  shapeText,
} from "../../../autoscaler-agent/decide/resources";

const table = resourceTable(["CPU", "memory", "odd"], new Set(["CPU", "memory", "odd"]));

describe("neededUnits", () => {
  it.each([
    ["CPU", 0.1, 1000],
    ["CPU", 0.30000001, 3000],
    ["CPU", 0.00001, 0],
    ["memory", 3_221_225_472, 3_221_225_472],
    ["memory", 24e12, 24e12],
    ["CPU", 1e12, Number.POSITIVE_INFINITY],
  ])("of %s %d is %d", (name, amount, units) => {
    expect(neededUnits(name, amount)).toBe(units);
  });
});

describe("readNeed", () => {
  it("leaves zeros out, and is undefined for what nothing offers", () => {
    expect(readNeed(table, { odd: 1, CPU: 0 })).toEqual({ at: [2], units: [10_000] });
    expect(readNeed(table, { GPU: 1 })).toBeUndefined();
  });
});

describe("fitCount", () => {
  it("is how often the need fits, whole", () => {
    const capacity = readCapacity(table, { CPU: 1, memory: 1e9, odd: 0.3 });
    expect(fitCount(capacity, readNeed(table, { odd: 0.1 }) ?? { at: [], units: [] })).toBe(3);
    expect(fitCount(capacity, { at: [], units: [] })).toBe(Number.POSITIVE_INFINITY);
  });

  it("never fits more than there is, at any size", () => {
    const units = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(units, units, (has, wants) => {
        const fit = fitCount(Float64Array.of(has), { at: [0], units: [wants] });
        expect(BigInt(fit) * BigInt(wants) <= BigInt(has)).toBe(true);
        expect(BigInt(fit + 1) * BigInt(wants) > BigInt(has)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("addNeeds", () => {
  it("adds what is named by one or both", () => {
    expect(addNeeds({ at: [0, 2], units: [1, 2] }, multiplyNeed({ at: [1, 2], units: [3, 4] }, 2))).toEqual({
      at: [0, 1, 2],
      units: [1, 6, 10],
    });
  });
});

describe("shapeKey and shapeText", () => {
  it("do not depend on the order of the resources, nor on zeros", () => {
    expect(shapeKey({ b: 1, a: 2, c: 0 })).toBe(shapeKey({ a: 2, b: 1 }));
    expect(shapeText({ memory: 2 ** 32, CPU: 0.5, GPU: 0 })).toBe("{CPU: 0.5, memory: 4 GiB}");
  });
});
