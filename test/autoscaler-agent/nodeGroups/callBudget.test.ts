import { describe, expect, it } from "vitest";
import { type AwsCall, CallBudget } from "../../../autoscaler-agent/nodeGroups/callBudget";
import { FakeClock } from "../../support/fakeClock";

function taken(budget: CallBudget, call: AwsCall, tries: number): number {
  return Array.from({ length: tries }, () => budget.take(call)).filter(Boolean).length;
}

describe("CallBudget", () => {
  it("leaves calls for what matters more: reasons give way to ends, and ends to growth", () => {
    const budget = new CallBudget(new FakeClock());
    expect(taken(budget, "read-activities", 100)).toBe(30);
    expect(taken(budget, "end", 100)).toBe(15);
    expect(taken(budget, "read-groups", 10)).toBe(10);
    expect(taken(budget, "size", 100)).toBe(5);
    expect(taken(budget, "read-groups", 1)).toBe(0);
  });

  it("fills by five calls a second, up to sixty", () => {
    const clock = new FakeClock();
    const budget = new CallBudget(clock);
    expect(taken(budget, "size", 100)).toBe(60);
    clock.advance(2);
    expect(taken(budget, "size", 100)).toBe(10);
    clock.advance(3600);
    expect(taken(budget, "size", 100)).toBe(60);
  });

  it("keeps EC2 apart", () => {
    const budget = new CallBudget(new FakeClock());
    expect([taken(budget, "size", 100), taken(budget, "read-instances", 100)]).toEqual([60, 10]);
  });
});
