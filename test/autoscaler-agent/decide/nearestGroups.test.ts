import { describe, expect, it } from "vitest";
import { NearestGroups } from "../../../autoscaler-agent/decide/nearestGroups";
import { readProblem } from "../../../autoscaler-agent/decide/problem";
import type { Demand } from "../../../contract/decision";
import { aGroup, aRequest } from "../../support/decisionBuilders";

const { groups } = readProblem(
  aRequest({
    groups: [
      aGroup({ groupName: "a", resources: { CPU: 8 }, labels: { zone: "a" } }),
      aGroup({ groupName: "b", resources: { CPU: 16, GPU: 1 }, labels: { zone: "b", tier: "gold" } }),
      aGroup({ groupName: "c", resources: { CPU: 8, GPU: 2 } }),
    ],
  }),
);
const inZone = (...values: string[]) => ({ key: "zone", operator: "In" as const, values });
const gold = { key: "tier", operator: "In" as const, values: ["gold"] };

describe("NearestGroups", () => {
  it.each<[string, Demand["shape"], Demand["selectors"], string]>([
    ["the least that is missing", { CPU: 20 }, undefined, "b"],
    ["missing shares, not amounts", { CPU: 9, GPU: 2 }, undefined, "c"],
    ["the first of equal ones", { odd: 1 }, undefined, "a"],
    ["labels before amounts", { CPU: 20 }, [[inZone("a")]], "a"],
    ["the alternative that fails least", { CPU: 20 }, [[inZone("x"), gold], [inZone("a")]], "a"],
    ["as few failed rules as can be", { CPU: 1 }, [[inZone("x"), gold]], "b"],
    ["the name of the group as a label", { CPU: 99 }, [[{ key: "ray.io/node-group", operator: "In", values: ["c"] }]], "c"],
    ["fractions of a device", { GPU: 1.5 }, undefined, "c"],
  ])("goes by %s", (_, shape, selectors, expected) => {
    expect(new NearestGroups(groups).nearestTo({ shape, selectorLists: [selectors] })?.groupName).toBe(expected);
  });

  it("knows none without groups", () => {
    expect(new NearestGroups([]).nearestTo({ shape: { CPU: 1 }, selectorLists: [undefined] })).toBeUndefined();
  });
});
