import { describe, expect, it } from "vitest";
import { decide, decideInDetail } from "../../../autoscaler-agent/decide/decide";
import { checkPlan } from "../../../bench/decide/checker";
import { planOf } from "../../../bench/decide/placements";
import { scenarios } from "../../../bench/decide/scenarios";
import type { DecisionRequest } from "../../../contract/decision";
import { aBusyNode, afterReply, aGroup, aRequest, launchedOf } from "../../support/decisionBuilders";

/** Three thousand requests of which hardly two are alike, of all kinds, on the first groups of the benchmark. */
const request: DecisionRequest = (() => {
  const scenario = scenarios.find(({ name }) => name === "mixed-distinct");
  const full = scenario?.build(3000, "") ?? aRequest();
  return { ...full, groups: full.groups.filter((_, i) => i % 8 === 0) };
})();

describe("decide for many shapes", () => {
  it("serves everything by a plan that an independent reader finds right", () => {
    const decision = decideInDetail(request);
    const { faults, unservedPieces, unservedGangs } = checkPlan(request, planOf(decision));
    expect({ faults, unservedPieces, unservedGangs }).toEqual({ faults: [], unservedPieces: 0, unservedGangs: 0 });
    const { costPerHourUsd, lowerBoundPerHourUsd } = decision.reply;
    expect(costPerHourUsd).toBeLessThan(1.1 * lowerBoundPerHourUsd);
  });

  it("launches nothing more once what it launched is starting", () => {
    const again = decide(afterReply(request, decide(request)));
    expect(again.launch).toEqual([]);
    expect(again.overLimit.demands).toEqual([]);
  });

  it("does not depend on the order of the input", () => {
    const other = { ...request, demands: [...request.demands].reverse(), groups: [...request.groups].reverse() };
    expect(launchedOf(decide(other))).toEqual(launchedOf(decide(request)));
  });

  it("closes the books where a limit binds, entry by entry", () => {
    const limited = { ...request, gangs: [], limits: { maxReplicas: 10 } };
    const decision = decideInDetail(limited);
    const unserved = decision.reply.overLimit.demands;
    const verdict = checkPlan(limited, planOf(decision));
    expect(verdict.faults).toEqual([]);
    expect(unserved.reduce((sum, { count }) => sum + count, 0)).toBe(verdict.unservedPieces);
    for (const { index, shape, count } of unserved) {
      expect(shape).toEqual(limited.demands[index]?.shape);
      expect(count).toBeLessThanOrEqual(limited.demands[index]?.count ?? 0);
    }
  });

  it("tells what fits nowhere from what fits", () => {
    const shapes = Array.from({ length: 1000 }, (_, i) => ({ shape: { CPU: 0.5 + i / 125 }, count: 1 }));
    const { infeasible, overLimit } = decide(aRequest({ groups: [aGroup({ maxReplicas: 1e4 })], demands: shapes }));
    expect(infeasible.demands.map(({ index }) => index)).toEqual(shapes.flatMap(({ shape }, i) => (shape.CPU > 4 ? [i] : [])));
    expect(overLimit.demands).toEqual([]);
  });

  it("uses the nodes there are first", () => {
    const nodes = Array.from({ length: 300 }, (_, i) => aBusyNode(`n${i}`, { available: { CPU: 3 + i / 300 } }));
    const demands = Array.from({ length: 600 }, (_, i) => ({ shape: { CPU: 0.7 + i / 1000 }, count: 1 }));
    const groups = [aGroup({ maxReplicas: 1000 })];
    const bought = launchedOf(decide(aRequest({ groups, nodes, demands })))["cpu"] ?? 0;
    expect(bought).toBeLessThan(20);
  });
});
