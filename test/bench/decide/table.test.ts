import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../../bench/decide/random";
import { durationText, markdownTable, median, type Row } from "../../../bench/decide/table";

const row: Row = {
  scenario: "case",
  title: "A case",
  size: 1000,
  isFullSize: true,
  contestant: "rayfleet",
  medianMs: 12.3,
  runs: 5,
  peakMiB: 90.4,
  newNodes: 3,
  launchedPerHourUsd: 1.5,
  overBound: 0.034,
  unservedPieces: 0,
  unservedGangs: 0,
  faults: [],
  limitSeconds: 60,
  goalMs: 100,
};

describe("markdownTable", () => {
  it.each<[string, Partial<Row>, string]>([
    ["an answer", {}, "| A case | 1,000 | rayfleet | 12 ms | 3.4 % | 3 | 1.50 | 90 MiB | valid |"],
    ["no answer", { medianMs: null }, "| A case | 1,000 | rayfleet | no answer in 60 s |  |  |  |  |  |"],
    [
      "a plan that serves less",
      { unservedPieces: 2, faults: ["x"] },
      "| A case | 1,000 | rayfleet | 12 ms | 3.4 % | 3 | 1.50 | 90 MiB | 1 faults: x; 2 tasks and 0 gangs unserved |",
    ],
  ])("says %s", (_, changes, line) => {
    expect(markdownTable([{ ...row, ...changes }]).split("\n")[2]).toBe(line);
  });
});

describe("median", () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});

describe("durationText", () => {
  it.each([
    [0.41, "0.4 ms"],
    [12.3, "12 ms"],
    [3120, "3.1 s"],
    [22_400, "22 s"],
  ])("writes %d ms as %s", (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });
});

describe("SeededRandom", () => {
  it("gives equal numbers for equal seeds, within the bounds", () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 200 }, () => random.between(2, 5));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(1))).toEqual(new Set([2, 3, 4, 5]));
  });
});
