import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../../contract/decision";
import { afterReply } from "../../support/decisionBuilders";

/** The small node is the better buy for one piece; twice, it is dearer than what the large one leaves room for. */
const request: DecisionRequest = {
  groups: [
    { groupName: "large", resources: { CPU: 7, memory: 9 }, maxReplicas: 100, pricePerHourUsd: 6 },
    { groupName: "small", resources: { CPU: 2, memory: 14 }, maxReplicas: 100, pricePerHourUsd: 2.4 },
  ],
  nodes: [],
  demands: [
    { shape: { CPU: 2, memory: 5 }, count: 2 },
    { shape: { CPU: 3, memory: 2 }, count: 1 },
  ],
  gangs: [],
  requested: [],
  limits: {},
};

describe("other mixes of groups", () => {
  it("are tried, and the cheapest is kept", () => {
    const reply = decide(request);
    expect(reply.launch.map(({ groupName, count }) => [groupName, count])).toEqual([
      ["large", 1],
      ["small", 1],
    ]);
    expect(reply.costPerHourUsd).toBeCloseTo(8.4);
  });

  it("are enough: asked again while they start, it launches nothing more", () => {
    expect(decide(afterReply(request, decide(request))).launch).toEqual([]);
  });

  it("leave no work out for the sake of the price", () => {
    const [large, small] = request.groups;
    if (large === undefined || small === undefined) throw new Error("groups: are two");
    const narrow = {
      ...request,
      groups: [
        { ...large, maxReplicas: 1 },
        { ...small, maxReplicas: 0 },
      ],
    };
    const reply = decide(narrow);
    const unserved = reply.overLimit.demands.reduce((sum, { count }) => sum + count, 0);
    expect([reply.launch.map(({ count }) => count), unserved]).toEqual([[1], 1]);
  });
});
