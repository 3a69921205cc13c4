import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterIdleRemoval, afterPurchase, noRegrets, type Regrets, regretWeight } from "../../../../autoscaler-agent/decide/tick/regrets";

/** Nodes that were removed at these seconds. */
function removedAt(...seconds: number[]): Regrets {
  return seconds.reduce((regrets, second) => afterIdleRemoval(regrets, second * 1000), noRegrets);
}

function bought(regrets: Regrets, second: number, count: number, bootSeconds: number | undefined = 100): Regrets {
  return afterPurchase(regrets, { count, nowMs: second * 1000, bootSeconds });
}

describe("afterPurchase", () => {
  it("regrets a node that is wanted back within its boot time, and not one second later", () => {
    expect(bought(removedAt(50), 150, 1)).toMatchObject({ total: 1, weight: 1, removedMs: [] });
    expect(bought(removedAt(50), 151, 1)).toMatchObject({ total: 0, weight: 0 });
  });

  it("regrets no more nodes than were bought, nor than were removed, and none twice", () => {
    const three = bought(removedAt(10, 20, 30), 40, 2);
    expect(three).toMatchObject({ total: 2, removedMs: [10_000] });
    expect(bought(three, 41, 5)).toMatchObject({ total: 3, removedMs: [] });
    expect(bought(bought(three, 41, 5), 42, 5).total).toBe(3);
  });

  it("weighs several nodes that are wanted back at once as one time", () => {
    expect(bought(removedAt(10, 11, 12, 13), 20, 4)).toMatchObject({ total: 4, weight: 1 });
  });

  it("weighs by the share of the nodes drained within an hour that are wanted back", () => {
    expect(bought(removedAt(10, 11, 12, 13), 20, 1)).toMatchObject({ total: 1, weight: 0.25 });
    expect(bought(removedAt(0, 3590, 3599), 3600, 1).weight).toBeCloseTo(1 / 3, 9);
    expect(bought(removedAt(0, 3599), 3601, 1).weight).toBe(1);
  });

  it("weighs by those drained within a boot time where that is longer than an hour", () => {
    expect(bought(removedAt(0, 5000), 5001, 1, 6000).weight).toBe(0.5);
  });

  it("counts nothing while it is not known how long a node takes", () => {
    const removed = removedAt(50);
    expect(afterPurchase(removed, { count: 1, nowMs: 51_000, bootSeconds: undefined })).toBe(removed);
  });

  it("counts nothing for a write that buys nothing", () => {
    const removed = removedAt(50);
    expect(bought(removed, 51, 0)).toBe(removed);
    expect(bought(removed, 51, -3)).toBe(removed);
  });
});

describe("afterIdleRemoval", () => {
  it("forgets what nobody can regret any more", () => {
    expect(removedAt().removedMs).toEqual([]);
    expect(removedAt(0, 1, 7202).removedMs).toEqual([7_202_000]);
    expect(removedAt(3601, 3602, 10_801).removedMs).toEqual([3_601_000, 3_602_000, 10_801_000]);
    expect(removedAt(...Array.from({ length: 1200 }, (_, index) => index)).removedMs).toHaveLength(1000);
  });
});

describe("regretWeight", () => {
  it("is halved in an hour", () => {
    const regrets = bought(removedAt(50), 100, 1);
    expect(regretWeight(regrets, 100_000)).toBe(1);
    expect(regretWeight(regrets, 3_700_000)).toBe(0.5);
    expect(regretWeight(regrets, 7_300_000)).toBe(0.25);
  });

  it("stays between 0 and 4, and only ever fades between regrets", () => {
    const steps = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 4000 }), removed: fc.boolean(), count: fc.integer({ min: 0, max: 5 }) }),
    );
    fc.assert(
      fc.property(steps, (taken) => {
        let [regrets, nowMs] = [noRegrets, 0];
        for (const { wait, removed, count } of taken) {
          const before = regretWeight(regrets, nowMs);
          nowMs += wait * 1000;
          if (regretWeight(regrets, nowMs) > before) return false;
          const after = removed ? afterIdleRemoval(regrets, nowMs) : afterPurchase(regrets, { count, nowMs, bootSeconds: 120 });
          if (after.total < regrets.total || after.total > regrets.total + count) return false;
          regrets = after;
          const weight = regretWeight(regrets, nowMs);
          if (weight < 0 || weight > 4) return false;
        }
        return true;
      }),
    );
  });
});
