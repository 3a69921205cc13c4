import { decide } from "../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../contract/decision";
import { fourHundredTypes } from "./awsOffer";
import { SeededRandom } from "./random";
import { thirtyTypesRequest } from "./scenarios";
import { type CurvePoint, median } from "./table";

const gib = 2 ** 30;

/** How the time of one decision grows: with nodes of which no two are alike, shapes, groups, tasks. */
export function growthCurves(runs: number): CurvePoint[] {
  return [
    ...curve("nodes, no two alike, 10 shapes", [100, 300, 1000, 3000, 10_000], nodesRequest, runs),
    ...curve("shapes, 30 types", [10, 30, 100, 300, 1000, 3000], (shapes) => thirtyTypesRequest({ tasks: 100_000, shapes, seed: 5 }), runs),
    ...curve("node groups, 50 shapes", [10, 30, 100, 400], groupsRequest, runs),
    ...curve("gangs", [10, 100, 1000, 10_000], gangsRequest, runs),
    ...curve(
      "tasks, 50 shapes, 30 types",
      [1000, 100_000, 10_000_000, 1_000_000_000],
      (tasks) => thirtyTypesRequest({ tasks, shapes: 50, seed: 7 }),
      runs,
    ),
  ];
}

function curve(name: string, sizes: readonly number[], build: (size: number) => DecisionRequest, runs: number): CurvePoint[] {
  return sizes.map((at) => {
    const request = build(at);
    const times = Array.from({ length: runs + 1 }, () => {
      const before = process.cpuUsage();
      decide(request);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    // The first run of the first size is where the code gets warm.
    return { curve: name, at, medianMs: median(times.slice(1)) };
  });
}

function nodesRequest(nodes: number): DecisionRequest {
  const total = { CPU: 16, memory: 64 * gib };
  return {
    ...thirtyTypesRequest({ tasks: nodes * 4, shapes: 10, seed: 3 }),
    nodes: Array.from({ length: nodes }, (_, i) => ({
      id: `node-${i}`,
      groupName: "m6i.4xlarge",
      state: "running" as const,
      total,
      available: { CPU: (i % 160) / 10, memory: 1 * gib + i * 2 ** 20 },
    })),
  };
}

function groupsRequest(groups: number): DecisionRequest {
  return { ...thirtyTypesRequest({ tasks: 100_000, shapes: 50, seed: 7 }), groups: fourHundredTypes(1_000_000).slice(0, groups) };
}

function gangsRequest(gangs: number): DecisionRequest {
  const random = new SeededRandom(9);
  return {
    ...thirtyTypesRequest({ tasks: 1000, shapes: 10, seed: 3 }),
    gangs: Array.from({ length: gangs }, (_, i) => ({
      bundles: [{ shape: { CPU: random.between(1, 4) }, count: 4, antiAffinity: { label: `_PG_${i}`, value: "" } }],
    })),
  };
}
