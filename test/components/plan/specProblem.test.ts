import { describe, expect, it } from "vitest";
import { formatSpecPath, formatSpecProblem, quoteValue, type SpecPath } from "../../../components/plan/specProblem";

describe("formatSpecPath", () => {
  it.each<[SpecPath, string]>([
    [[], ""],
    [["workerGroups", 1, "maxReplicas"], "workerGroups[1].maxReplicas"],
    [["tags", "cost/centre"], 'tags["cost/centre"]'],
    [["head", "rayStartParams", "num-cpus"], "head.rayStartParams.num-cpus"],
  ])("writes %j as %s", (path, text) => {
    expect(formatSpecPath(path)).toBe(text);
  });
});

describe("quoteValue", () => {
  it.each<[unknown, string]>([
    [7n, "7"],
    [true, "true"],
    [() => 0, "a function"],
    ["text", '"text"'],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [{ cpu: 1 }, '{"cpu":1}'],
    [undefined, "nothing"],
    ["x".repeat(200), `"${"x".repeat(78)}…`],
  ])("writes %o as %s", (value, text) => {
    expect(quoteValue(value)).toBe(text);
  });
});

describe("formatSpecProblem", () => {
  it("is one line of path, problem, value, rule and mend", () => {
    const problem = { path: "", problem: "is missing", got: "nothing", expected: "a list", fix: "Add it." };
    expect(formatSpecProblem(problem)).toBe("rayfleet:cluster: is missing; got nothing; expected a list. Add it.");
  });
});
