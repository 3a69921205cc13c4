import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionReasonCode, DecisionRequest, LabelRule } from "../../../contract/decision";
import { decisionReasonCodes } from "../../../contract/decision";
import {
  aBusyNode,
  aDemand,
  afterReply,
  aGang,
  aGroup,
  aHead,
  anIdleNode,
  aQuota,
  aRequest,
  codesOf,
  launchedOf,
} from "../../support/decisionBuilders";
import { faultsOf } from "../../support/planChecker";

const gpuGroup = aGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 3 });
const apart = { label: "_PG_1", value: "" };

function within(key: string, ...values: string[]): LabelRule {
  return { key, operator: "In", values };
}

function notIn(key: string, ...values: string[]): LabelRule {
  return { key, operator: "NotIn", values };
}

interface LaunchCase {
  readonly fact: string;
  readonly request: Partial<DecisionRequest>;
  readonly launches: Readonly<Record<string, number>>;
}

function launchCases(cases: readonly LaunchCase[]): void {
  it.each(cases)("$fact", ({ request, launches }) => {
    const full = aRequest(request);
    const reply = decide(full);
    expect(launchedOf(reply)).toEqual(launches);
    expect(faultsOf(full, reply)).toEqual([]);
  });
}

describe("decide: demand", () => {
  launchCases([
    { fact: "launches nothing for nothing", request: {}, launches: {} },
    { fact: "launches as many nodes as the tasks fill", request: { demands: [aDemand(9)] }, launches: { cpu: 3 } },
    {
      fact: "takes free capacity first",
      request: { nodes: [aHead(), aBusyNode("a", { available: { CPU: 3 } })], demands: [aDemand(4)] },
      launches: { cpu: 1 },
    },
    {
      fact: "counts a starting node at full size",
      request: { nodes: [{ id: "s", groupName: "cpu", state: "starting" }], demands: [aDemand(4)] },
      launches: {},
    },
    {
      fact: "counts a starting node at full size whatever Ray says of it",
      request: { nodes: [{ id: "s", groupName: "cpu", state: "starting", available: {} }], demands: [aDemand(4)] },
      launches: {},
    },
    {
      fact: "expects nothing of a draining node",
      request: { nodes: [anIdleNode("a", 1, { state: "draining" })], demands: [aDemand(4)] },
      launches: { cpu: 1 },
    },
    { fact: "does not put tasks with CPUs on the head", request: { demands: [aDemand(1)] }, launches: { cpu: 1 } },
    {
      fact: "adds tenths without losing any",
      request: { groups: [aGroup({ resources: { odd: 0.3 } })], demands: [aDemand(3, { shape: { odd: 0.1 } })] },
      launches: { cpu: 1 },
    },
    {
      fact: "takes what is left of a node for another shape",
      request: { demands: [aDemand(1, { shape: { CPU: 3 } }), aDemand(1)] },
      launches: { cpu: 1 },
    },
    {
      fact: "ignores shapes that exist only inside placement groups",
      request: { demands: [aDemand(1, { shape: { CPU_group_0_8f3a: 1, bundle_group_8f3a: 0.001 } })] },
      launches: {},
    },
    {
      fact: "knows a custom resource of a group by its name, even one with _group_ in it",
      request: { groups: [aGroup({ resources: { my_group_x: 1 } })], demands: [aDemand(1, { shape: { my_group_x: 1 } })] },
      launches: { cpu: 1 },
    },
    {
      fact: "gives every node one of each implicit resource",
      request: { demands: [aDemand(2, { shape: { "node:__internal_implicit_resource_x": 1 } })], nodes: [] },
      launches: { cpu: 2 },
    },
    {
      fact: "counts memory in whole bytes up to terabytes",
      request: { groups: [aGroup({ resources: { memory: 24e12 } })], demands: [aDemand(3, { shape: { memory: 8e12 } })] },
      launches: { cpu: 1 },
    },
  ]);

  it("does not buy for the resource of a node that is busy", () => {
    const node = aBusyNode("a", { total: { CPU: 4, "node:10.0.0.5": 1 }, available: { "node:10.0.0.5": 1 } });
    const reply = decide(aRequest({ nodes: [node], demands: [aDemand(1, { shape: { CPU: 1, "node:10.0.0.5": 0.01 } })] }));
    expect(reply.launch).toEqual([]);
    expect(reply.overLimit.demands).toMatchObject([{ index: 0, count: 1, reason: { code: "only-busy-nodes-fit" } }]);
  });

  it("says what the nearest group lacks of a shape that fits nowhere", () => {
    const reply = decide(aRequest({ groups: [aGroup(), gpuGroup], demands: [aDemand(3, { shape: { CPU: 4, GPU: 2 } })] }));
    expect(reply.launch).toEqual([]);
    expect(reply.infeasible.demands).toEqual([
      {
        index: 0,
        shape: { CPU: 4, GPU: 2 },
        count: 3,
        nearestGroup: "gpu",
        missing: "GPU 1 of 2",
        reason: {
          code: "no-group-fits",
          text: "No worker group is large enough for {CPU: 4, GPU: 2}; the nearest is gpu, with GPU 1 of 2.",
        },
      },
    ]);
  });

  it("closes the books: what it cannot serve of one demand it lists with its count", () => {
    const reply = decide(aRequest({ demands: [aDemand(50), aDemand(7)] }));
    expect(launchedOf(reply)).toEqual({ cpu: 10 });
    expect(reply.overLimit.demands.map(({ index, count }) => ({ index, count }))).toEqual([
      { index: 0, count: 10 },
      { index: 1, count: 7 },
    ]);
  });
});

