import { describe, expect, it } from "vitest";
import { nextPace, unhurried } from "../../autoscaler-agent/pace";

describe("nextPace", () => {
  it("waits twice as long with each throttled tick, up to a minute, spread over the second half", () => {
    const waits = (random: number) => {
      let pace = unhurried;
      return Array.from({ length: 7 }, () => {
        pace = nextPace(pace, { throttled: true, nowMs: 0, random });
        return pace.notBeforeMs / 1000;
      });
    };
    expect(waits(1)).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect(waits(0)).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  it("is over after one good tick", () => {
    const slow = nextPace(unhurried, { throttled: true, nowMs: 0, random: 1 });
    expect(nextPace(slow, { throttled: false, nowMs: 2000, random: 0 })).toBe(unhurried);
  });
});
