import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionNode, DecisionRequest } from "../../../contract/decision";

const groups = [{ groupName: "gpu", resources: { GPU: 2 }, maxReplicas: 100, pricePerHourUsd: 2 }];
const asking = (fractions: readonly number[], nodes: DecisionNode[] = []): DecisionRequest => ({
  groups,
  nodes,
  demands: fractions.map((GPU) => ({ shape: { GPU }, count: 1 })),
  gangs: [],
  requested: [],
  limits: {},
});

/** The fewest devices that hold the pieces, by trying everything. */
function fewestDevices(pieces: readonly number[], rests: readonly number[] = []): number {
  const [first, ...others] = pieces;
  if (first === undefined) return 0;
  const onRests = rests.flatMap((rest, i) =>
    rest >= first - 1e-9
      ? [
          fewestDevices(
            others,
            rests.map((each, j) => (i === j ? each - first : each)),
          ),
        ]
      : [],
  );
  return Math.min(...onRests, 1 + fewestDevices(others, [...rests, 1 - first]));
}

describe("the lower bound, of fractions of a device", () => {
  it("knows that two pieces of more than a half never share one", () => {
    const reply = decide(asking([0.6, 0.6, 0.6]));
    expect([reply.costPerHourUsd, reply.lowerBoundPerHourUsd]).toEqual([4, 4]);
  });

  it("counts halves in pairs, and lets smaller ones share with anything", () => {
    expect(decide(asking([0.5, 0.5, 0.5, 0.5])).lowerBoundPerHourUsd).toBe(2);
    expect(decide(asking([0.6, 0.6, 0.4, 0.4])).lowerBoundPerHourUsd).toBe(2);
  });

  it("knows that beside the large fraction asked for most there is only room for small ones", () => {
    // Eight devices for the large ones, and 2.4 for the others, which fit beside none of them.
    const reply = decide(asking([...Array(8).fill(0.8), ...Array(8).fill(0.3)]));
    expect([reply.costPerHourUsd, reply.lowerBoundPerHourUsd]).toEqual([12, 12]);
  });

  it("does not take the free rests of a busy node for fewer devices than they may be", () => {
    const busy: DecisionNode = { id: "n", groupName: "gpu", state: "running", total: { GPU: 4 }, available: { GPU: 2 } };
    // Rests of 0.6, 0.6 and 0.8 are 2 and hold three.
    expect(decide(asking([0.6, 0.6, 0.8], [busy])).lowerBoundPerHourUsd).toBe(2);
  });

  it("is never above what the cheapest nodes for any fractions cost", () => {
    const fraction = fc.integer({ min: 1, max: 10 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(fc.array(fraction, { minLength: 1, maxLength: 7 }), (fractions) => {
        const nodes = Math.ceil(fewestDevices(fractions) / 2);
        expect(decide(asking(fractions)).lowerBoundPerHourUsd).toBeLessThanOrEqual(nodes * 2 + 1e-9);
      }),
      { numRuns: 300 },
    );
  });
});