describe("decide: shapes of nothing", () => {
  const nothing = aDemand(1000, { shape: {} });
  launchCases([
    { fact: "puts them on any node there is, the head too", request: { demands: [nothing] }, launches: {} },
    { fact: "buys one node for all of them when there is none", request: { nodes: [], demands: [nothing] }, launches: { cpu: 1 } },
    {
      fact: "buys one node when no node has the labels",
      request: { groups: [aGroup({ labels: { tier: "gold" } })], demands: [{ ...nothing, selectors: [[within("tier", "gold")]] }] },
      launches: { cpu: 1 },
    },
    { fact: "buys none when other work brings one", request: { nodes: [], demands: [nothing, aDemand(1)] }, launches: { cpu: 1 } },
    { fact: "treats a zero amount as nothing", request: { demands: [aDemand(5, { shape: { CPU: 0 } })] }, launches: {} },
  ]);
});

describe("decide: label selectors", () => {
  const gold = aGroup({ groupName: "gold", labels: { tier: "gold" }, pricePerHourUsd: 2 });
  const groups = [aGroup(), gold];
  launchCases([
    {
      fact: "In needs the label",
      request: { groups, demands: [aDemand(1, { selectors: [[within("tier", "gold", "silver")]] })] },
      launches: { gold: 1 },
    },
    {
      fact: "NotIn is satisfied by a missing label",
      request: { groups, demands: [aDemand(1, { selectors: [[notIn("tier", "gold")]] })] },
      launches: { cpu: 1 },
    },
    { fact: "an empty alternative allows any node", request: { groups, demands: [aDemand(1, { selectors: [[]] })] }, launches: { cpu: 1 } },
    {
      fact: "all rules of an alternative must hold",
      request: { groups, demands: [aDemand(1, { selectors: [[within("tier", "gold"), notIn("tier", "gold")], []] })] },
      launches: { cpu: 1 },
    },
    {
      fact: "the first alternative that can be served wins, even if it costs more",
      request: { groups, demands: [aDemand(1, { selectors: [[within("tier", "gold")], []] })] },
      launches: { gold: 1 },
    },
    {
      fact: "what the first alternative has no room for goes to the next",
      request: { groups: [aGroup(), { ...gold, maxReplicas: 1 }], demands: [aDemand(6, { selectors: [[within("tier", "gold")], []] })] },
      launches: { cpu: 1, gold: 1 },
    },
    {
      fact: "a running node counts by its live labels, not by its group's",
      request: {
        groups,
        nodes: [anIdleNode("a", 1, { groupName: "gold", labels: {} })],
        demands: [aDemand(1, { selectors: [[within("tier", "gold")]] })],
      },
      launches: { gold: 1 },
    },
    {
      fact: "dynamic labels count too",
      request: {
        groups,
        nodes: [anIdleNode("a", 1, { labels: {}, dynamicLabels: { tier: "gold" } })],
        demands: [aDemand(1, { selectors: [[within("tier", "gold")]] })],
      },
      launches: {},
    },
    {
      fact: "every node of a group has ray.io/node-group",
      request: { groups, demands: [aDemand(1, { selectors: [[within("ray.io/node-group", "gold")]] })] },
      launches: { gold: 1 },
    },
    {
      fact: "particular work chooses before work that may be anywhere",
      request: {
        groups,
        nodes: [anIdleNode("a", 1, { labels: { tier: "gold" } }), anIdleNode("b", 1, { labels: {} })],
        demands: [aDemand(4), aDemand(4, { selectors: [[within("tier", "gold")]] })],
      },
      launches: {},
    },
  ]);

  it("names the label that the nearest group does not have", () => {
    const reply = decide(aRequest({ demands: [aDemand(1, { selectors: [[within("tier", "gold")]] })] }));
    expect(reply.infeasible.demands).toMatchObject([
      { nearestGroup: "cpu", missing: "label tier not set where tier in (gold)", reason: { code: "no-group-matches-selectors" } },
    ]);
  });
});

