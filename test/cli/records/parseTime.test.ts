import { describe, expect, it } from "vitest";
import { InputError } from "../../../cli/inputError";
import { parseTime } from "../../../cli/records/parseTime";

const berlin = "Europe/Berlin";
const at = (text: string, now: string, timeZone = berlin) =>
  new Date(parseTime("--at", text, { nowMs: Date.parse(now), timeZone })).toISOString().replace(".000Z", "Z");

describe("parseTime", () => {
  it.each([
    ["2026-11-21T14:05:00Z", "2026-11-21T14:05:00Z"],
    ["2026-11-21T14:05:00.250Z", "2026-11-21T14:05:00.250Z"],
    ["2026-11-21T14:05+02:00", "2026-11-21T12:05:00Z"],
    ["2026-11-21T14:05:30", "2026-11-21T13:05:30Z"],
    ["2026-11-21 14:05", "2026-11-21T13:05:00Z"],
    ["2026-11-21", "2026-11-20T23:00:00Z"],
    ["14:05", "2026-11-21T13:05:00Z"],
    ["9:05:07", "2026-11-21T08:05:07Z"],
    // Not come yet today.
    ["23:30", "2026-11-20T22:30:00Z"],
    ["10m ago", "2026-11-21T19:50:00Z"],
    ["90s", "2026-11-21T19:58:30Z"],
    ["1.5h ago", "2026-11-21T18:30:00Z"],
    ["2 d ago", "2026-11-19T20:00:00Z"],
    ["now", "2026-11-21T20:00:00Z"],
  ])("reads %s in Berlin", (text, moment) => {
    expect(at(text, "2026-11-21T20:00:00Z")).toBe(moment);
  });

  it("takes the first of a time that clocks show twice, and the jump for one that they skip", () => {
    // 25 October 2026: 03:00 becomes 02:00. 29 March 2026: 02:00 becomes 03:00.
    expect(at("2026-10-25T02:30", "2026-11-21T20:00:00Z")).toBe("2026-10-25T00:30:00Z");
    expect(at("02:30", "2026-10-25T12:00:00Z")).toBe("2026-10-25T00:30:00Z");
    expect(at("2026-03-29T02:30", "2026-11-21T20:00:00Z")).toBe("2026-03-29T01:00:00Z");
    expect(at("2026-10-25T03:30", "2026-11-21T20:00:00Z")).toBe("2026-10-25T02:30:00Z");
  });

  it("knows the time of day of zones with odd offsets", () => {
    expect(at("14:05", "2026-11-21T20:00:00Z", "Asia/Kathmandu")).toBe("2026-11-21T08:20:00Z");
    expect(at("14:05", "2026-11-21T20:00:00Z", "UTC")).toBe("2026-11-21T14:05:00Z");
  });

  it.each([
    "",
    "yesterday",
    "25:00",
    "14:60",
    "2026-02-31T10:00",
    "2026-13-01T10:00:00Z",
    "10 parsecs ago",
    "-5m",
    "1e9m",
    "14:05 \u001b[31m",
  ])("refuses %j, and says what it takes", (text) => {
    expect(() => at(text, "2026-11-21T20:00:00Z")).toThrow(InputError);
    expect(() => at(text, "2026-11-21T20:00:00Z")).toThrow(/^--at: is no time; got .*; expected ISO 8601.*"10m ago"/);
  });

  it("refuses a moment to come, and names the zone that it read it in", () => {
    expect(() => at("2026-11-21T21:30", "2026-11-21T20:00:00Z")).toThrow(/^--at: has not come yet; .*Europe\/Berlin/);
  });
});
