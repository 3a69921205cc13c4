import fc from "fast-check";
import type { DecisionNode, DecisionReply, DecisionRequest, Demand, Gang } from "../../contract/decision";
import { leastCostUsd, limitFaultsOf } from "./planChecker";

/** Requests so small that all launches can be tried: at most three groups and five pieces of work. */

const mostPieces = 5;

const shape = fc
  .record({ CPU: fc.constantFrom(1, 2, 3, 5), GPU: fc.constantFrom(0, 0, 0, 1), memory: fc.constantFrom(0, 0, 4, 12) })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, amount]) => amount > 0)));

const demand: fc.Arbitrary<Demand> = fc.record({ shape, count: fc.integer({ min: 1, max: 3 }) });

const spreadGang: fc.Arbitrary<Gang> = fc
  .record({ shape, count: fc.constantFrom(2, 2, 3) })
  .map((bundle) => ({ bundles: [{ ...bundle, antiAffinity: { label: "_PG_1", value: "" } }] }));

const group = fc.record({
  resources: fc.record({ CPU: fc.constantFrom(2, 4, 8), GPU: fc.constantFrom(0, 0, 1, 2), memory: fc.constantFrom(8, 16, 64) }),
  maxReplicas: fc.constantFrom(1, 2, 5, 5, 5),
  pricePerHourUsd: fc.constantFrom(0.2, 0.35, 0.5, 0.9, 1.3, 2),
});

const node: fc.Arbitrary<Omit<DecisionNode, "id" | "groupName">> = fc.record({
  state: fc.constant("running" as const),
  total: fc.constant({ CPU: 8, GPU: 1, memory: 32 }),
  available: fc.constantFrom({ CPU: 2, memory: 8 }, { CPU: 4, GPU: 1 }),
});

function piecesOf({ demands, gangs }: Pick<DecisionRequest, "demands" | "gangs">): number {
  const inGangs = gangs.flatMap(({ bundles }) => bundles.map(({ count = 1 }) => count));
  return [...demands.map(({ count }) => count), ...inGangs].reduce((sum, count) => sum + count, 0);
}

/** Any tiny request. */
export const tinyRequest: fc.Arbitrary<DecisionRequest> = fc
  .record({
    groups: fc.array(group, { minLength: 1, maxLength: 3 }).map((groups) => groups.map((one, i) => ({ groupName: `g${i}`, ...one }))),
    nodes: fc.array(node, { maxLength: 2 }).map((nodes) => nodes.map((one, i) => ({ id: `n${i}`, groupName: "g0", ...one }))),
    demands: fc.array(demand, { minLength: 1, maxLength: 3 }),
    gangs: fc.array(spreadGang, { maxLength: 1 }),
    limits: fc.constantFrom<DecisionRequest["limits"]>(
      {},
      {},
      { maxReplicas: 3 },
      { maxHourlyUsd: 2 },
      { quotas: [{ name: "q", maxVcpus: 16, groups: [{ groupName: "g0", vcpusPerNode: 4 }] }] },
    ),
  })
  .map((request) => ({ ...request, requested: [] }))
  .filter((request) => piecesOf(request) <= mostPieces);

const served: DecisionReply = {
  launch: [],
  drain: [],
  infeasible: { demands: [], gangs: [], requested: [] },
  overLimit: { demands: [], gangs: [], requested: [] },
  held: [],
  costPerHourUsd: 0,
  lowerBoundPerHourUsd: 0,
};

/** What serving all of a tiny request costs at least, USD per hour, found by trying every launch within the limits; undefined when none serves all. */
export function leastCostOfAllUsd(request: DecisionRequest): number | undefined {
  return leastCostUsd(request, served, mostPieces, (launch) => limitFaultsOf(request, { ...served, launch }).length === 0);
}

/** How many pieces, gangs counted once, are not served. */
export function unservedOf({ infeasible, overLimit }: DecisionReply): number {
  return [infeasible, overLimit].reduce(
    (sum, lists) => sum + lists.gangs.length + lists.demands.reduce((all, { count }) => all + count, 0),
    0,
  );
}
