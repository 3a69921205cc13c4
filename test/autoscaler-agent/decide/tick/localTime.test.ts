import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendarDay, localClock } from "../../../../autoscaler-agent/decide/tick/localTime";

const DAY_MS = 86_400_000;

/** The time of day as the clock of an independent implementation shows it. */
function shown(epochMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(epochMs);
}

function dayNumber(iso: string): number {
  return Date.parse(`${iso}T00:00Z`) / DAY_MS;
}

describe("calendarDay", () => {
  it("agrees with the calendar on every day for four hundred years", () => {
    for (let day = -10_000; day < 136_097; day += 1) {
      const date = new Date(day * DAY_MS);
      const { year, month, day: dayOfMonth, weekday } = calendarDay(day);
      if (
        year !== date.getUTCFullYear() ||
        month !== date.getUTCMonth() + 1 ||
        dayOfMonth !== date.getUTCDate() ||
        weekday !== date.getUTCDay()
      ) {
        expect.fail(`day ${day}: ${date.toISOString()} came out as ${year}-${month}-${dayOfMonth}, weekday ${weekday}`);
      }
    }
  });
});

describe("localClock", () => {
  it.each([
    ["Europe/Berlin", "2026-01-15", 8 * 60, "2026-01-15T07:00Z", "winter"],
    ["Europe/Berlin", "2026-07-15", 8 * 60, "2026-07-15T06:00Z", "summer"],
    ["Europe/Berlin", "2026-03-29", 1 * 60 + 59, "2026-03-29T00:59Z", "the last minute before the clocks go forward"],
    ["Europe/Berlin", "2026-03-29", 2 * 60, "2026-03-29T01:00Z", "the first time that is skipped"],
    ["Europe/Berlin", "2026-03-29", 2 * 60 + 30, "2026-03-29T01:00Z", "a time that is skipped"],
    ["Europe/Berlin", "2026-03-29", 3 * 60, "2026-03-29T01:00Z", "the first time after it"],
    ["Europe/Berlin", "2026-10-25", 1 * 60 + 59, "2026-10-24T23:59Z", "before the hour that comes twice"],
    ["Europe/Berlin", "2026-10-25", 2 * 60, "2026-10-25T00:00Z", "the first of the doubled hour"],
    ["Europe/Berlin", "2026-10-25", 2 * 60 + 59, "2026-10-25T00:59Z", "the last of the doubled hour"],
    ["Europe/Berlin", "2026-10-25", 3 * 60, "2026-10-25T02:00Z", "after both of them"],
    ["America/New_York", "2026-03-08", 1 * 60 + 59, "2026-03-08T06:59Z", "the last minute before the clocks go forward"],
    ["America/New_York", "2026-03-08", 2 * 60 + 30, "2026-03-08T07:00Z", "a time that is skipped"],
    ["America/New_York", "2026-03-08", 3 * 60, "2026-03-08T07:00Z", "the first time after it"],
    ["America/New_York", "2026-11-01", 1 * 60 + 30, "2026-11-01T05:30Z", "a time that comes twice"],
    ["America/New_York", "2026-11-01", 2 * 60, "2026-11-01T07:00Z", "after both of them"],
    ["Australia/Lord_Howe", "2026-10-04", 2 * 60 + 15, "2026-10-03T15:30Z", "half an hour is skipped"],
    ["Pacific/Apia", "2011-12-30", 12 * 60, "2011-12-30T10:00Z", "a whole day is skipped"],
    ["Asia/Kathmandu", "2026-05-01", 0, "2026-04-30T18:15Z", "an odd offset"],
    ["UTC", "2026-03-29", 150, "2026-03-29T02:30Z", "no daylight saving"],
  ])("in %s on %s minute %i is %s: %s", (timeZone, day, minute, moment) => {
    expect(new Date(localClock(timeZone).moment(dayNumber(day), minute)).toISOString().replace(":00.000", "")).toBe(moment);
  });

  const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Tehran", "UTC");
  const days = fc.integer({ min: dayNumber("2024-01-01"), max: dayNumber("2030-12-31") });
  const minutes = fc.integer({ min: 0, max: 1439 });

  it("never goes back from one minute to the next", () => {
    fc.assert(
      fc.property(zones, days, minutes, (zone, day, minute) => {
        const clock = localClock(zone);
        return clock.moment(day, minute) <= clock.moment(minute === 1439 ? day + 1 : day, (minute + 1) % 1440);
      }),
    );
  });

  it("gives a moment at which the clock shows the time, except where it is skipped", () => {
    fc.assert(
      fc.property(zones, days, minutes, (zone, day, minute) => {
        const moment = localClock(zone).moment(day, minute);
        const asked = shown(day * DAY_MS + minute * 60_000, "UTC");
        return shown(moment, zone) === asked || (shown(moment, zone) > asked && shown(moment - 60_000, zone) < asked);
      }),
    );
  });

  it("makes a zone's clock once, because making one costs far more than asking it", () => {
    expect(localClock("Asia/Tokyo")).toBe(localClock("Asia/Tokyo"));
    expect(localClock("Asia/Tokyo")).not.toBe(localClock("Asia/Seoul"));
  });

  it("begins a day at midnight, to the second, in later centuries too", () => {
    const berlin = localClock("Europe/Berlin");
    expect(berlin.dayAt(Date.parse("2026-06-01T21:59:59Z"))).toBe(dayNumber("2026-06-01"));
    expect(berlin.dayAt(Date.parse("2026-06-01T22:00:20Z"))).toBe(dayNumber("2026-06-02"));
    expect(localClock("UTC").dayAt(Date.parse("2101-03-01T00:00Z"))).toBe(dayNumber("2101-03-01"));
  });

  it("knows the day that its calendars show", () => {
    expect(localClock("Pacific/Auckland").dayAt(Date.parse("2026-06-01T23:00Z"))).toBe(dayNumber("2026-06-02"));
    expect(localClock("America/Los_Angeles").dayAt(Date.parse("2026-06-01T02:00Z"))).toBe(dayNumber("2026-05-31"));
  });
});
