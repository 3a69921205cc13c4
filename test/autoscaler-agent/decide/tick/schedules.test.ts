import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ScheduledBounds, scheduledBounds } from "../../../../autoscaler-agent/decide/tick/schedules";
import type { AgentSchedule } from "../../../../contract/agentConfig";

function schedule(cron: string, values: Partial<AgentSchedule>): AgentSchedule {
  return { cron, timeZone: "Europe/Berlin", groupName: "cpu", ...values };
}

const workday = [schedule("0 8 * * 1-5", { minReplicas: 10 }), schedule("0 18 * * 1-5", { minReplicas: 0 })];

function boundsAt(moment: string | number, schedules: readonly AgentSchedule[] = workday, leadSeconds = 0): ScheduledBounds {
  const epochMs = typeof moment === "number" ? moment : Date.parse(moment);
  return scheduledBounds({ group: { groupName: "cpu", minReplicas: 1, maxReplicas: 20 }, schedules, epochMs, leadSeconds });
}

describe("scheduledBounds", () => {
  it("leaves a group without schedules as it is", () => {
    const others = workday.map((one) => ({ ...one, groupName: "gpu" }));
    expect(boundsAt("2026-11-20T12:00Z", others)).toStrictEqual({ minReplicas: 1, maxReplicas: 20, states: [] });
    expect(boundsAt("2026-11-20T12:00Z", [schedule("no cron", { minReplicas: 9 })])).toStrictEqual({
      minReplicas: 1,
      maxReplicas: 20,
      states: [],
    });
  });

  it("leaves what no schedule sets as the group has it", () => {
    const { why, ...bounds } = boundsAt("2026-11-20T12:00Z", [schedule("0 8 * * *", { maxReplicas: 12 })]);
    expect(bounds).toMatchObject({ minReplicas: 1, maxReplicas: 12 });
    expect(why).toBeUndefined();
  });

  it("says whose minimum it is", () => {
    expect(boundsAt("2026-11-20T12:00Z").why).toBe('The schedule "0 8 * * 1-5" (Europe/Berlin) sets minReplicas to 10.');
  });

  it.each([
    ["2026-11-20T06:59:59Z", 0, "Friday, a second before eight"],
    ["2026-11-20T07:00:00Z", 10, "Friday, eight o'clock"],
    ["2026-11-20T16:59:59Z", 10, "Friday, a second before six"],
    ["2026-11-20T17:00:00Z", 0, "Friday, six o'clock"],
    ["2026-11-22T12:00:00Z", 0, "Sunday: Friday's end holds"],
    ["2026-10-26T06:59:59Z", 0, "Monday after the clocks went back: a second before eight"],
    ["2026-10-26T07:00:00Z", 10, "Monday after the clocks went back"],
    ["2026-03-30T06:00:00Z", 10, "Monday after the clocks went forward"],
  ])("at %s keeps %i: %s", (moment, minReplicas) => {
    expect(boundsAt(moment)).toMatchObject({ minReplicas, maxReplicas: 20 });
  });

  it("takes each value from the schedule that set it last, and of two at one moment from the one that stands last", () => {
    const schedules = [
      schedule("0 8 * * *", { minReplicas: 4, idleTimeoutSeconds: 900 }),
      schedule("0 10 * * *", { minReplicas: 6 }),
      schedule("0 10 * * *", { minReplicas: 7 }),
      schedule("0 9 * * *", { maxReplicas: 12 }),
    ];
    const bounds = boundsAt("2026-11-20T12:00Z", schedules);
    expect(bounds).toMatchObject({ minReplicas: 7, maxReplicas: 12, idleTimeoutSeconds: 900 });
    expect(bounds.states.map(({ holds }) => holds)).toEqual([["idleTimeoutSeconds"], [], ["minReplicas"], ["maxReplicas"]]);
  });

  it("lets the maximum win over the minimum, and the group's own maximum over both", () => {
    const schedules = [schedule("0 8 * * *", { minReplicas: 30 }), schedule("0 9 * * *", { maxReplicas: 25 })];
    expect(boundsAt("2026-11-20T12:00Z", schedules)).toMatchObject({ minReplicas: 20, maxReplicas: 20 });
    const night = [schedule("0 8 * * *", { minReplicas: 5 }), schedule("0 9 * * *", { maxReplicas: 3 })];
    expect(boundsAt("2026-11-20T12:00Z", night)).toMatchObject({
      minReplicas: 3,
      maxReplicas: 3,
      why: 'The schedule "0 8 * * *" (Europe/Berlin) sets minReplicas to 5, and maxReplicas allows 3.',
    });
  });

  it("says when each schedule fired last and fires next", () => {
    const [state] = boundsAt("2026-11-20T12:00Z").states;
    expect(state).toEqual({
      schedule: workday[0],
      lastMs: Date.parse("2026-11-20T07:00Z"),
      nextMs: Date.parse("2026-11-23T07:00Z"),
      holds: ["minReplicas"],
    });
  });

  it.each([
    ["2026-11-20T06:57:59Z", 0, 20],
    ["2026-11-20T06:58:00Z", 10, 20],
    ["2026-11-20T16:59:00Z", 10, 20],
  ])("raises the minimum ahead of its time by the lead and lowers it on time: at %s to %i", (moment, minReplicas, maxReplicas) => {
    expect(boundsAt(moment, workday, 120)).toMatchObject({ minReplicas, maxReplicas });
  });

  it("says what it raises the minimum for", () => {
    expect(boundsAt("2026-11-20T06:58:30Z", workday, 120).why).toBe(
      'In 90 s the schedule "0 8 * * 1-5" (Europe/Berlin) needs 10 nodes, and one takes 120 s to come.',
    );
  });

  it("says of two equal raises ahead the one that comes first, whatever their order", () => {
    const raises = [schedule("5 8 * * *", { minReplicas: 5 }), schedule("0 8 * * *", { minReplicas: 5 })];
    for (const schedules of [raises, raises.toReversed()]) {
      const other = [...schedules, schedule("0 3 * * *", { minReplicas: 0 })];
      expect(boundsAt("2026-11-20T06:58Z", other, 600).why).toBe(
        'In 120 s the schedule "0 8 * * *" (Europe/Berlin) needs 5 nodes, and one takes 600 s to come.',
      );
    }
  });

  it("says that a schedule is to come that lets the group have its own minimum", () => {
    const schedules = [schedule("0 2 * * *", { maxReplicas: 0 }), schedule("0 8 * * *", { maxReplicas: 15 })];
    expect(boundsAt("2026-11-20T06:59Z", schedules, 120)).toMatchObject({
      minReplicas: 1,
      why: "In 60 s a schedule needs 1 nodes, and one takes 120 s to come.",
    });
  });

  it("raises the maximum ahead only as far as the minimum needs it", () => {
    const schedules = [
      schedule("0 8 * * *", { minReplicas: 5, maxReplicas: 15 }),
      schedule("0 18 * * *", { minReplicas: 0, maxReplicas: 0 }),
    ];
    expect(boundsAt("2026-11-20T06:59Z", schedules, 120)).toMatchObject({ minReplicas: 5, maxReplicas: 5 });
    expect(boundsAt("2026-11-20T06:50Z", schedules, 120)).toMatchObject({ minReplicas: 0, maxReplicas: 0 });
  });

  it("sees ahead that a minimum comes to hold because the maximum is raised", () => {
    const schedules = [
      schedule("0 3 * * *", { minReplicas: 5 }),
      schedule("0 2 * * *", { maxReplicas: 0 }),
      schedule("0 8 * * *", { maxReplicas: 15 }),
    ];
    expect(boundsAt("2026-11-20T06:50Z", schedules)).toMatchObject({ minReplicas: 0, maxReplicas: 0 });
    expect(boundsAt("2026-11-20T06:59Z", schedules, 120)).toMatchObject({ minReplicas: 5, maxReplicas: 5 });
  });

  const some = fc.array(
    fc.record({
      cron: fc.constantFrom("0 8 * * 1-5", "30 2 * * *", "0 18 * * *", "*/30 1-3 * * *", "15 12 1 * mon"),
      timeZone: fc.constantFrom("Europe/Berlin", "America/New_York", "UTC"),
      groupName: fc.constantFrom("cpu", "gpu"),
      minReplicas: fc.integer({ min: 0, max: 20 }),
      maxReplicas: fc.integer({ min: 0, max: 30 }),
      idleTimeoutSeconds: fc.integer({ min: 10, max: 900 }),
    }),
    { maxLength: 4 },
  );
  const moments = fc.oneof(
    fc.integer({ min: Date.parse("2026-01-01T00:00Z"), max: Date.parse("2026-12-31T00:00Z") }),
    fc.integer({ min: Date.parse("2026-03-28T20:00Z"), max: Date.parse("2026-03-29T06:00Z") }),
    fc.integer({ min: Date.parse("2026-10-24T20:00Z"), max: Date.parse("2026-10-25T06:00Z") }),
  );

  it("keeps 0 ≤ minimum ≤ maximum ≤ the group's own maximum, whatever the schedules and the lead", () => {
    fc.assert(
      fc.property(some, moments, fc.integer({ min: 0, max: 7200 }), (schedules, at, lead) => {
        const { minReplicas, maxReplicas } = boundsAt(at, schedules, lead);
        return minReplicas >= 0 && minReplicas <= maxReplicas && maxReplicas <= 20;
      }),
    );
  });

  it("gives equal answers to equal questions, and never a lower minimum for a longer lead", () => {
    fc.assert(
      fc.property(some, moments, fc.integer({ min: 0, max: 3600 }), fc.integer({ min: 0, max: 3600 }), (schedules, at, lead, more) => {
        expect(boundsAt(at, schedules, lead)).toEqual(boundsAt(at, schedules, lead));
        return boundsAt(at, schedules, lead).minReplicas <= boundsAt(at, schedules, lead + more).minReplicas;
      }),
    );
  });

  it("has the highest minimum of the lead's minutes", () => {
    fc.assert(
      fc.property(some, moments, fc.integer({ min: 0, max: 60 }), (schedules, at, minutes) => {
        const start = Math.floor(at / 60_000) * 60_000;
        const each = Array.from({ length: minutes + 1 }, (_, index) => boundsAt(start + index * 60_000, schedules).minReplicas);
        return boundsAt(start, schedules, minutes * 60).minReplicas === Math.max(...each);
      }),
      { numRuns: 40 },
    );
  });
});