describe("decide: gangs", () => {
  launchCases([
    {
      fact: "puts bundles with one affinity on one node",
      request: { groups: [aGroup(), gpuGroup], gangs: [aGang({ count: 6, affinity: apart })] },
      launches: { gpu: 1 },
    },
    {
      fact: "puts bundles with one anti-affinity on different nodes",
      request: { gangs: [aGang({ count: 3, antiAffinity: apart })] },
      launches: { cpu: 3 },
    },
    { fact: "puts other bundles where they fit best", request: { gangs: [aGang({ count: 3 }, { count: 1 })] }, launches: { cpu: 1 } },
    {
      fact: "keeps away from a node that has the label already",
      request: { nodes: [anIdleNode("a", 1, { dynamicLabels: { [apart.label]: apart.value } })], gangs: [aGang({ antiAffinity: apart })] },
      launches: { cpu: 1 },
    },
    {
      fact: "lets two gangs with different labels share nodes",
      request: { gangs: [aGang({ count: 2, antiAffinity: apart }), aGang({ count: 2, antiAffinity: { label: "_PG_2", value: "" } })] },
      launches: { cpu: 2 },
    },
    {
      fact: "keeps two gangs with the same label apart",
      request: { gangs: [aGang({ antiAffinity: apart }), aGang({ antiAffinity: apart })] },
      launches: { cpu: 2 },
    },
    { fact: "ignores a gang without bundles", request: { gangs: [aGang()] }, launches: {} },
    {
      fact: "honours the selector of each bundle",
      request: {
        groups: [aGroup({ labels: { zone: "a" } }), { ...gpuGroup, labels: { zone: "b" } }],
        gangs: [aGang({ selectors: [[within("zone", "a")]] }, { selectors: [[within("zone", "b")]] })],
      },
      launches: { cpu: 1, gpu: 1 },
    },
    {
      fact: "does not split bundles with one affinity although their selectors differ",
      request: {
        groups: [aGroup({ labels: { zone: "a" } }), { ...gpuGroup, labels: { zone: "b" } }],
        gangs: [aGang({ affinity: apart, selectors: [[notIn("zone", "x")]] }, { affinity: apart, selectors: [[within("zone", "b")]] })],
      },
      launches: { gpu: 1 },
    },
    {
      fact: "gives a gang of nothing different nodes",
      request: { nodes: [], gangs: [aGang({ shape: {}, count: 2, antiAffinity: apart })] },
      launches: { cpu: 2 },
    },
    {
      fact: "leaves the rest of its nodes to other work",
      request: { gangs: [aGang({ count: 2, antiAffinity: apart })], demands: [aDemand(6)] },
      launches: { cpu: 2 },
    },
  ]);

  it("serves a gang whole or not at all", () => {
    const reply = decide(aRequest({ groups: [aGroup({ maxReplicas: 2 })], gangs: [aGang({ count: 3, antiAffinity: apart })] }));
    expect(reply.launch).toEqual([]);
    expect(reply.overLimit.gangs).toMatchObject([{ index: 0, reason: { code: "group-max-replicas" }, nearestGroup: "cpu" }]);
  });

  it("leaves to others what a gang that cannot be placed would have taken", () => {
    const reply = decide(
      aRequest({ groups: [aGroup({ maxReplicas: 2 })], gangs: [aGang({ count: 3, antiAffinity: apart })], demands: [aDemand(8)] }),
    );
    expect(launchedOf(reply)).toEqual({ cpu: 2 });
    expect(reply.overLimit.demands).toEqual([]);
  });

  it("says that bundles which are bound and kept apart at once contradict each other", () => {
    const reply = decide(aRequest({ gangs: [aGang({ count: 2, affinity: apart, antiAffinity: { label: "x", value: "" } })] }));
    expect(reply.launch).toEqual([]);
    expect(reply.infeasible.gangs).toMatchObject([{ index: 0, reason: { code: "contradictory-constraints" } }]);
  });

  it("names the nearest group for a bundle that fits nowhere", () => {
    const reply = decide(aRequest({ gangs: [aGang({ shape: { CPU: 1 } }, { shape: { CPU: 9 } })] }));
    expect(reply.infeasible.gangs).toMatchObject([{ index: 0, nearestGroup: "cpu", missing: "CPU 4 of 9" }]);
  });

  it("starts the first nodes of a gang that the rate does not allow at once, and the others later", () => {
    const request = aRequest({ gangs: [aGang({ count: 8, antiAffinity: apart })], limits: { upscalingSpeed: 1 } });
    const reply = decide(request);
    expect(launchedOf(reply)).toEqual({ cpu: 5 });
    expect(reply.held).toMatchObject([{ groupName: "cpu", count: 3, reason: { code: "upscaling-speed" } }]);
    expect(reply.overLimit.gangs).toMatchObject([{ index: 0, reason: { code: "upscaling-speed" } }]);
    const running = afterReply(request, reply).nodes.map((node) =>
      node.state === "starting" ? { ...node, state: "running" as const, idleSeconds: 1 } : node,
    );
    expect(launchedOf(decide({ ...request, nodes: running }))).toEqual({ cpu: 3 });
  });
});

