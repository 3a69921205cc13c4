import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lastFiring, nextFiring } from "../../../../autoscaler-agent/decide/tick/cronFirings";
import { calendarDay, localClock } from "../../../../autoscaler-agent/decide/tick/localTime";
import { type CronExpression, parseCronExpression } from "../../../../contract/cronExpression";

const MINUTE_MS = 60_000;

function cron(text: string): CronExpression {
  const reading = parseCronExpression(text);
  if (!("cron" in reading)) throw new Error(`${text}: ${reading.problem}`);
  return reading.cron;
}

function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString().slice(0, 16);
}

/** All firings of a span, oldest first, found by asking for the next one again and again. */
function firings(text: string, timeZone: string, from: string, until: string): string[] {
  const found: string[] = [];
  const clock = localClock(timeZone);
  for (
    let at = nextFiring(cron(text), clock, Date.parse(from));
    at !== undefined && at < Date.parse(until);
    at = nextFiring(cron(text), clock, at)
  ) {
    found.push(iso(at) ?? "");
  }
  return found;
}

describe("nextFiring", () => {
  it.each([
    [
      "Europe/Berlin",
      "30 2 * * *",
      "2026-03-28T12:00Z",
      "2026-03-31T00:00Z",
      ["2026-03-29T01:00", "2026-03-30T00:30"],
      "skipped, so at the jump",
    ],
    ["Europe/Berlin", "0,30 2 * * *", "2026-03-28T12:00Z", "2026-03-29T12:00Z", ["2026-03-29T01:00"], "two skipped ones, once at the jump"],
    [
      "Europe/Berlin",
      "0 2,3 * * *",
      "2026-03-28T12:00Z",
      "2026-03-29T12:00Z",
      ["2026-03-29T01:00"],
      "the skipped one and the one at the jump",
    ],
    ["Europe/Berlin", "30 2 * * *", "2026-10-24T12:00Z", "2026-10-27T00:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"], "doubled, so once"],
    [
      "Europe/Berlin",
      "0 8 * * 1-5",
      "2026-10-23T00:00Z",
      "2026-10-27T00:00Z",
      ["2026-10-23T06:00", "2026-10-26T07:00"],
      "over a change of the clocks",
    ],
    [
      "America/New_York",
      "30 2 * * *",
      "2026-03-07T12:00Z",
      "2026-03-10T00:00Z",
      ["2026-03-08T07:00", "2026-03-09T06:30"],
      "skipped, so at the jump",
    ],
    [
      "America/New_York",
      "30 1 * * *",
      "2026-10-31T12:00Z",
      "2026-11-03T00:00Z",
      ["2026-11-01T05:30", "2026-11-02T06:30"],
      "doubled, so once",
    ],
    [
      "America/New_York",
      "0 * * * *",
      "2026-11-01T03:30Z",
      "2026-11-01T08:30Z",
      ["2026-11-01T04:00", "2026-11-01T05:00", "2026-11-01T07:00", "2026-11-01T08:00"],
      "hourly",
    ],
    ["UTC", "0 0 29 2 *", "2026-01-01T00:00Z", "2033-01-01T00:00Z", ["2028-02-29T00:00", "2032-02-29T00:00"], "leap days"],
    ["UTC", "0 0 29 2 *", "2097-01-01T00:00Z", "2105-01-01T00:00Z", ["2104-02-29T00:00"], "leap days over a century without one"],
    [
      "UTC",
      "0 0 13 * 5",
      "2026-11-05T00:00Z",
      "2026-11-21T00:00Z",
      ["2026-11-06T00:00", "2026-11-13T00:00", "2026-11-20T00:00"],
      "either day",
    ],
    [
      "UTC",
      "0 0 */10 * 1",
      "2026-06-01T00:00Z",
      "2026-12-31T00:00Z",
      ["2026-08-31T00:00", "2026-09-21T00:00", "2026-12-21T00:00"],
      "both days",
    ],
    ["UTC", "59 23 31 12 *", "2026-01-01T00:00Z", "2028-01-01T00:00Z", ["2026-12-31T23:59", "2027-12-31T23:59"], "the year's last minute"],
  ])("in %s, %s between %s and %s is at %j: %s", (timeZone, text, from, until, expected) => {
    expect(firings(text, timeZone, from, until)).toEqual(expected);
  });
});

const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC");
/** Moments of 2026, around whose changes of the clocks more are drawn. */
const moments = fc.oneof(
  fc.integer({ min: Date.parse("2026-01-01T00:00Z"), max: Date.parse("2026-12-31T00:00Z") }),
  fc
    .tuple(
      fc.constantFrom("2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-03-08T07:00Z", "2026-11-01T06:00Z"),
      fc.integer({ min: -9e6, max: 9e6 }),
    )
    .map(([change, milliseconds]) => Date.parse(change) + milliseconds),
);
const expressions = fc.constantFrom("*/20 1-3 * * *", "30 2 * * *", "0 8 * * 1-5", "15 2 29 * sun", "0,59 0,23 * * *", "0 0 1 * *");

/** The same by looking at every minute that a day's clock can show, of the days around. */
function everyFiringAround(expression: CronExpression, timeZone: string, epochMs: number): number[] {
  const clock = localClock(timeZone);
  const today = clock.dayAt(epochMs);
  return Array.from({ length: 67 }, (_, index) => today - 33 + index).flatMap((day) => {
    const { month, day: dayOfMonth, weekday } = calendarDay(day);
    const byMonth = expression.daysOfMonth.includes(dayOfMonth);
    const byWeek = expression.daysOfWeek.includes(weekday);
    const matches = expression.months.includes(month) && (expression.eitherDay ? byMonth || byWeek : byMonth && byWeek);
    return !matches ? [] : expression.hours.flatMap((hour) => expression.minutes.map((minute) => clock.moment(day, hour * 60 + minute)));
  });
}

describe("lastFiring", () => {
  it("is the newest of all firings that are not after the moment, and the next one is the first after it", () => {
    fc.assert(
      fc.property(expressions, zones, moments, (text, zone, at) => {
        const all = everyFiringAround(cron(text), zone, at);
        const clock = localClock(zone);
        expect(lastFiring(cron(text), clock, at)).toBe(Math.max(...all.filter((moment) => moment <= at)));
        expect(nextFiring(cron(text), clock, at)).toBe(Math.min(...all.filter((moment) => moment > at)));
      }),
      { numRuns: 60 },
    );
  });

  it("never goes back", () => {
    fc.assert(
      fc.property(expressions, zones, moments, fc.integer({ min: 0, max: 7200 }), (text, zone, at, seconds) => {
        const clock = localClock(zone);
        return (lastFiring(cron(text), clock, at) ?? 0) <= (lastFiring(cron(text), clock, at + seconds * 1000) ?? 0);
      }),
    );
  });

  it("finds a leap day over a century without one", () => {
    const last = (at: string) => iso(lastFiring(cron("0 12 29 2 *"), localClock("UTC"), Date.parse(at)));
    expect(last("2104-02-29T11:59Z")).toBe("2096-02-29T12:00");
    expect(last("2104-02-29T12:00Z")).toBe("2104-02-29T12:00");
  });

  it("fires at its own moment", () => {
    const clock = localClock("Europe/Berlin");
    const at = Date.parse("2026-11-20T07:00Z");
    expect(lastFiring(cron("0 8 * * *"), clock, at)).toBe(at);
    expect(iso(lastFiring(cron("0 8 * * *"), clock, at - 1))).toBe("2026-11-19T07:00");
    expect(nextFiring(cron("* * * * *"), clock, at)).toBe(at + MINUTE_MS);
  });
});
