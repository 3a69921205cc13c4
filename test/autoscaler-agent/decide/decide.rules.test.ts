import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionRequest, LabelRule } from "../../../contract/decision";
import { aBusyNode, aDemand, aGang, aGroup, aHead, anIdleNode, aRequest, launchedOf } from "../../support/decisionBuilders";
import { faultsOf } from "../../support/planChecker";

/** Rules about several things at once, which the tables of `decide.test.ts` have each alone. */

function within(key: string, ...values: string[]): LabelRule {
  return { key, operator: "In", values };
}

const market = "ray.io/market-type";
const spot = aGroup({ groupName: "spot", labels: { [market]: "spot" }, pricePerHourUsd: 0.3 });
const onDemand = aGroup({ groupName: "on-demand", labels: { [market]: "on-demand" } });
const apart = { label: "_PG_1", value: "" };

interface RuleCase {
  readonly rule: string;
  readonly request: Partial<DecisionRequest>;
  readonly launches: Readonly<Record<string, number>>;
}

describe("decide: rules together", () => {
  it.each<RuleCase>([
    { rule: "spot is taken while it can be had", request: { groups: [spot, onDemand], demands: [aDemand(4)] }, launches: { spot: 1 } },
    {
      rule: "on-demand is taken when spot cannot be had",
      request: { groups: [{ ...spot, unavailable: true }, onDemand], demands: [aDemand(4)] },
      launches: { "on-demand": 1 },
    },
    {
      rule: "on-demand takes what spot has no room for",
      request: { groups: [{ ...spot, maxReplicas: 2 }, onDemand], demands: [aDemand(12)] },
      launches: { spot: 2, "on-demand": 1 },
    },
    {
      rule: "work that asks for a market gets that one",
      request: { groups: [spot, onDemand], demands: [aDemand(1, { selectors: [[within(market, "on-demand")]] })] },
      launches: { "on-demand": 1 },
    },
    {
      rule: "work that prefers a market gets the other where the first is out",
      request: {
        groups: [{ ...spot, unavailable: true }, onDemand],
        demands: [aDemand(1, { selectors: [[within(market, "spot")], [within(market, "on-demand")]] })],
      },
      launches: { "on-demand": 1 },
    },
    {
      rule: "a share of on-demand is kept as a minimum beside cheap spot",
      request: { groups: [spot, { ...onDemand, minReplicas: 1 }], demands: [aDemand(8)] },
      launches: { spot: 1, "on-demand": 1 },
    },
    {
      rule: "of two minima the one of higher priority is met where there are too few nodes for both",
      request: {
        groups: [aGroup({ groupName: "a", minReplicas: 2 }), aGroup({ groupName: "b", minReplicas: 2, priority: 5 })],
        limits: { maxReplicas: 3 },
      },
      launches: { a: 1, b: 2 },
    },
    {
      rule: "a running node counts by what it really has, not by what its group promises",
      request: { nodes: [anIdleNode("a", 1, { total: { CPU: 3 }, available: { CPU: 3 } })], demands: [aDemand(4)] },
      launches: { cpu: 1 },
    },
    {
      rule: "a running node that has more than its group promises is filled",
      request: { nodes: [anIdleNode("a", 1, { total: { CPU: 6 }, available: { CPU: 6 } })], demands: [aDemand(6)] },
      launches: {},
    },
    {
      rule: "a head with CPUs takes work",
      request: { nodes: [aHead({ total: { CPU: 2 }, available: { CPU: 2 } })], demands: [aDemand(2)] },
      launches: {},
    },
    {
      rule: "bundles that are placed already are not placed again, and the rest stays away from them",
      request: {
        nodes: [anIdleNode("a", 1, { dynamicLabels: { [apart.label]: "" } }), anIdleNode("b", 1)],
        gangs: [aGang({ count: 2, antiAffinity: apart })],
      },
      launches: { cpu: 1 },
    },
    {
      rule: "an actor without CPUs takes only what it asks for",
      request: {
        groups: [aGroup({ resources: { CPU: 4, memory: 8e9 } })],
        demands: [aDemand(4), aDemand(2, { shape: { memory: 4e9 } })],
      },
      launches: { cpu: 1 },
    },
    {
      rule: "minReplicas, requested resources and waiting work are met by the same nodes",
      request: { groups: [aGroup({ minReplicas: 2 })], requested: [aDemand(12)], demands: [aDemand(9)] },
      launches: { cpu: 3 },
    },
    {
      rule: "what starts already is waited for, and not called unserved",
      request: {
        groups: [aGroup({ maxReplicas: 2 })],
        nodes: [aBusyNode("a"), { id: "s", groupName: "cpu", state: "starting" }],
        demands: [aDemand(4)],
      },
      launches: {},
    },
    {
      rule: "a gang that a paused group alone could hold leaves the rest to other work",
      request: {
        groups: [aGroup(), aGroup({ groupName: "gpu", resources: { CPU: 4, GPU: 2 }, unavailable: true })],
        gangs: [aGang({ shape: { GPU: 1 }, count: 2 })],
        demands: [aDemand(4)],
      },
      launches: { cpu: 1 },
    },
  ])("$rule", ({ request, launches }) => {
    const full = aRequest(request);
    const reply = decide(full);
    expect(launchedOf(reply)).toEqual(launches);
    expect(faultsOf(full, reply)).toEqual([]);
  });

  it("tells apart what can never be, what a limit stops, what is busy, and what has to wait for its turn", () => {
    const nodes = [aBusyNode("a", { total: { CPU: 4, special: 1 } })];
    const demands = [
      aDemand(1, { shape: { CPU: 9 } }),
      aDemand(1, { shape: { GPU: 1 } }),
      aDemand(1, { shape: { special: 1 } }),
      aDemand(40),
    ];
    const groups = [aGroup({ maxReplicas: 100 }), aGroup({ groupName: "gpu", resources: { GPU: 1 }, maxReplicas: 0 })];
    const { infeasible, overLimit } = decide(aRequest({ groups, nodes, demands, limits: { upscalingSpeed: 1 } }));
    expect(infeasible.demands.map(({ index, reason }) => [index, reason.code])).toEqual([[0, "no-group-fits"]]);
    expect(overLimit.demands.map(({ index, count, reason }) => [index, count, reason.code])).toEqual([
      [1, 1, "group-max-replicas"],
      [2, 1, "only-busy-nodes-fit"],
      [3, 20, "upscaling-speed"],
    ]);
  });
});
