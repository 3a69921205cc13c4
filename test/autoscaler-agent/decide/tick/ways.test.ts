import { describe, expect, it } from "vitest";
import {
  allOutUntilMs,
  type FailedWay,
  failedWaysAfter,
  isOut,
  type Way,
  type WayFacts,
  waysOf,
} from "../../../../autoscaler-agent/decide/tick/ways";
import type { LaunchFailure } from "../../../../autoscaler-agent/nodeGroups/backend";

const minuteMs = 60_000;
const spotOnly: readonly Way[] = [
  { zone: "a", market: "spot" },
  { zone: "b", market: "spot" },
];
const blend: readonly Way[] = [...spotOnly, { zone: "a", market: "on-demand" }, { zone: "b", market: "on-demand" }];

function failure(place: Partial<Pick<LaunchFailure, "zone" | "market">> = {}): LaunchFailure {
  return { code: "capacity", message: `none in ${place.zone ?? "?"}`, atMs: 0, ...place };
}

interface Event {
  readonly atMinutes: number;
  readonly failures?: readonly LaunchFailure[];
  readonly arrivals?: readonly string[];
}

/** The failed ways after some ticks. */
function failedAfter(ways: readonly Way[], events: readonly Event[]): readonly FailedWay[] {
  return events.reduce<readonly FailedWay[]>((failed, { atMinutes, failures = [], arrivals = [] }) => {
    const facts: WayFacts = { ways, failures, arrivals: new Set(arrivals), nowMs: atMinutes * minuteMs };
    return failedWaysAfter(failed, facts);
  }, []);
}

/** `spot a 3`: until minute 3. */
function shown(failed: readonly FailedWay[]): readonly string[] {
  return failed.map(({ market, zone, untilMs }) => `${market} ${zone} ${untilMs / minuteMs}`).sort();
}

describe("waysOf", () => {
  it("is every zone in every market, and nothing where the cloud does not say", () => {
    const state = { desired: 0, min: 0, max: 1, instances: [], launchSuspended: false };
    expect(waysOf({ ...state, zones: ["a", "b"], markets: ["spot"] })).toEqual(spotOnly);
    expect(waysOf(state)).toEqual([]);
    expect(waysOf(undefined)).toEqual([]);
  });
});

describe("failedWaysAfter", () => {
  it.each<[string, readonly Way[], readonly Event[], readonly string[]]>([
    ["leaves a way alone for three minutes", spotOnly, [{ atMinutes: 0, failures: [failure({ zone: "a" })] }], ["spot a 3"]],
    [
      "takes a failure that names no zone for all zones of its market",
      blend,
      [{ atMinutes: 0, failures: [failure({ market: "spot" })] }],
      ["spot a 3", "spot b 3"],
    ],
    [
      "takes a failure that names no market for all markets of its zone",
      blend,
      [{ atMinutes: 0, failures: [failure({ zone: "b" })] }],
      ["on-demand b 3", "spot b 3"],
    ],
    [
      "takes a failure in a zone that is not the group's for all",
      spotOnly,
      [{ atMinutes: 0, failures: [failure({ zone: "x" })] }],
      ["spot a 3", "spot b 3"],
    ],
    [
      "does not lengthen a back-off by failures that come during it",
      spotOnly,
      [0, 1, 2].map((atMinutes) => ({ atMinutes, failures: [failure({ zone: "a" })] })),
      ["spot a 3"],
    ],
    [
      "doubles with each failure after a back-off",
      spotOnly,
      [0, 3, 9].map((atMinutes) => ({ atMinutes, failures: [failure({ zone: "a" })] })),
      ["spot a 21"],
    ],
    [
      "never goes over half an hour",
      spotOnly,
      [0, 3, 9, 21, 45, 75].map((atMinutes) => ({ atMinutes, failures: [failure({ zone: "a" })] })),
      ["spot a 105"],
    ],
    [
      "ends with a machine in the zone, and begins anew",
      spotOnly,
      [
        { atMinutes: 0, failures: [failure({ zone: "a" })] },
        { atMinutes: 3, failures: [failure({ zone: "a" })] },
        { atMinutes: 4, arrivals: ["a"] },
        { atMinutes: 5, failures: [failure({ zone: "a" })] },
      ],
      ["spot a 8"],
    ],
    [
      "does not end with a machine in another zone",
      spotOnly,
      [
        { atMinutes: 0, failures: [failure({ zone: "a" })] },
        { atMinutes: 1, arrivals: ["b"] },
      ],
      ["spot a 3"],
    ],
    [
      "takes a machine in a zone of which one market is open for one of that market",
      blend,
      [
        { atMinutes: 0, failures: [failure({ zone: "a", market: "spot" })] },
        { atMinutes: 1, arrivals: ["a"] },
      ],
      ["spot a 3"],
    ],
    [
      "ends both markets of a zone by a machine where both were out",
      blend,
      [
        { atMinutes: 0, failures: [failure({ zone: "a" })] },
        { atMinutes: 1, arrivals: ["a"] },
      ],
      [],
    ],
    [
      "leaves a zone alone in which capacity came and ended in one tick",
      spotOnly,
      [{ atMinutes: 0, failures: [failure({ zone: "a" })], arrivals: ["a"] }],
      ["spot a 3"],
    ],
    [
      "forgets a way half an hour after its back-off",
      spotOnly,
      [{ atMinutes: 0, failures: [failure({ zone: "a" })] }, { atMinutes: 33 }],
      [],
    ],
  ])("%s", (_what, ways, events, expected) => {
    expect(shown(failedAfter(ways, events))).toEqual(expected);
  });

  it("forgets zones that the group no longer has", () => {
    const failed = failedAfter(spotOnly, [{ atMinutes: 0, failures: [failure()] }]);
    expect(shown(failedWaysAfter(failed, { ways: [{ zone: "b", market: "spot" }], arrivals: new Set(), failures: [], nowMs: 0 }))).toEqual([
      "spot b 3",
    ]);
  });

  it("keeps the cloud's words", () => {
    expect(failedAfter(spotOnly, [{ atMinutes: 0, failures: [failure({ zone: "a" })] }])[0]?.message).toBe("none in a");
  });
});

describe("allOutUntilMs", () => {
  const both = failedAfter(spotOnly, [
    { atMinutes: 0, failures: [failure({ zone: "a" })] },
    { atMinutes: 1, failures: [failure({ zone: "b" })] },
  ]);

  it("is when the first way opens again", () => {
    expect(allOutUntilMs(spotOnly, both, 2 * minuteMs)).toBe(3 * minuteMs);
  });

  it.each([
    ["one way is open", spotOnly, both.slice(0, 1), 2],
    ["one back-off is over", spotOnly, both, 3],
    ["no way is known", [], [], 0],
  ])("is nothing when %s", (_what, ways, failed, atMinutes) => {
    expect(allOutUntilMs(ways, failed, atMinutes * minuteMs)).toBeUndefined();
  });

  it("counts to the millisecond", () => {
    expect(both.map((way) => [isOut(way, way.untilMs - 1), isOut(way, way.untilMs)])).toEqual([
      [true, false],
      [true, false],
    ]);
  });
});
