import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference, patched } from "../../../autoscaler-agent/recorder/difference";
import { fromPlain, type Plain, toPlain } from "../../../autoscaler-agent/recorder/plainValue";

/** Shows everything: the order of keys, -0, undefined, what is a map. */
const all = (value: unknown): string => inspect(value, { depth: Number.POSITIVE_INFINITY, maxArrayLength: null, maxStringLength: null });
const throughText = (plain: Plain | undefined): unknown => (plain === undefined ? undefined : JSON.parse(JSON.stringify(plain)));

const keys = fc.constantFrom("id", "nodeId", "atMs", "CPU", "$map", "$", "1", "0", "__proto__", "constructor", "a b\n\u2028");
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      fc.constantFrom<unknown>(
        null,
        undefined,
        true,
        "",
        "x",
        "\u001b[31m",
        "\ud800",
        0,
        -0,
        1,
        1.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        12n,
      ),
      fc.integer(),
      fc.string(),
    ),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.array(fc.tuple(keys, tie("value")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(keys, tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc
      .array(fc.tuple(fc.integer({ min: 0, max: 4 }), tie("value")), { maxLength: 6 })
      .map((list) => list.map(([id, more]) => ({ id, more }))),
  ),
}));

describe("toPlain and fromPlain", () => {
  it("give back every value through JSON, exactly", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(all(fromPlain(throughText(toPlain(value))))).toBe(all(value));
      }),
      { numRuns: 500 },
    );
  });

  it("keep sets, and refuse what no text could bring back", () => {
    expect(fromPlain(throughText(toPlain(new Set([1, "a"]))))).toEqual(new Set([1, "a"]));
    for (const value of [() => 1, Symbol("x"), new Date(0), Buffer.from("x"), new Error("x")])
      expect(() => toPlain(value)).toThrow("cannot hold");
  });
});

describe("difference and patched", () => {
  it("make of one value exactly the other, whatever they are", () => {
    fc.assert(
      fc.property(anyValue, anyValue, (before, after) => {
        const change = difference(before, after);
        expect(all(change === undefined ? before : patched(before, throughText(change)))).toBe(all(after));
      }),
      { numRuns: 2000 },
    );
  });

  it("follow entries of a list by what they are about, so that one that goes or comes costs only itself", () => {
    const node = (number: number, idleSeconds: number) => ({ nodeId: `node-${number}`, total: { CPU: 4, memory: 2 ** 33 }, idleSeconds });
    const before = Array.from({ length: 50 }, (_, number) => node(number, 1));
    const after = [...before.slice(0, 10), ...before.slice(11, 40), node(99, 0), ...before.slice(40, 49), node(49, 3)];
    const change = difference(before, after);
    expect(patched(before, throughText(change))).toEqual(after);
    expect(JSON.stringify(change).length).toBeLessThan(200);
  });

  it("let a window of looks slide for the price of one look", () => {
    const looks = (from: number) => Array.from({ length: 8 }, (_, index) => ({ atMs: from + index, free: { CPU: 4 } }));
    expect(difference(looks(0), looks(1))).toEqual(["a", [], [[1, 7], { new: { atMs: 8, free: { CPU: 4 } } }]]);
  });

  it.each([
    ["a list that changes an object", { a: 1 }, ["a", []]],
    ["an object that changes a list", [1], ["o", []]],
    ["a map that changes an object", { a: 1 }, ["m", []]],
    ["entries that are not there", [1, 2], ["a", [], [[1, 5]]]],
    ["a place that is not there", [1, 2], ["a", [[7, 1]]]],
    ["a kind that does not exist", 1, ["x", 1]],
    ["no list of changes", { a: 1 }, ["o", 5]],
    ["a mark that does not exist", 1, { $wrong: 1 }],
  ])("refuse %s", (_, before, change) => {
    expect(() => patched(before, change)).toThrow("record: ");
  });
});
