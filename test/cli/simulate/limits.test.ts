import { describe, expect, it } from "vitest";
import { withinLimits } from "../../../cli/simulate/strategies/limits";
import type { DecisionRequest } from "../../../contract/decision";
import { aBusyNode, aGroup, aHead, aQuota, aRequest } from "../../support/decisionBuilders";

const groups = [aGroup(), aGroup({ groupName: "big", pricePerHourUsd: 3 })];
const launch = [
  { groupName: "cpu", count: 4 },
  { groupName: "big", count: 2 },
];
const ofBoth = [
  { groupName: "cpu", vcpusPerNode: 4 },
  { groupName: "big", vcpusPerNode: 8 },
];

describe("withinLimits", () => {
  it.each<[string, DecisionRequest["limits"], readonly number[]]>([
    ["no limit", {}, [4, 2]],
    ["a number of workers", { maxReplicas: 4 }, [3]],
    ["a budget", { maxHourlyUsd: 8 }, [4, 1]],
    ["a vCPU quota, what is there counted", { quotas: [aQuota(14)] }, [2, 2]],
    [
      "a vCPU quota that counts two groups, the rest of it to the second",
      { quotas: [aQuota(33, { otherVcpus: 4, groups: ofBoth })] },
      [4, 1],
    ],
    ["a vCPU quota that is exceeded", { quotas: [aQuota(3)] }, [2]],
  ])("cuts launches to %s", (_what, limits, counts) => {
    const request = aRequest({ groups, nodes: [aHead(), aBusyNode("a")], limits });
    expect(withinLimits(request, launch).map(({ count }) => count)).toEqual(counts);
  });
});