describe("decide: requested resources", () => {
  launchCases([
    {
      fact: "are met by what nodes have in all, not by what is free",
      request: { nodes: [aBusyNode("a")], requested: [aDemand(4)] },
      launches: {},
    },
    {
      fact: "are bought where the total is too small",
      request: { nodes: [aBusyNode("a")], requested: [aDemand(6)] },
      launches: { cpu: 1 },
    },
    {
      fact: "are not added to minReplicas",
      request: { groups: [aGroup({ minReplicas: 2 })], requested: [aDemand(8)] },
      launches: { cpu: 2 },
    },
    {
      fact: "are not added to pending work that fits into them",
      request: { requested: [aDemand(8)], demands: [aDemand(8)] },
      launches: { cpu: 2 },
    },
    {
      fact: "are met by what work makes necessary, where that is enough",
      request: {
        groups: [aGroup({ resources: { CPU: 1 }, pricePerHourUsd: 0.1 }), gpuGroup],
        requested: [aDemand(2)],
        demands: [aDemand(1, { shape: { GPU: 1 } })],
      },
      launches: { gpu: 1 },
    },
    { fact: "count the head", request: { nodes: [aHead({ total: { CPU: 4 }, available: {} })], requested: [aDemand(4)] }, launches: {} },
    {
      fact: "do not count draining nodes",
      request: { nodes: [anIdleNode("a", 1, { state: "draining" })], requested: [aDemand(4)] },
      launches: { cpu: 1 },
    },
    {
      fact: "honour selectors",
      request: { groups: [aGroup(), { ...gpuGroup, labels: { t: "g" } }], requested: [aDemand(1, { selectors: [[within("t", "g")]] })] },
      launches: { gpu: 1 },
    },
  ]);
});

