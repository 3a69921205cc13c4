import { beforeEach, describe, expect, it, vi } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../../contract/decision";
import { aBusyNode, aDemand, aGang, aGroup, anIdleNode, aRequest } from "../../support/decisionBuilders";

/** Calls of what the chooser does most: fitting a piece into a room, filling a node, repeating a pattern, adding nodes. */
const calls = vi.hoisted(() => ({ count: 0 }));

function counted<Module extends object>(module: Module, names: readonly (keyof Module)[]): Module {
  const wrapped = names.map((name) => {
    const original = module[name];
    if (typeof original !== "function") throw new TypeError(`decide.work: ${String(name)} is no function. Correct the name.`);
    const counting = (...args: unknown[]): unknown => {
      calls.count += 1;
      return Reflect.apply(original, undefined, args);
    };
    return [name, counting];
  });
  return { ...module, ...Object.fromEntries(wrapped) };
}

vi.mock("../../../autoscaler-agent/decide/resources", async (load) =>
  counted(await load<typeof import("../../../autoscaler-agent/decide/resources")>(), ["fitCount", "readNeed"]),
);
vi.mock("../../../autoscaler-agent/decide/packing", async (load) =>
  counted(await load<typeof import("../../../autoscaler-agent/decide/packing")>(), ["fillNode", "repeatsOf", "settlePattern"]),
);

function workOf(request: DecisionRequest): number {
  calls.count = 0;
  decide(request);
  return calls.count;
}

/** The request with the amounts of its demands replaced. */
function withCount(request: DecisionRequest, count: number): DecisionRequest {
  return { ...request, demands: request.demands.map((demand) => ({ ...demand, count })) };
}

const manyNodes = [
  aGroup({ maxReplicas: 1e9 }),
  aGroup({ groupName: "big", resources: { CPU: 16, GPU: 1 }, maxReplicas: 1e9, pricePerHourUsd: 5 }),
];

const cases: readonly (readonly [string, DecisionRequest])[] = [
  ["one shape", aRequest({ groups: manyNodes, demands: [aDemand(1)] })],
  ["a shape that needs a GPU", aRequest({ groups: manyNodes, demands: [aDemand(1, { shape: { CPU: 1, GPU: 0.5 } })] })],
  [
    "a shape with alternatives",
    aRequest({ groups: manyNodes, demands: [aDemand(1, { selectors: [[{ key: "a", operator: "In", values: ["b"] }], []] })] }),
  ],
  ["a shape beside nodes with room", aRequest({ groups: manyNodes, nodes: [anIdleNode("a", 1), aBusyNode("b")], demands: [aDemand(1)] })],
  [
    "a shape beside a gang",
    aRequest({ groups: manyNodes, gangs: [aGang({ count: 3, antiAffinity: { label: "g", value: "" } })], demands: [aDemand(1)] }),
  ],
  ["a shape over a limit", aRequest({ groups: manyNodes, limits: { maxReplicas: 7 }, demands: [aDemand(1)] })],
  ["a shape that fits nowhere", aRequest({ groups: manyNodes, demands: [aDemand(1, { shape: { CPU: 99 } })] })],
];

describe("the work of a decision", () => {
  beforeEach(() => {
    calls.count = 0;
  });

  it("is counted", () => {
    expect(workOf(aRequest({ demands: [aDemand(1)] }))).toBeGreaterThan(5);
  });

  it.each(cases)("is no more for a million tasks than for a hundred: %s", (_what, request) => {
    // Both leave as much on the last node, so that the plans are alike but for their size.
    expect(workOf(withCount(request, 1_000_036))).toBeLessThanOrEqual(workOf(withCount(request, 100)));
  });

  it("is no more for a million requested pieces than for a hundred", () => {
    const requested = (count: number) => aRequest({ groups: manyNodes, requested: [aDemand(count)] });
    expect(workOf(requested(1_000_036))).toBeLessThanOrEqual(workOf(requested(100)));
  });

  it("is bounded for several shapes, whatever their numbers", () => {
    const mixed = aRequest({
      groups: manyNodes,
      demands: [1, 2, 3].map((CPU) => aDemand(1, { shape: { CPU, ...(CPU === 2 ? { GPU: 0.25 } : {}) } })),
    });
    const atMost = 2 * workOf(withCount(mixed, 100));
    for (const count of [1_000, 54_321, 1_000_000, 999_999_999]) expect(workOf(withCount(mixed, count))).toBeLessThanOrEqual(atMost);
  });

  it("grows with different shapes no faster than with their square", () => {
    const shapes = (count: number) =>
      aRequest({ groups: manyNodes, demands: Array.from({ length: count }, (_, i) => aDemand(1000, { shape: { CPU: 1 + i / 100 } })) });
    const [few, many] = [workOf(shapes(20)), workOf(shapes(80))];
    expect(many).toBeLessThanOrEqual(16 * few);
  });

  /** Ray's own scheduler looks at every node for every node that it takes: the square. */
  it("grows with nodes of which no two are alike in proportion, or less", () => {
    const nodes = (count: number) => Array.from({ length: count }, (_, i) => aBusyNode(`n${i}`, { available: { CPU: 0.5 + i / 1000 } }));
    const demands = [aDemand(100_000), aDemand(100_000, { shape: { CPU: 0.5 } })];
    const [few, many] = [100, 400].map((count) => workOf(aRequest({ groups: manyNodes, nodes: nodes(count), demands })));
    expect(many).toBeLessThanOrEqual(4 * (few ?? 0));
  });

  it("does not grow with nodes that are alike", () => {
    const nodes = (count: number) => Array.from({ length: count }, (_, i) => aBusyNode(`n${i}`, { available: { CPU: 2 } }));
    const [few, many] = [10, 1000].map((count) =>
      workOf(aRequest({ groups: manyNodes, nodes: nodes(count), demands: [aDemand(100_000)] })),
    );
    expect(many).toBeLessThanOrEqual(few ?? 0);
  });
});
