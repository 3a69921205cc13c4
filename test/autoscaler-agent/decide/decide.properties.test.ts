import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import { type DecisionReply, type DecisionRequest, decisionReplySchema, type GangBundle } from "../../../contract/decision";
import { anyRequest, unlimitedRequest } from "../../support/decisionArbitraries";
import { afterReply } from "../../support/decisionBuilders";
import { CaseTooLarge, faultsOf, leastCostUsd } from "../../support/planChecker";

const runs = { numRuns: 500 };

/** The reply with every position in the request replaced by what stands there, so that requests in another order can be compared. */
function withoutPositions(request: DecisionRequest, reply: DecisionReply): unknown {
  const lists = ({ demands, gangs, requested }: DecisionReply["infeasible"]) => [
    ...demands.map(({ index: _, ...entry }) => entry),
    ...gangs.map(({ index, ...entry }) => ({ ...entry, gang: request.gangs[index] })),
    ...requested.map(({ index: _, ...entry }) => entry),
  ];
  const sorted = (entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).sort();
  return { ...reply, infeasible: sorted(lists(reply.infeasible)), overLimit: sorted(lists(reply.overLimit)) };
}

/** How much of what is not served, whatever stands in its way. */
function unservedCounts({ infeasible, overLimit }: DecisionReply): unknown {
  const pieces = (entries: readonly { index: number; count?: number }[]) => {
    const counts = new Map<number, number>();
    for (const { index, count = 1 } of entries) counts.set(index, (counts.get(index) ?? 0) + count);
    return [...counts].sort(([one], [other]) => one - other);
  };
  return (["demands", "gangs", "requested"] as const).map((kind) => pieces([...infeasible[kind], ...overLimit[kind]]));
}

/** Of equal entries the first ones are served first, which is the one thing that the order decides. */
function haveDifferentShapes(demands: DecisionRequest["demands"]): boolean {
  return new Set(demands.map(({ shape }) => JSON.stringify(shape))).size === demands.length;
}

/** With the first alternative only: a preference may cost more than what would do as well. */
function withoutPreference<T extends Pick<GangBundle, "selectors">>(work: T): T {
  return work.selectors === undefined ? work : { ...work, selectors: work.selectors.slice(0, 1) };
}

/** The judgement; a case that is too large for the judge does not count as a run. */
function judged<T>(judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    if (error instanceof CaseTooLarge) fc.pre(false);
    throw error;
  }
}

describe("decide", () => {
  it("keeps every limit, serves what it says, and drains only idle workers", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(judged(() => faultsOf(request, decide(request)))).toEqual([]);
      }),
      runs,
    );
  });

  it("answers in the form that the schema says", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        decisionReplySchema.parse(decide(request));
      }),
      runs,
    );
  });

  it("launches nothing more once what it launched is starting, and nothing less is served", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const reply = decide(request);
        const again = decide(afterReply(request, reply));
        expect(again.launch).toEqual([]);
        expect(unservedCounts(again)).toEqual(unservedCounts(reply));
      }),
      runs,
    );
  });

  it("does not depend on the order of the input", () => {
    const shuffled = anyRequest.chain((request) =>
      fc.record({
        request: fc.constant(request),
        groups: fc.shuffledSubarray(request.groups, { minLength: request.groups.length }),
        nodes: fc.shuffledSubarray(request.nodes, { minLength: request.nodes.length }),
        gangs: fc.shuffledSubarray(request.gangs, { minLength: request.gangs.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ request, ...order }) => {
        const other = { ...request, ...order, demands: [...request.demands].reverse(), requested: [...request.requested].reverse() };
        fc.pre(haveDifferentShapes(request.demands) && haveDifferentShapes(request.requested));
        expect(withoutPositions(other, decide(other))).toEqual(withoutPositions(request, decide(request)));
      }),
      runs,
    );
  });

  it("serves all that any group could serve when no limit binds", () => {
    fc.assert(
      fc.property(unlimitedRequest, (request) => {
        const { overLimit } = decide(request);
        const codes = [...overLimit.demands, ...overLimit.gangs, ...overLimit.requested].map(({ reason }) => reason.code);
        expect(codes.filter((code) => code !== "only-busy-nodes-fit")).toEqual([]);
      }),
      runs,
    );
  });

  it("names a lower bound that the cheapest launch of all does not undercut, and costs at most one node more than twice as much", () => {
    const small = unlimitedRequest.map((request) => ({
      ...request,
      // A group without a price is compared by a guess and counted as 0, so that its cost says nothing about the choice.
      groups: request.groups.map((group) => ({ pricePerHourUsd: 1, ...group })),
      demands: request.demands.slice(0, 2).map(withoutPreference),
      requested: request.requested.slice(0, 1).map(withoutPreference),
      gangs: request.gangs.slice(0, 1).map(({ bundles }) => ({ bundles: bundles.map(withoutPreference) })),
    }));
    fc.assert(
      fc.property(small, (request) => {
        const reply = decide(request);
        const most = 4;
        const least = judged(() => leastCostUsd(request, reply, most));
        fc.pre(least !== undefined && reply.launch.every(({ count }) => count <= most));
        expect(reply.lowerBoundPerHourUsd).toBeLessThanOrEqual(least + 1e-9);
        expect(reply.costPerHourUsd).toBeGreaterThanOrEqual(least - 1e-9);
        expect(reply.costPerHourUsd - least).toBeLessThanOrEqual(least + 2.5);
      }),
      { numRuns: 200 },
    );
  });

  it("never drains a head", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const heads = request.nodes.map((node) => ({ ...node, head: true, idleSeconds: 1e6 }));
        expect(decide({ ...request, nodes: heads }).drain).toEqual([]);
      }),
    );
  });
});
