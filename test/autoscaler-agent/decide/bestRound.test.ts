import { beforeEach, describe, expect, it, vi } from "vitest";
import { decide, decideInDetail } from "../../../autoscaler-agent/decide/decide";
import { checkPlan } from "../../../bench/decide/checker";
import { planOf } from "../../../bench/decide/placements";
import type { DecisionRequest } from "../../../contract/decision";
import { aBusyNode, aDemand, afterReply, aGang, aGroup, aRequest, launchedOf } from "../../support/decisionBuilders";
import { faultsOf } from "../../support/planChecker";
import { leastCostOfAllUsd, unservedOf } from "../../support/tinyRequests";

const rounds = vi.hoisted(() => ({ count: 0 }));

vi.mock("../../../autoscaler-agent/decide/round", async (load) => {
  const module = await load<typeof import("../../../autoscaler-agent/decide/round")>();
  const playRound: typeof module.playRound = (...args) => {
    rounds.count += 1;
    return module.playRound(...args);
  };
  return { ...module, playRound };
});

function roundsOf(request: DecisionRequest): number {
  rounds.count = 0;
  decide(request);
  return rounds.count;
}

/** Only this group has the memory for the second demand, and of it there can be one node; the first demand may also be on the dearer group. */
const scarceGroup: Partial<DecisionRequest> = {
  groups: [
    aGroup({ groupName: "common", resources: { CPU: 4, GPU: 2, memory: 8 }, maxReplicas: 5, pricePerHourUsd: 0.5 }),
    aGroup({ groupName: "scarce", resources: { CPU: 4, GPU: 1, memory: 16 }, maxReplicas: 1, pricePerHourUsd: 0.35 }),
  ],
};
const flexible = aDemand(1, { shape: { CPU: 2, GPU: 1 } });
const particular = aDemand(1, { shape: { CPU: 3, GPU: 1, memory: 12 } });

const apart = { antiAffinity: { label: "pg", value: "" } };

const served: readonly (readonly [string, DecisionRequest])[] = [
  ["a group of which there can be few nodes, which other work would fill", aRequest({ ...scarceGroup, demands: [flexible, particular] })],
  ["a scarce group that request_resources() asks for", aRequest({ ...scarceGroup, requested: [flexible, particular] })],
  ["a scarce group and a gang", aRequest({ ...scarceGroup, demands: [flexible], gangs: [aGang(particular)] })],
  [
    "memory that only one of the nodes there are has left, where nothing can be bought",
    aRequest({
      groups: [aGroup({ resources: { CPU: 8, memory: 64 }, maxReplicas: 2 })],
      nodes: [
        aBusyNode("a", { total: { CPU: 8, memory: 32 }, available: { CPU: 2, memory: 8 } }),
        aBusyNode("b", { total: { CPU: 8, GPU: 1, memory: 32 }, available: { CPU: 4, GPU: 1 } }),
      ],
      demands: [aDemand(2), aDemand(2, { shape: { CPU: 1, memory: 4 } })],
    }),
  ],
  [
    "room on a node that a gang does not need, where a quota leaves three nodes",
    aRequest({
      groups: [
        aGroup({ groupName: "g0", resources: { CPU: 4, GPU: 2, memory: 16 }, maxReplicas: 5, pricePerHourUsd: 0.35 }),
        aGroup({ groupName: "g1", resources: { CPU: 8, memory: 16 }, maxReplicas: 5, pricePerHourUsd: 1.3 }),
      ],
      nodes: [aBusyNode("a", { groupName: "g0", total: { CPU: 8, memory: 32 }, available: { CPU: 2, memory: 8 } })],
      demands: [
        aDemand(2, { shape: { CPU: 2, memory: 12 } }),
        aDemand(2, { shape: { CPU: 3, GPU: 1 } }),
        aDemand(1, { shape: { CPU: 2, GPU: 1, memory: 12 } }),
      ],
      limits: { quotas: [{ name: "q", maxVcpus: 16, groups: [{ groupName: "g0", vcpusPerNode: 4 }] }] },
    }),
  ],
];

