import { describe, expect, it } from "vitest";
import { isCronSchedule, isGoDuration } from "../../../../../components/plan/kubernetes/rules/cronSchedule";
import { isDns1035Label, isLabelKey, isLabelValue } from "../../../../../components/plan/kubernetes/rules/kubernetesNames";
import { parseQuantity } from "../../../../../components/plan/kubernetes/rules/quantity";
import { isOlderRelease, parseReleaseVersion } from "../../../../../components/plan/kubernetes/rules/releaseVersion";

/** What the operator's own code takes and refuses, as it answered when asked. */
describe("what the operator reads", () => {
  it.each([
    ["2.52", [2, 52]],
    ["v2.52.0", [2, 52, 0]],
    [" 2.56.0", [2, 56, 0]],
    ["2.56.0rc1", [2, 56, 0]],
    ["2.60.0-gpu", [2, 60, 0]],
    ["2.60.0.1", [2, 60, 0, 1]],
    ["2.52.", [2, 52]],
    ["2", undefined],
    ["02.52.0", undefined],
    ["2..5", undefined],
    ["x2.60", undefined],
    ["nightly", undefined],
    ["", undefined],
  ])("version %j", (text, numbers) => {
    expect(parseReleaseVersion(text)).toEqual(numbers);
  });

  it.each([
    ["1.6.2", "1.7.0", true],
    ["1.7", "1.7.0", false],
    ["1.10.0", "1.7.0", false],
    ["unknown", "1.7.0", false],
  ])("release %s before %s", (one, other, isBefore) => {
    expect(isOlderRelease(one, other)).toBe(isBefore);
  });

  it.each([
    "* * * * *",
    "? 0 1 1 0",
    "*/5 0-12/2 1,15 jan-mar MON",
    "0/15 * * * *",
    "@daily",
    "@every 1h30m",
    " 0  8 * * 6 ",
    "00 007 * * *",
  ])("schedule %j", (text) => {
    expect(isCronSchedule(text)).toBe(true);
  });

  it.each([
    "0 8 * * 7",
    "60 * * * *",
    "*/0 * * * *",
    "5- * * * *",
    "1-2-3 * * * *",
    "* * * * sat-sun",
    "* * * *",
    "@Daily",
    "@hourly ",
    "@every x",
    "",
  ])("no schedule %j", (text) => {
    expect(isCronSchedule(text)).toBe(false);
  });

  it.each([
    ["5m", true],
    ["1h30m", true],
    ["1.5h", true],
    [".5s", true],
    ["5.s", true],
    ["1µs", true],
    ["-5m", true],
    ["0", true],
    ["5 m", false],
    ["1d", false],
    ["5", false],
    ["1e3s", false],
    ["s", false],
  ])("duration %j: %s", (text, isDuration) => {
    expect(isGoDuration(text)).toBe(isDuration);
  });

  it.each([
    ["a/b", true],
    ["a.example.com/b_c.D", true],
    ["a", true],
    ["a/b/c", false],
    ["A.b/c", false],
    ["/a", false],
    ["a/", false],
    ["a-", false],
    ["x".repeat(64), false],
  ])("label key %j: %s", (key, isKey) => {
    expect(isLabelKey(key)).toBe(isKey);
  });

  it("label values and names", () => {
    expect(["", "a_b.C", "-a", "a b", "x".repeat(64)].map(isLabelValue)).toEqual([true, true, false, false, false]);
    expect(["a", "a--1", "1a", "a-", "aB", "a.b"].map(isDns1035Label)).toEqual([true, true, false, false, false, false]);
  });

  it.each([
    ["500m", 0.5],
    [2, 2],
    ["8Gi", 8 * 2 ** 30],
    ["1e3", 1000],
    ["1E", 1e18],
    ["8 Gi", undefined],
    ["two", undefined],
    ["", undefined],
    [null, undefined],
  ])("quantity %j", (text, number) => {
    expect(parseQuantity(text)).toBe(number);
  });
});
