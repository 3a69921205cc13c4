import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionGroup, DecisionRequest } from "../../../contract/decision";
import { aGroup, aHead, anIdleNode, aRequest, launchedOf } from "../../support/decisionBuilders";

function floor(groupName: string, minReplicas: number, overrides: Partial<DecisionGroup> = {}): DecisionGroup {
  return aGroup({ groupName, minReplicas, ...overrides });
}

function decided(request: Partial<DecisionRequest>) {
  const reply = decide(aRequest(request));
  return { launched: launchedOf(reply), held: reply.held.map((entry) => ("groupName" in entry ? [entry.groupName, entry.count] : [])) };
}

describe("minReplicas", () => {
  it("goes by priority where the cluster's maximum is too small for all, then by name", () => {
    const short = (one: number, other: number) => ({
      groups: [floor("a", 2, { priority: one }), floor("b", 2, { priority: other })],
      limits: { maxReplicas: 3 },
    });
    expect(decided(short(0, 5))).toEqual({ launched: { a: 1, b: 2 }, held: [["a", 1]] });
    expect(decided(short(5, 0))).toEqual({ launched: { a: 2, b: 1 }, held: [["b", 1]] });
    expect(decided(short(5, 5))).toEqual({ launched: { a: 2, b: 1 }, held: [["b", 1]] });
    expect(decided({ ...short(0, 0), groups: short(0, 0).groups.toReversed() })).toEqual({ launched: { a: 2, b: 1 }, held: [["b", 1]] });
  });

  it("says how many are missing", () => {
    expect(decided({ groups: [floor("cpu", 5)], limits: { maxReplicas: 2 } })).toEqual({ launched: { cpu: 2 }, held: [["cpu", 3]] });
  });

  it("holds nothing back when it is met, even where the group can have no more", () => {
    expect(decided({ groups: [floor("cpu", 2, { maxReplicas: 2 })] })).toEqual({ launched: { cpu: 2 }, held: [] });
    expect(decided({ groups: [floor("cpu", 2)], limits: { maxReplicas: 2 } })).toEqual({ launched: { cpu: 2 }, held: [] });
  });

  it("counts workers that stay, and neither the head nor what drains", () => {
    const head = { ...aHead(), groupName: "cpu" };
    const nodes = [head, anIdleNode("a", 1), anIdleNode("b", 1, { state: "draining" })];
    expect(decided({ groups: [floor("cpu", 3)], nodes }).launched).toEqual({ cpu: 2 });
  });
});
