import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, decideInDetail } from "../../../autoscaler-agent/decide/decide";
import { checkPlan } from "../../../bench/decide/checker";
import { planOf } from "../../../bench/decide/placements";
import type { DecisionRequest, Gang } from "../../../contract/decision";

const empty: DecisionRequest = { groups: [], nodes: [], demands: [], gangs: [], requested: [], limits: {} };
const cpus = (CPU: number) => ({ CPU });
const group = (groupName: string, CPU: number, pricePerHourUsd: number, maxReplicas = 100) => ({
  groupName,
  resources: { CPU },
  maxReplicas,
  pricePerHourUsd,
});
const apart = (index: number, CPU: number, count: number): Gang => ({
  bundles: [{ shape: cpus(CPU), count, antiAffinity: { label: "pg", value: String(index) } }],
});
const together = (index: number, CPU: number, count: number): Gang => ({
  bundles: [{ shape: cpus(CPU), count, affinity: { label: "pg", value: String(index) } }],
});
const launched = (request: DecisionRequest) => decide(request).launch.map(({ groupName, count }) => [groupName, count]);

describe("gangs that are alike", () => {
  it("share nodes, with no two bundles of one gang on one of them", () => {
    const request = { ...empty, groups: [group("four", 4, 1)], gangs: [0, 1, 2, 3].map((index) => apart(index, 1, 2)) };
    expect(launched(request)).toEqual([["four", 2]]);
    expect(checkPlan(request, planOf(decideInDetail(request)))).toMatchObject({ faults: [] });
  });

  it("are no fuller on a node than there are gangs", () => {
    const request = { ...empty, groups: [group("large", 64, 1)], gangs: [apart(0, 1, 3)] };
    expect(launched(request)).toEqual([["large", 3]]);
  });

  it("are planned with the work that fills what they leave", () => {
    const gangs = [together(0, 1, 3), together(1, 1, 3)];
    const request = { ...empty, groups: [group("four", 4, 1)], gangs, demands: [{ shape: cpus(1), count: 2 }] };
    expect(launched(request)).toEqual([["four", 2]]);
    const reasons = decide(request).launch.flatMap(({ reasons: given }) => given.map(({ code }) => code));
    expect(reasons).toEqual(["pending-demand", "pending-gang"]);
  });

  it("are not held up by one that nothing can hold", () => {
    const request = { ...empty, groups: [group("four", 4, 1)], gangs: [together(0, 1, 9), apart(1, 1, 2), apart(2, 1, 2)] };
    expect(launched(request)).toEqual([["four", 2]]);
    expect(decide(request).infeasible.gangs.map(({ index }) => index)).toEqual([0]);
  });

  it("go before single work where not all can have a node", () => {
    const request = {
      ...empty,
      groups: [group("four", 4, 1, 1)],
      gangs: [together(0, 2, 2)],
      demands: [{ shape: cpus(4), count: 1 }],
    };
    const reply = decide(request);
    expect(reply.overLimit).toMatchObject({ gangs: [], demands: [{ index: 0, count: 1, reason: { code: "group-max-replicas" } }] });
  });

  it("are served whole as far as a limit lets them", () => {
    const request = { ...empty, groups: [group("four", 4, 1, 3)], gangs: [apart(0, 4, 2), apart(1, 4, 2)] };
    const reply = decide(request);
    expect(reply.launch.map(({ count }) => count)).toEqual([2]);
    expect(reply.overLimit.gangs).toMatchObject([{ index: 1, reason: { code: "group-max-replicas" } }]);
  });

  it("wait, as few of them as can be, where nodes start later", () => {
    const gangs = Array.from({ length: 8 }, (_, index) => together(index, 2, 2));
    const reply = decide({ ...empty, groups: [group("four", 4, 1)], gangs, limits: { upscalingSpeed: 1 } });
    expect(reply.launch).toMatchObject([{ groupName: "four", count: 5 }]);
    expect(reply.overLimit.gangs.map(({ index, reason }) => [index, reason.code])).toEqual([5, 6, 7].map((i) => [i, "upscaling-speed"]));
  });

  it("stay away from a node that has a bundle of theirs already", () => {
    const node = { id: "n", groupName: "four", state: "running" as const, dynamicLabels: { pg: "0" } };
    const request = { ...empty, groups: [group("four", 4, 1)], nodes: [node], gangs: [apart(0, 1, 2), apart(1, 1, 2)] };
    expect(launched(request)).toEqual([["four", 2]]);
    expect(checkPlan(request, planOf(decideInDetail(request)))).toMatchObject({ faults: [] });
  });

  it("are placed as an independent checker allows, with other work, in any number", () => {
    const gang = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
    const nodes = fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 4 });
    const demands = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 20 })), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(gang, { maxLength: 12 }), nodes, demands, (drawn, free, waiting) => {
        const request: DecisionRequest = {
          ...empty,
          groups: [group("eight", 8, 2), group("three", 3, 0.8)],
          nodes: free.map((CPU, i) => ({ id: `n${i}`, groupName: "eight", state: "running", available: { CPU } })),
          gangs: drawn.map(([isApart, CPU, count], i) => (isApart ? apart : together)(i, Math.min(CPU, isApart ? 3 : 2), count)),
          demands: waiting.map(([CPU, count]) => ({ shape: cpus(CPU), count })),
        };
        const decision = decideInDetail(request);
        expect(checkPlan(request, planOf(decision))).toMatchObject({ faults: [], unservedGangs: 0, unservedPieces: 0 });
      }),
      { numRuns: 300 },
    );
  });
});