describe("decide: limits", () => {
  launchCases([
    { fact: "keeps minReplicas", request: { groups: [aGroup({ minReplicas: 3 })], nodes: [aBusyNode("a")] }, launches: { cpu: 2 } },
    {
      fact: "does not count a draining node towards minReplicas",
      request: { groups: [aGroup({ minReplicas: 1 })], nodes: [anIdleNode("a", 1, { state: "draining" })] },
      launches: { cpu: 1 },
    },
    {
      fact: "counts a draining node towards maxReplicas",
      request: { groups: [aGroup({ maxReplicas: 2 })], nodes: [anIdleNode("a", 1, { state: "draining" })], demands: [aDemand(8)] },
      launches: { cpu: 1 },
    },
    {
      fact: "does not count the head among the workers",
      request: { limits: { maxReplicas: 2 }, demands: [aDemand(100)] },
      launches: { cpu: 2 },
    },
    {
      fact: "takes larger nodes where few are allowed",
      request: { groups: [aGroup(), gpuGroup], limits: { maxReplicas: 1 }, demands: [aDemand(8)] },
      launches: { gpu: 1 },
    },
    { fact: "stays within the budget", request: { limits: { maxHourlyUsd: 3.5 }, demands: [aDemand(100)] }, launches: { cpu: 3 } },
    {
      fact: "fills the budget to the last cent",
      request: { groups: [aGroup({ pricePerHourUsd: 0.1 })], limits: { maxHourlyUsd: 0.3 }, demands: [aDemand(100)] },
      launches: { cpu: 3 },
    },
    { fact: "starts 5 at a time at least", request: { limits: { upscalingSpeed: 0.1 }, demands: [aDemand(100)] }, launches: { cpu: 5 } },
    {
      fact: "starts 5 at a time at least, also at a speed of 0 as Ray takes it",
      request: { limits: { upscalingSpeed: 0 }, demands: [aDemand(100)] },
      launches: { cpu: 5 },
    },
    {
      fact: "keeps a budget of a thousand million to the last cent",
      request: {
        groups: [aGroup({ pricePerHourUsd: 0.01 }), aGroup({ groupName: "dear", resources: { CPU: 64 }, pricePerHourUsd: 1e9 })],
        nodes: [aBusyNode("a")],
        limits: { maxHourlyUsd: 1e9 },
        demands: [aDemand(1, { shape: { CPU: 64 } })],
      },
      launches: {},
    },
    {
      fact: "starts a multiple of those that run",
      request: {
        groups: [aGroup({ maxReplicas: 100 })],
        nodes: Array.from({ length: 7 }, (_, i) => aBusyNode(`n${i}`)),
        limits: { upscalingSpeed: 2 },
        demands: [aDemand(100)],
      },
      launches: { cpu: 14 },
    },
    {
      fact: "counts those that start already",
      request: {
        nodes: Array.from({ length: 3 }, (_, i) => ({ id: `s${i}`, groupName: "cpu", state: "starting" as const })),
        limits: { upscalingSpeed: 1 },
        demands: [aDemand(100)],
      },
      launches: { cpu: 2 },
    },
    {
      fact: "does not hold minReplicas back",
      request: { groups: [aGroup({ minReplicas: 9 })], limits: { upscalingSpeed: 1 } },
      launches: { cpu: 9 },
    },
    {
      fact: "has no rate unless one is set",
      request: { groups: [aGroup({ maxReplicas: 100 })], demands: [aDemand(400)] },
      launches: { cpu: 100 },
    },
    {
      fact: "launches nothing of an unavailable group and takes another",
      request: { groups: [aGroup({ unavailable: true }), gpuGroup], demands: [aDemand(1)] },
      launches: { gpu: 1 },
    },
  ]);
});

