import { describe, expect, it } from "vitest";
import { learnBootTimes, usualBootSeconds } from "../../../../autoscaler-agent/decide/tick/bootTimes";
import type { InstanceAssessment } from "../../../../autoscaler-agent/decide/tick/instances";
import type { InstanceMemory } from "../../../../autoscaler-agent/decide/tick/memory";

const tick = { nowMs: 500_000, headAliveSinceMs: 100_000, bootDeadlineSeconds: 300 };

/** A machine that was launched at 400 s and joined in this tick. */
function machine(memory: Partial<InstanceMemory> = {}): InstanceAssessment {
  return {
    instance: {
      instanceId: "i-1",
      lifecycle: "in-service",
      cloudState: "InService",
      instanceType: "m7i.xlarge",
      zone: "a",
      fillsDesired: true,
      protectedFromScaleIn: true,
    },
    phase: "running",
    memory: { groupName: "cpu", startedMs: 400_000, launchTimeKnown: true, joinedMs: 500_000, ...memory },
  };
}

describe("learnBootTimes", () => {
  it("adds how long a machine took that joined in this tick", () => {
    expect(learnBootTimes([90], [machine()], tick)).toEqual([90, 100]);
  });

  it.each<[string, Partial<InstanceMemory>]>([
    ["joined before", { joinedMs: 498_000 }],
    ["was launched at an unknown time", { launchTimeKnown: false }],
    ["took longer than its deadline", { startedMs: 150_000 }],
  ])("learns nothing from a machine that %s", (_what, memory) => {
    expect(learnBootTimes([90], [machine(memory)], tick)).toEqual([90]);
  });

  it("counts from the moment that the head is there up to the deadline, both included", () => {
    const headAliveSinceMs = 400_000;
    expect(learnBootTimes([90], [machine()], { ...tick, headAliveSinceMs, bootDeadlineSeconds: 100 })).toEqual([90, 100]);
    expect(learnBootTimes([90], [machine({ startedMs: 399_999 })], { ...tick, headAliveSinceMs })).toEqual([90]);
  });

  it("remembers the newest fifteen", () => {
    const known = Array.from({ length: 15 }, (_, index) => index);
    expect(learnBootTimes(known, [machine()], tick)).toEqual([...known.slice(1), 100]);
  });
});

describe("usualBootSeconds", () => {
  it.each([
    [[], undefined],
    [[80], 80],
    [[80, 100], 90],
    [[300, 80, 100], 100],
  ])("of %j is %j", (known, usual) => {
    expect(usualBootSeconds(known)).toBe(usual);
  });
});