const cheap: readonly (readonly [string, DecisionRequest])[] = [
  [
    "gangs before the work that fits beside them",
    aRequest({
      groups: [
        aGroup({ groupName: "g0", resources: { CPU: 8, GPU: 1, memory: 64 }, maxReplicas: 2, pricePerHourUsd: 0.35 }),
        aGroup({ groupName: "g2", resources: { CPU: 8, GPU: 2, memory: 16 }, maxReplicas: 1, pricePerHourUsd: 0.9 }),
      ],
      demands: [aDemand(1, { shape: { CPU: 5, memory: 4 } }), aDemand(1, { shape: { CPU: 3, memory: 12 } })],
      gangs: [aGang({ shape: { CPU: 2 }, count: 2, ...apart })],
    }),
  ],
  [
    "work with memory before work without it, on nodes of which one has none left",
    aRequest({
      groups: [
        aGroup({ groupName: "g0", resources: { CPU: 2, memory: 64 }, maxReplicas: 5, pricePerHourUsd: 0.35 }),
        aGroup({ groupName: "g1", resources: { CPU: 4, memory: 8 }, maxReplicas: 5, pricePerHourUsd: 1.3 }),
      ],
      nodes: [
        aBusyNode("a", { groupName: "g0", total: { CPU: 8, memory: 32 }, available: { CPU: 2, memory: 8 } }),
        aBusyNode("b", { groupName: "g0", total: { CPU: 8, memory: 32 }, available: { CPU: 4 } }),
      ],
      demands: [aDemand(2, { shape: { CPU: 2 } }), aDemand(2, { shape: { CPU: 2, memory: 4 } })],
      limits: { maxReplicas: 3 },
    }),
  ],
];

describe("the best of several orders", () => {
  beforeEach(() => {
    rounds.count = 0;
  });

  it.each(served)("serves all that can be served: %s", (_what, request) => {
    const reply = decide(request);
    expect(unservedOf(reply) + reply.overLimit.requested.length).toBe(0);
    expect(faultsOf(request, reply)).toEqual([]);
  });

  it.each(cheap)("costs the least there is: %s", (_what, request) => {
    const reply = decide(request);
    expect(unservedOf(reply)).toBe(0);
    expect(reply.costPerHourUsd).toBeCloseTo(leastCostOfAllUsd(request) ?? Number.NaN, 9);
  });

  it.each([...served, ...cheap])("is found again once the new nodes are starting: %s", (_what, request) => {
    const reply = decide(request);
    const again = decide(afterReply(request, reply));
    expect(launchedOf(again)).toEqual({});
    expect(again.overLimit).toEqual(reply.overLimit);
  });

  it.each(cheap)("tells where all of it is placed: %s", (_what, request) => {
    expect(checkPlan(request, planOf(decideInDetail(request)))).toMatchObject({ faults: [], unservedGangs: 0, unservedPieces: 0 });
  });

  it("takes nothing from work that has a place to give it to other work", () => {
    const request = aRequest({ groups: [aGroup({ maxReplicas: 1 })], demands: [aDemand(1, { shape: { CPU: 3 } }), aDemand(4)] });
    const { overLimit } = decide(request);
    expect(overLimit.demands.map(({ index, count }) => [index, count])).toEqual([[1, 3]]);
  });

  it("is not looked for where everything has a place on the nodes there are, nor where one kind of work is all there is", () => {
    const there = [aBusyNode("a", { available: { CPU: 4 } })];
    expect(roundsOf(aRequest({ nodes: there, demands: [aDemand(2), aDemand(1, { shape: { CPU: 2 } })] }))).toBe(1);
    expect(roundsOf(aRequest({ groups: [aGroup({ maxReplicas: 0 })], nodes: there, demands: [aDemand(9)] }))).toBe(1);
    expect(roundsOf(aRequest({ demands: [aDemand(9)] }))).toBe(2);
  });

  it("is looked for a bounded number of times, and not at all among very many kinds of work", () => {
    const shapes = (count: number) =>
      aRequest({
        groups: [aGroup({ maxReplicas: 1 })],
        demands: Array.from({ length: count }, (_, i) => aDemand(50, { shape: { CPU: 1 + i / 1000 } })),
      });
    expect(roundsOf(shapes(30))).toBeLessThanOrEqual(16);
    expect(roundsOf(shapes(2100))).toBe(2);
  });
});
