import { describe, expect, it } from "vitest";
import { decideInDetail } from "../../../autoscaler-agent/decide/decide";
import { checkPlan } from "../../../bench/decide/checker";
import { planOf } from "../../../bench/decide/placements";
import type { Host } from "../../../bench/decide/plan";
import { clusterAutoscalerLike } from "../../../bench/decide/policies/clusterAutoscalerLike";
import { karpenterLike } from "../../../bench/decide/policies/karpenterLike";
import { scenarios } from "../../../bench/decide/scenarios";
import type { DecisionRequest } from "../../../contract/decision";
import { aDemand, aGang, aGroup, aQuota, aRequest } from "../../support/decisionBuilders";

const host = (contents: Host["contents"], rest: Partial<Host> = {}): Host => ({ groupName: "cpu", count: 1, contents, ...rest });
const demand = (times: number, index = 0) => ({ kind: "demand" as const, index, times });
const part = (times: number) => ({ kind: "gang" as const, index: 0, shape: { CPU: 1 }, times });
const apart = { label: "_PG_0", value: "" };

describe("checkPlan", () => {
  const request = aRequest({
    groups: [aGroup({ resources: { CPU: 4 }, pricePerHourUsd: 2 })],
    demands: [aDemand(5, { shape: { CPU: 1 } })],
  });

  it("finds nothing wrong with a right plan, and prices it", () => {
    const verdict = checkPlan(request, { hosts: [host([demand(4)]), host([demand(1)])] });
    expect(verdict).toEqual({ faults: [], unservedPieces: 0, unservedGangs: 0, newNodes: 2, launchedPerHourUsd: 4 });
  });

  it("counts what is left", () => {
    expect(checkPlan(request, { hosts: [host([demand(3)])] })).toMatchObject({ faults: [], unservedPieces: 2 });
  });

  it.each<[string, Host[], Partial<DecisionRequest>, string]>([
    ["too much on a node", [host([demand(5)])], {}, "cpu has too little CPU"],
    ["more than waits", [host([demand(3)], { count: 2 })], {}, "more pieces are placed than wait"],
    ["a node that is not there", [host([demand(1)], { nodeId: "n1" })], {}, "uses n1, which offers nothing"],
    ["a group that is not there", [host([demand(1)], { groupName: "tpu" })], {}, "launches tpu, which is no group"],
    ["too many nodes", [host([demand(1)], { count: 5 })], { limits: { maxReplicas: 4 } }, "more workers than limits.maxReplicas"],
    ["too dear", [host([demand(1)], { count: 5 })], { limits: { maxHourlyUsd: 9 } }, "dearer than limits.maxHourlyUsd"],
    [
      "too many vCPUs",
      [host([demand(1)], { count: 5 })],
      { limits: { quotas: [aQuota(23, { otherVcpus: 4 })] } },
      "over the vCPU quota standard",
    ],
    [
      "labels that do not match",
      [host([demand(1)])],
      { demands: [aDemand(1, { shape: { CPU: 1 }, selectors: [[{ key: "zone", operator: "In", values: ["a"] }]] })] },
      "cpu does not match the selectors of demand 0",
    ],
    [
      "parts that must be apart",
      [host([part(2)])],
      { gangs: [{ bundles: [{ shape: { CPU: 1 }, count: 2, antiAffinity: apart }] }] },
      "cpu holds parts that must be apart",
    ],
    ["half a gang", [host([part(1)])], { gangs: [aGang({ shape: { CPU: 1 }, count: 2 })] }, "gang 0 is placed in part"],
    [
      "parts that must be together",
      [host([part(1)], { count: 2 })],
      { gangs: [{ bundles: [{ shape: { CPU: 1 }, count: 2, affinity: apart }] }] },
      "cpu holds something that nobody asked for",
    ],
  ])("sees %s", (_, hosts, changes, fault) => {
    expect(checkPlan({ ...request, ...changes }, { hosts }).faults).toContain(fault);
  });
});

describe("the contestants", () => {
  const isLate = () => false;
  const sizes: Readonly<Record<string, number>> = {
    "busy-cluster": 20,
    "one-shape": 30,
    "placement-groups": 40,
    mixed: 200,
    "mixed-distinct": 100,
    "thirty-types": 2000,
    "large-tasks": 30,
  };
  const cases = scenarios.flatMap(({ name, build }) => (sizes[name] === undefined ? [] : [{ name, request: build(sizes[name], "") }]));

  it.each(cases)("rayfleet's placements for $name are valid and cost what its reply says", ({ request }) => {
    const decision = decideInDetail(request);
    const verdict = checkPlan(request, planOf(decision));
    expect(verdict).toMatchObject({ faults: [], unservedPieces: 0, unservedGangs: 0 });
    const standing = request.nodes.length * (request.groups[0]?.pricePerHourUsd ?? 0);
    expect(verdict.launchedPerHourUsd + standing).toBeCloseTo(decision.reply.costPerHourUsd, 6);
  });

  it.each(cases)("both policies serve all of $name", ({ request }) => {
    for (const plan of [clusterAutoscalerLike(request, { isLate }), karpenterLike(request, { isLate })]) {
      expect(checkPlan(request, plan)).toMatchObject({ faults: [], unservedPieces: 0, unservedGangs: 0 });
    }
  });
});