describe("decide: prices", () => {
  launchCases([
    {
      fact: "buys the cheapest for what is placed",
      request: { groups: [aGroup({ groupName: "big", resources: { CPU: 16 }, pricePerHourUsd: 3 }), aGroup()], demands: [aDemand(16)] },
      launches: { big: 1 },
    },
    {
      fact: "does not buy a large node for a small rest",
      request: { groups: [aGroup({ groupName: "big", resources: { CPU: 16 }, pricePerHourUsd: 3 }), aGroup()], demands: [aDemand(17)] },
      launches: { big: 1, cpu: 1 },
    },
    {
      fact: "ends with one node where that is cheaper than the best by the piece",
      request: {
        groups: [aGroup({ groupName: "mid", resources: { CPU: 8 }, pricePerHourUsd: 1.5 }), aGroup({ pricePerHourUsd: 0.8 })],
        demands: [aDemand(5)],
      },
      launches: { mid: 1 },
    },
    {
      fact: "takes fewer nodes at the same price",
      request: { groups: [aGroup({ groupName: "big", resources: { CPU: 8 }, pricePerHourUsd: 2 }), aGroup()], demands: [aDemand(8)] },
      launches: { big: 1 },
    },
    {
      fact: "takes the group of higher priority among equals",
      request: { groups: [aGroup({ groupName: "a" }), aGroup({ groupName: "b", priority: 1 })], demands: [aDemand(1)] },
      launches: { b: 1 },
    },
    {
      fact: "takes the first name among equals",
      request: { groups: [aGroup({ groupName: "b" }), aGroup({ groupName: "a" })], demands: [aDemand(1)] },
      launches: { a: 1 },
    },
    {
      fact: "buys no GPU for CPU work at the same price",
      request: { groups: [aGroup({ groupName: "a", resources: { CPU: 4, GPU: 1 } }), aGroup()], demands: [aDemand(4)] },
      launches: { cpu: 1 },
    },
    {
      fact: "buys no GPU for CPU work when no price is known",
      request: {
        groups: [
          { groupName: "a", resources: { CPU: 4, GPU: 1 }, maxReplicas: 5 },
          { groupName: "b", resources: { CPU: 4 }, maxReplicas: 5 },
        ],
        demands: [aDemand(4)],
      },
      launches: { b: 1 },
    },
    {
      fact: "buys a GPU for CPU work when nothing else is left",
      request: { groups: [aGroup({ maxReplicas: 0 }), gpuGroup], demands: [aDemand(1)] },
      launches: { gpu: 1 },
    },
    {
      fact: "leaves GPU nodes to GPU work where CPU nodes have room",
      request: {
        groups: [aGroup(), gpuGroup],
        nodes: [anIdleNode("g", 1, { groupName: "gpu", total: { CPU: 1, GPU: 1 }, available: { CPU: 1, GPU: 1 } }), anIdleNode("c", 1)],
        demands: [aDemand(4), aDemand(1, { shape: { CPU: 1, GPU: 1 } })],
      },
      launches: {},
    },
    {
      fact: "mixes shapes that complete each other",
      request: {
        groups: [aGroup({ resources: { CPU: 8, odd: 8 } })],
        demands: [aDemand(4, { shape: { CPU: 1.5, odd: 0.5 } }), aDemand(4, { shape: { CPU: 0.5, odd: 1.5 } })],
      },
      launches: { cpu: 1 },
    },
  ]);

  it("counts the workers that stay and those that are launched", () => {
    const nodes = [aHead(), aBusyNode("a"), anIdleNode("b", 100), anIdleNode("c", 1, { state: "draining" })];
    const reply = decide(
      aRequest({ groups: [aGroup(), gpuGroup], nodes, demands: [aDemand(1, { shape: { GPU: 1 } })], idleTimeoutSeconds: 60 }),
    );
    expect(reply.drain.map(({ id }) => id)).toEqual(["b"]);
    expect(reply.costPerHourUsd).toBe(4);
    expect(reply.lowerBoundPerHourUsd).toBe(4);
  });
});

