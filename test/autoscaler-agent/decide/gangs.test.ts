import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../../contract/decision";
import { aBusyNode, afterReply, aGang, aGroup, aRequest, launchedOf } from "../../support/decisionBuilders";
import { faultsOf } from "../../support/planChecker";

const apart = { antiAffinity: { label: "pg", value: "" } };

function unservedGangs(request: DecisionRequest): readonly number[] {
  const reply = decide(request);
  expect(faultsOf(request, reply)).toEqual([]);
  return [...reply.infeasible.gangs, ...reply.overLimit.gangs].map(({ index }) => index);
}

describe("a gang of bundles that are kept apart and one that is not", () => {
  /** The large node has least of all resources together, so that it would be filled before the small ones. */
  const bought = aRequest({
    groups: [
      aGroup({ groupName: "small", resources: { CPU: 8, GPU: 1, odd: 1 }, maxReplicas: 3, pricePerHourUsd: 0.1 }),
      aGroup({ groupName: "large", resources: { CPU: 8, GPU: 2 }, maxReplicas: 1, pricePerHourUsd: 2.5 }),
    ],
    gangs: [
      aGang(
        { shape: { GPU: 0.5 }, affinity: { label: "a", value: "" }, ...apart },
        { shape: { CPU: 1, GPU: 1 }, ...apart },
        { shape: { CPU: 1, GPU: 2 } },
      ),
      aGang({ shape: { GPU: 0.5, odd: 0.3 }, affinity: { label: "a", value: "" } }),
    ],
  });

  it("finds its nodes again that were bought for it", () => {
    expect(unservedGangs(bought)).toEqual([]);
    expect(launchedOf(decide(bought))).toEqual({ large: 1, small: 2 });
    expect(launchedOf(decide(afterReply(bought, decide(bought))))).toEqual({});
  });

  it("lets the one have the node that only it needs, where the others may be elsewhere", () => {
    const nodes = [
      aBusyNode("two", { total: { CPU: 8, GPU: 2 }, available: { CPU: 2, GPU: 2 } }),
      aBusyNode("one", { total: { CPU: 8, GPU: 2 }, available: { CPU: 8, GPU: 1 } }),
      aBusyNode("none", { total: { CPU: 8 }, available: { CPU: 8 } }),
    ];
    const gangs = [aGang({ shape: { CPU: 1, GPU: 1 }, ...apart }, { shape: { CPU: 8 }, ...apart }, { shape: { CPU: 1, GPU: 2 } })];
    expect(unservedGangs(aRequest({ groups: [], nodes, gangs }))).toEqual([]);
  });

  it("is refused for the same reason in whatever order it was tried", () => {
    const gangs = [aGang({ shape: { CPU: 4 }, count: 2, ...apart }, { shape: { CPU: 4 } })];
    const { overLimit, launch } = decide(aRequest({ groups: [aGroup({ maxReplicas: 2 })], gangs }));
    expect(overLimit.gangs.map(({ reason }) => reason.code)).toEqual(["group-max-replicas"]);
    expect(launch).toEqual([]);
  });

  it("waits where some of its nodes start later, whichever bundles are placed first", () => {
    const gangs = [aGang({ shape: { CPU: 4 }, count: 4, ...apart }, { shape: { CPU: 4 }, count: 2 })];
    const { overLimit, held } = decide(aRequest({ gangs, limits: { upscalingSpeed: 1 } }));
    expect(overLimit.gangs.map(({ reason }) => reason.code)).toEqual(["upscaling-speed"]);
    expect(held.map((entry) => ("count" in entry ? entry.count : 0))).toEqual([1]);
  });
});
