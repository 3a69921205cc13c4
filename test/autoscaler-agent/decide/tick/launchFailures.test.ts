import { describe, expect, it } from "vitest";
import { failuresOfWait, knownAfterLook, knownAtBegin } from "../../../../autoscaler-agent/decide/tick/launchFailures";
import type { LaunchFailure } from "../../../../autoscaler-agent/nodeGroups/backend";

const waitEpochMs = 1_000_000;

function failuresAt(...times: readonly number[]): LaunchFailure[] {
  return times.map((atMs) => ({ code: "capacity", message: "no such machine now", atMs }));
}

describe("failuresOfWait", () => {
  it.each([
    ["newer than what is known, by the cloud's clock that is an hour behind", [-2_600_000], -2_700_000, [-2_600_000]],
    ["newer than what is known, by the cloud's clock that is an hour ahead", [4_600_000], 4_500_000, [4_600_000]],
    ["known, however new it looks", [4_500_000], 4_500_000, []],
    ["one of several, newest first", [1_020_000, 1_010_000, 900_000], 900_000, [1_020_000, 1_010_000]],
    ["within the second in which the wait began, when none was ever listed", [999_000], undefined, [999_000]],
    ["older than the wait, when none was ever listed", [998_999], undefined, []],
    ["not there", [], undefined, []],
  ])("takes a failure that is %s for what it is", (_what, times, knownToMs, expected) => {
    expect(failuresOfWait({ listed: failuresAt(...times), knownToMs, waitEpochMs }).map(({ atMs }) => atMs)).toEqual(expected);
  });
});

describe("knownAtBegin", () => {
  it.each([
    ["what is older than the wait", [1_000_000, 998_000, 5_000], undefined, 998_000],
    ["what was known, when nothing older is listed", [1_000_000], 7_000, 7_000],
    ["nothing, when nothing is listed", [], undefined, undefined],
    ["everything, when the agent's clock is ahead", [-2_600_000, -2_700_000], undefined, -2_600_000],
  ])("knows %s", (_what, times, knownToMs, expected) => {
    expect(knownAtBegin({ listed: failuresAt(...times), knownToMs, waitEpochMs })).toBe(expected);
  });
});

describe("knownAfterLook", () => {
  it.each([
    ["everything listed", [1_020_000, 900_000], 900_000, 1_020_000],
    ["what was known, when nothing is listed", [], 900_000, 900_000],
    ["nothing, when nothing was ever listed", [], undefined, undefined],
  ])("knows %s", (_what, times, knownToMs, expected) => {
    expect(knownAfterLook({ listed: failuresAt(...times), knownToMs })).toBe(expected);
  });
});