describe("decide: the lower bound on the cost", () => {
  it("is the cost where every node is paid in any case, however much waits", () => {
    const nodes = [aBusyNode("a"), aBusyNode("b")];
    const reply = decide(aRequest({ groups: [aGroup({ maxReplicas: 2 })], nodes, demands: [aDemand(100)] }));
    expect([reply.costPerHourUsd, reply.lowerBoundPerHourUsd]).toEqual([2, 2]);
  });

  it("is below the cost where a limit made work go to a dearer group", () => {
    const groups = [aGroup({ maxReplicas: 1 }), aGroup({ groupName: "dear", pricePerHourUsd: 3 })];
    const reply = decide(aRequest({ groups, demands: [aDemand(8)] }));
    expect([reply.costPerHourUsd, reply.lowerBoundPerHourUsd]).toEqual([4, 2]);
  });
});

describe("decide: idle nodes", () => {
  it("drains the longest idle first and keeps minReplicas", () => {
    const nodes = [anIdleNode("a", 70), anIdleNode("b", 90), anIdleNode("c", 80), anIdleNode("d", 10)];
    const reply = decide(aRequest({ groups: [aGroup({ minReplicas: 2 })], nodes, idleTimeoutSeconds: 60 }));
    expect(reply.drain.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(reply.held).toMatchObject([
      { id: "a", reason: { code: "kept-for-min-replicas" } },
      { id: "d", reason: { code: "not-idle-long-enough" } },
    ]);
  });

  it("drains at the time-out itself, by the group's before the cluster's", () => {
    const nodes = [anIdleNode("a", 60), anIdleNode("g", 60, { groupName: "gpu" })];
    const reply = decide(aRequest({ groups: [aGroup(), { ...gpuGroup, idleTimeoutSeconds: 61 }], nodes, idleTimeoutSeconds: 60 }));
    expect(reply.drain.map(({ id }) => id)).toEqual(["a"]);
  });

  it("never drains without a time-out, without knowing that a node is idle, a starting node or a head", () => {
    const nodes = [aHead(), aBusyNode("a"), { id: "s", groupName: "cpu", state: "starting" as const, idleSeconds: 999 }];
    expect(decide(aRequest({ nodes, idleTimeoutSeconds: 1 })).drain).toEqual([]);
    expect(decide(aRequest({ nodes: [anIdleNode("b", 99999)] })).drain).toEqual([]);
  });

  it("keeps those that became idle last for work that waits", () => {
    const nodes = [anIdleNode("a", 70), anIdleNode("b", 90), anIdleNode("c", 80)];
    const reply = decide(aRequest({ nodes, demands: [aDemand(5)], idleTimeoutSeconds: 60 }));
    expect(reply.drain.map(({ id }) => id)).toEqual(["b"]);
    expect(reply.held.map((held) => ("id" in held ? [held.id, held.reason.code] : []))).toEqual([
      ["a", "kept-for-demand"],
      ["c", "kept-for-demand"],
    ]);
  });

  it("keeps what request_resources() needs", () => {
    const reply = decide(aRequest({ nodes: [anIdleNode("a", 70), anIdleNode("b", 90)], requested: [aDemand(3)], idleTimeoutSeconds: 60 }));
    expect(reply.drain.map(({ id }) => id)).toEqual(["b"]);
    expect(reply.held).toMatchObject([{ id: "a", reason: { code: "kept-for-requested-resources" } }]);
  });

  it("drains idle nodes above maxReplicas at once, and busy ones never", () => {
    const nodes = [aBusyNode("a"), aBusyNode("b"), anIdleNode("c", 5), anIdleNode("d", 1)];
    const reply = decide(aRequest({ groups: [aGroup({ maxReplicas: 1 })], nodes, idleTimeoutSeconds: 60 }));
    expect(reply.drain).toMatchObject([
      { id: "c", reason: { code: "above-max-replicas" } },
      { id: "d", reason: { code: "above-max-replicas" } },
    ]);
  });

  it("counts draining nodes as on their way out when there are too many", () => {
    const nodes = [anIdleNode("a", 5), anIdleNode("b", 6), anIdleNode("c", 9, { state: "draining" })];
    expect(decide(aRequest({ groups: [aGroup({ maxReplicas: 2 })], nodes })).drain).toEqual([]);
  });

  it("leaves a node of a group that is not configured alone", () => {
    const reply = decide(aRequest({ nodes: [anIdleNode("x", 999, { groupName: "gone" })], idleTimeoutSeconds: 60 }));
    expect(reply.drain).toEqual([]);
    expect(reply.held).toMatchObject([{ id: "x", reason: { code: "group-not-configured" } }]);
  });
});

const gpuWork = aDemand(1, { shape: { GPU: 1 } });

/** One request for every reason there is: a new code does not compile without one. */
const reasonCases: Readonly<Record<DecisionReasonCode, Partial<DecisionRequest>>> = {
  "min-replicas": { groups: [aGroup({ minReplicas: 1 })] },
  "pending-demand": { demands: [aDemand(1)] },
  "pending-gang": { gangs: [aGang({})] },
  "requested-resources": { requested: [aDemand(1)] },
  "empty-shape": { nodes: [], demands: [aDemand(1, { shape: {} })] },
  "idle-timeout-reached": { nodes: [anIdleNode("a", 60)], idleTimeoutSeconds: 60 },
  "above-max-replicas": { nodes: [anIdleNode("a", 1)], limits: { maxReplicas: 0 } },
  "no-group-fits": { demands: [gpuWork] },
  "no-group-matches-selectors": { demands: [aDemand(1, { selectors: [[within("a", "b")]] })] },
  "contradictory-constraints": { gangs: [aGang({ count: 2, affinity: apart, antiAffinity: apart })] },
  "group-max-replicas": { groups: [aGroup({ maxReplicas: 0 })], demands: [aDemand(1)] },
  "cluster-max-replicas": { limits: { maxReplicas: 0 }, requested: [aDemand(1)] },
  "hourly-budget": { limits: { maxHourlyUsd: 0.5 }, gangs: [aGang({})] },
  "vcpu-quota": { limits: { quotas: [aQuota(3)] }, demands: [aDemand(1)] },
  "upscaling-speed": { limits: { upscalingSpeed: 1 }, requested: [aDemand(40)] },
  "group-unavailable": { groups: [aGroup({ minReplicas: 1, unavailable: true })] },
  "only-busy-nodes-fit": { nodes: [aBusyNode("a", { total: { GPU: 1 } })], demands: [gpuWork] },
  "kept-for-min-replicas": { groups: [aGroup({ minReplicas: 1 })], nodes: [anIdleNode("a", 60)], idleTimeoutSeconds: 60 },
  "kept-for-demand": { nodes: [anIdleNode("a", 60)], demands: [aDemand(1)], idleTimeoutSeconds: 60 },
  "kept-for-requested-resources": { nodes: [anIdleNode("a", 60)], requested: [aDemand(1)], idleTimeoutSeconds: 60 },
  "not-idle-long-enough": { nodes: [anIdleNode("a", 59)], idleTimeoutSeconds: 60 },
  "group-not-configured": { nodes: [anIdleNode("a", 59, { groupName: "gone" })] },
};

describe("decisionReasonCodes", () => {
  it.each(decisionReasonCodes)("%s is given where it applies, alone, and not otherwise", (code) => {
    expect(codesOf(decide(aRequest(reasonCases[code])))).toContain(code);
    expect(codesOf(decide(aRequest()))).toEqual(new Set());
  });

  it("each come with a sentence", () => {
    const texts = decisionReasonCodes.flatMap((code) => {
      const reply = decide(aRequest(reasonCases[code]));
      const lists = [reply.infeasible, reply.overLimit].flatMap(({ demands, gangs, requested }) => [...demands, ...gangs, ...requested]);
      const reasons = [
        ...reply.launch.flatMap(({ reasons }) => reasons),
        ...[...reply.drain, ...lists, ...reply.held].map(({ reason }) => reason),
      ];
      return reasons.filter((reason) => reason.code === code).map(({ text }) => `${code}: ${text}`);
    });
    expect([...new Set(texts)].join("\n")).toMatchSnapshot();
  });
});
