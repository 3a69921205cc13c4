import { describe, expect, it } from "vitest";
import { groupTargets } from "../../../../autoscaler-agent/decide/tick/groupTargets";
import { emptyGroupMemory, type GroupMemory } from "../../../../autoscaler-agent/decide/tick/memory";
import type { AgentGroup, AgentSchedule } from "../../../../contract/agentConfig";
import { agentGroup } from "../../../support/agentBuilders";

/** A minute before the day begins. */
const epochMs = Date.parse("2026-11-20T06:59:00Z");
const day: AgentSchedule = { cron: "0 7 * * *", timeZone: "UTC", groupName: "cpu", minReplicas: 4, idleTimeoutSeconds: 900 };
const night: AgentSchedule = { ...day, cron: "0 19 * * *", minReplicas: 0, idleTimeoutSeconds: 45 };
const schedules = [day, night];

function targetsOf({
  group = {},
  memory = {},
  laterMs = 0,
  scheduled = false,
}: {
  group?: Partial<AgentGroup>;
  memory?: Partial<GroupMemory>;
  laterMs?: number;
  scheduled?: boolean;
}) {
  const facts = { group: agentGroup(group), memory: { ...emptyGroupMemory, ...memory } };
  return groupTargets({ ...facts, schedules: scheduled ? schedules : [], nowMs: 1000 + laterMs, epochMs: epochMs + laterMs });
}

describe("groupTargets", () => {
  it("is the configuration while nothing is known", () => {
    expect(targetsOf({ group: { minReplicas: 2 } })).toStrictEqual({
      bounds: { minReplicas: 2, maxReplicas: 10, states: [] },
      idleTimeout: { seconds: 60 },
    });
  });

  it("raises a scheduled minimum ahead by the learned boot time, and on time while none is known", () => {
    expect(targetsOf({ scheduled: true }).bounds.minReplicas).toBe(0);
    expect(targetsOf({ scheduled: true, memory: { bootSeconds: [59] } }).bounds.minReplicas).toBe(0);
    expect(targetsOf({ scheduled: true, memory: { bootSeconds: [60] } }).bounds.minReplicas).toBe(4);
  });

  it("takes no boot time for longer than it may take", () => {
    const slow = { memory: { bootSeconds: [90] }, scheduled: true };
    expect(targetsOf({ ...slow, group: { bootDeadlineSeconds: 50 } })).toMatchObject({ bootSeconds: 50, bounds: { minReplicas: 0 } });
    expect(targetsOf(slow)).toMatchObject({ bootSeconds: 90, bounds: { minReplicas: 4 } });
  });

  it("works the time-out out from boot time and price", () => {
    const auto: Partial<AgentGroup> = { idleTimeoutSeconds: "auto", pricePerHourUsd: 0.5 };
    expect(targetsOf({ group: auto, memory: { bootSeconds: [100] } }).idleTimeout.seconds).toBe(300);
    expect(targetsOf({ group: { ...auto, pricePerHourUsd: 1 }, memory: { bootSeconds: [100] } }).idleTimeout.seconds).toBe(200);
    expect(targetsOf({ group: auto }).idleTimeout.why).toContain("how long a node takes to come");
  });

  it("takes a schedule's time-out once it holds", () => {
    expect(targetsOf({ scheduled: true }).idleTimeout.seconds).toBe(45);
    expect(targetsOf({ scheduled: true, laterMs: 60_000 }).idleTimeout.seconds).toBe(900);
  });

  it("lengthens the time-out for a regret, which fades", () => {
    const regretted = { memory: { regrets: { total: 1, weight: 1, atMs: 1000, removedMs: [] } } };
    expect(targetsOf(regretted).idleTimeout.seconds).toBe(90);
    expect(targetsOf({ ...regretted, laterMs: 3_600_000 }).idleTimeout.seconds).toBe(73);
  });
});
