import { describe, expect, it } from "vitest";
import { comesAndGoes, isProven, type NodeStay, stayAfter } from "../../../../autoscaler-agent/decide/tick/nodeLife";
import { nodeId, rayNode } from "../../../support/agentBuilders";

const one = rayNode({ nodeId: nodeId(1), status: "running" });
const next = rayNode({ nodeId: nodeId(2), status: "running" });
const leaving = rayNode({ nodeId: nodeId(1), status: "draining" });

/** A look at so many seconds; the head has been alive since the beginning. */
type Look = readonly [seconds: number, node: typeof one | undefined, more?: { rayComplete?: boolean; headAliveSeconds?: number }];

function stayOf(...looks: Look[]): NodeStay {
  return looks.reduce<NodeStay>(
    (stay, [seconds, node, { rayComplete = true, headAliveSeconds = 0 } = {}]) =>
      stayAfter(stay, { node, rayComplete, headAliveSinceMs: headAliveSeconds * 1000, nowMs: seconds * 1000 }),
    {},
  );
}

describe("stayAfter", () => {
  it.each<[string, number | undefined, Look[]]>([
    [
      "a node that stays",
      undefined,
      [
        [0, one],
        [30, one],
      ],
    ],
    [
      "one that was lost at once",
      1,
      [
        [0, one],
        [30, undefined],
      ],
    ],
    [
      "one that was replaced between two looks",
      1,
      [
        [0, one],
        [30, next],
      ],
    ],
    [
      "one that was lost just before it had stayed",
      1,
      [
        [0, one],
        [89.9, undefined],
      ],
    ],
    [
      "one that was lost when it had stayed",
      undefined,
      [
        [0, one],
        [90, undefined],
      ],
    ],
    [
      "two in a row",
      2,
      [
        [0, one],
        [30, undefined],
        [40, next],
        [60, undefined],
      ],
    ],
    [
      "one lost, and the next has stayed",
      undefined,
      [
        [0, one],
        [30, undefined],
        [40, next],
        [130, next],
      ],
    ],
    [
      "one that was asked to leave",
      undefined,
      [
        [0, one],
        [20, leaving],
        [30, undefined],
      ],
    ],
    [
      "one that came before its head and went with it",
      undefined,
      [
        [0, one],
        [30, undefined, { headAliveSeconds: 1 }],
      ],
    ],
    [
      "one that came with its head and went",
      1,
      [
        [1, one],
        [30, undefined, { headAliveSeconds: 1 }],
      ],
    ],
    [
      "one that is not seen because Ray is not",
      undefined,
      [
        [0, one],
        [30, undefined, { rayComplete: false }],
      ],
    ],
    [
      "one that is back after Ray was not seen",
      undefined,
      [
        [0, one],
        [30, undefined, { rayComplete: false }],
        [40, one],
      ],
    ],
  ])("counts short lives of %s", (_what, shortLives, looks) => {
    expect(stayOf(...looks).shortLives).toBe(shortLives);
  });

  it("remembers when a node had first stayed, also when it is gone", () => {
    expect(stayOf([0, one], [89, one])).not.toHaveProperty("stableMs");
    expect(stayOf([0, one], [90, one], [200, one])).toMatchObject({ stableMs: 90_000, life: { sinceMs: 0 } });
    expect(stayOf([0, one], [90, one], [200, undefined])).toEqual({ stableMs: 90_000 });
  });
});

describe("comesAndGoes", () => {
  it("begins with the third short life in a row", () => {
    expect([{}, { shortLives: 2 }, { shortLives: 3 }, { shortLives: 4 }].map(comesAndGoes)).toEqual([false, false, true, true]);
  });
});

describe("isProven", () => {
  const proven = stayOf([0, one], [90, one]);
  it("needs a node that is there, has stayed, and was not lost since", () => {
    expect(isProven(proven)).toBe(true);
    expect(isProven(stayOf([0, one], [89, one]))).toBe(false);
    expect(isProven(stayOf([0, one], [90, one], [95, undefined]))).toBe(false);
    expect(isProven({ ...proven, shortLives: 1 })).toBe(false);
  });
});
