import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../../contract/decision";
import { aDemand, aGang, aGroup, aRequest, launchedOf } from "../../support/decisionBuilders";

/** Processor time in milliseconds, the least of a few runs: other work on the machine does not count. */
function processorMs(request: DecisionRequest): number {
  const runs = Array.from({ length: 4 }, () => {
    const before = process.cpuUsage();
    decide(request);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...runs);
}

/** Nodes of which no two are alike, under demand for so many shapes. */
function crowded({ nodes, shapes, count }: { nodes: number; shapes: number; count: number }): DecisionRequest {
  const groups = Array.from({ length: 30 }, (_, i) =>
    aGroup({
      groupName: `g${i}`,
      resources: { CPU: 4 * (1 + (i % 8)), memory: (8 + i * 4) * 2 ** 30, ...(i % 5 === 0 ? { GPU: 1 + (i % 3) } : {}) },
      maxReplicas: 1_000_000,
      pricePerHourUsd: 0.2 * (1 + (i % 8)) + 0.01 * i + (i % 5 === 0 ? 1 + (i % 3) : 0),
    }),
  );
  return aRequest({
    groups,
    nodes: Array.from({ length: nodes }, (_, i) => ({
      id: `n${i}`,
      groupName: `g${i % 30}`,
      state: "running" as const,
      total: groups[i % 30]?.resources ?? {},
      available: { CPU: (i % 7) * 0.5 + 0.001 * i, memory: (i % 11) * 2 ** 28 + i },
      labels: { "ray.io/node-id": `n${i}`, zone: `z${i % 3}` },
    })),
    demands: Array.from({ length: shapes }, (_, i) => ({
      shape: { CPU: 0.5 + (i % 6), memory: (1 + ((i * 7) % 16)) * 2 ** 28, ...(i % 5 === 0 ? { GPU: 0.5 } : {}) },
      count,
      ...(i % 9 === 0 ? { selectors: [[{ key: "zone", operator: "NotIn" as const, values: ["z1"] }]] } : {}),
    })),
  });
}

describe("decide at scale", () => {
  it("takes no longer for a thousand million tasks than for ten", () => {
    const few = aRequest({ groups: [aGroup({ maxReplicas: 1e9 })], demands: [aDemand(10)] });
    const many = aRequest({ groups: [aGroup({ maxReplicas: 1e9 })], demands: [aDemand(1e9)] });
    expect(launchedOf(decide(many))).toEqual({ cpu: 250_000_000 });
    expect(processorMs(many)).toBeLessThan(processorMs(few) + 5);
  });

  it("answers for 2,000 nodes of which no two are alike and 50 shapes in well under a tick", () => {
    expect(processorMs(crowded({ nodes: 2000, shapes: 50, count: 10 }))).toBeLessThan(200);
    expect(processorMs(crowded({ nodes: 2000, shapes: 50, count: 1_000_000 }))).toBeLessThan(400);
  });

  it("places a thousand gangs", () => {
    const gangs = Array.from({ length: 1000 }, (_, i) => aGang({ count: 4, antiAffinity: { label: `_PG_${i}`, value: "" } }));
    const request = aRequest({ groups: [aGroup({ maxReplicas: 5000 })], gangs });
    expect(launchedOf(decide(request))).toEqual({ cpu: 1000 });
    expect(processorMs(request)).toBeLessThan(1000);
  });

  it("ends for ten thousand shapes of which no two are alike", () => {
    const demands = Array.from({ length: 10_000 }, (_, i) =>
      aDemand(1 + (i % 3), { shape: { CPU: 0.5 + i / 10_000, memory: 1e6 * (i % 4999) } }),
    );
    const reply = decide({ ...crowded({ nodes: 0, shapes: 0, count: 1 }), demands });
    expect(reply.infeasible.demands).toEqual([]);
    expect(reply.overLimit.demands).toEqual([]);
  });
});
