import type { DecisionNode, DecisionRequest, Demand, Gang } from "../../contract/decision";
import { fourHundredTypes, thirtyTypes } from "./awsOffer";
import { openbRequest } from "./openb";
import { SeededRandom } from "./random";

/** One case that all contestants answer. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The size of the whole case, and the size that is measured besides when a contestant cannot finish that one. */
  readonly sizes: readonly [full: number, small?: number];
  /** What the first plan may take at the full size, in milliseconds. */
  readonly goalMs: number;
  /** The seed of its generator; 0 where nothing is drawn. */
  readonly seed: number;
  readonly build: (size: number, tracesFolder: string) => DecisionRequest;
}

const gib = 2 ** 30;
const noLimit = 1_000_000;
const nothing = { nodes: [], demands: [], gangs: [], requested: [], limits: {} };

/** The cases of the benchmark. */
export const scenarios: readonly Scenario[] = [
  {
    name: "busy-cluster",
    title: "1,337 full nodes, 13,315 tasks of 2 CPU",
    sizes: [1337],
    goalMs: 100,
    seed: 0,
    build: busyCluster,
  },
  { name: "one-shape", title: "1,000 workers of one shape from 0", sizes: [1000], goalMs: 50, seed: 0, build: (size) => oneShape(size, 4) },
  {
    name: "placement-groups",
    title: "10,000 nodes, 10,000 placement groups",
    sizes: [10_000, 100],
    goalMs: 500,
    seed: 11,
    build: placementGroups,
  },
  {
    name: "mixed",
    title: "20,000 mixed requests, 400 types",
    sizes: [20_000, 1000],
    goalMs: 1000,
    seed: 42,
    build: (size) => mixedRequests(size, { seed: 42, distinct: false }),
  },
  {
    name: "mixed-distinct",
    title: "20,000 mixed requests, nearly all shapes different, 400 types",
    sizes: [20_000, 1000],
    goalMs: 1000,
    seed: 43,
    build: (size) => mixedRequests(size, { seed: 43, distinct: true }),
  },
  {
    name: "thirty-types",
    title: "50 shapes, 100,000 tasks, 30 types",
    sizes: [100_000, 5000],
    goalMs: 100,
    seed: 7,
    build: (size) => thirtyTypesRequest({ tasks: size, shapes: 50, seed: 7 }),
  },
  { name: "large-tasks", title: "8,000 tasks of 8 CPU", sizes: [8000], goalMs: 50, seed: 0, build: (size) => oneShape(size, 8) },
  {
    name: "openb",
    title: "openb trace as one packing, 27 types",
    sizes: [8152, 2000],
    goalMs: 250,
    seed: 0,
    build: (size, tracesFolder) => openbRequest(tracesFolder, { pods: size }),
  },
];

function busyCluster(nodes: number): DecisionRequest {
  const total = { CPU: 16, memory: 64 * gib };
  return {
    ...nothing,
    groups: [{ groupName: "workers", resources: total, maxReplicas: noLimit, pricePerHourUsd: 0.768 }],
    nodes: Array.from({ length: nodes }, (_, i) => runningNode(i, { total, available: { CPU: 0, memory: 8 * gib } })),
    demands: [{ shape: { CPU: 2 }, count: Math.round((nodes * 13_315) / 1337) }],
  };
}

function runningNode(i: number, amounts: Pick<DecisionNode, "total" | "available">): DecisionNode {
  return { id: `node-${i}`, groupName: "workers", state: "running", ...amounts };
}

/** As many tasks as workers, each of which fills one. */
function oneShape(workers: number, cpus: number): DecisionRequest {
  return {
    ...nothing,
    groups: [
      { groupName: "workers", resources: { CPU: cpus, memory: cpus * 4 * gib }, maxReplicas: noLimit, pricePerHourUsd: cpus * 0.048 },
    ],
    demands: [{ shape: { CPU: cpus }, count: workers }],
  };
}

/** Nodes that are partly free, and as many gangs of two to four bundles: half of them on one node, half on different nodes. */
function placementGroups(size: number): DecisionRequest {
  const random = new SeededRandom(11);
  const total = { CPU: 16, memory: 64 * gib };
  return {
    ...nothing,
    groups: [{ groupName: "workers", resources: total, maxReplicas: noLimit, pricePerHourUsd: 0.768 }],
    nodes: Array.from({ length: size }, (_, i) =>
      runningNode(i, { total, available: { CPU: random.between(0, 8), memory: random.between(8, 40) * gib } }),
    ),
    gangs: Array.from({ length: size }, (_, i) => gang(random, i, { CPU: random.between(1, 4), memory: random.between(1, 8) * gib })),
  };
}

function gang(random: SeededRandom, index: number, shape: Demand["shape"]): Gang {
  const place = { label: `_PG_${index}`, value: "" };
  const bundle = { shape, count: random.between(2, 4) };
  return { bundles: [index % 2 === 0 ? { ...bundle, affinity: place } : { ...bundle, antiAffinity: place }] };
}

const mixedCpus = [0.1, 0.25, 0.5, 1, 1.5];
const mixedMemoryMiB = [100, 256, 512, 1024, 2048, 4096];

/**
 * Five kinds in equal parts: plain; in one zone; in one zone or else anywhere but another; gangs on one node; gangs on different nodes. The shapes
 * are those of a scheduler benchmark that is well known (5 CPU sizes times 6 of memory), or drawn so finely that hardly two are alike.
 */
function mixedRequests(size: number, { seed, distinct }: { seed: number; distinct: boolean }): DecisionRequest {
  const random = new SeededRandom(seed);
  const shape = () => (distinct ? fineShape(random) : { CPU: random.choice(mixedCpus), memory: random.choice(mixedMemoryMiB) * 2 ** 20 });
  const rule = (operator: "In" | "NotIn") => ({ key: "zone", operator, values: [`zone-${random.between(0, 2)}`] });
  const part = Math.floor(size / 5);
  const singles = Array.from({ length: part * 3 }, (_, i): Demand => {
    const selectors = i % 3 === 0 ? undefined : i % 3 === 1 ? [[rule("In")]] : [[rule("In")], [rule("NotIn")]];
    return { shape: shape(), count: 1, ...(selectors === undefined ? {} : { selectors }) };
  });
  const gangs: Gang[] = [];
  for (let left = part * 2; left > 0; ) {
    const made = gang(random, gangs.length, shape());
    gangs.push(made);
    left -= made.bundles.reduce((sum, { count }) => sum + (count ?? 1), 0);
  }
  return { ...nothing, groups: fourHundredTypes(noLimit), demands: counted(singles), gangs };
}

function fineShape(random: SeededRandom): Demand["shape"] {
  return { CPU: random.between(10, 800) / 100, memory: random.between(100, 16_384) * 2 ** 20 };
}

function counted(demands: readonly Demand[]): Demand[] {
  const byKey = new Map<string, Demand>();
  for (const demand of demands) {
    const key = JSON.stringify([demand.shape, demand.selectors]);
    byKey.set(key, { ...demand, count: (byKey.get(key)?.count ?? 0) + demand.count });
  }
  return [...byKey.values()];
}

/** Tasks of so many shapes, a fifth of them with GPUs, their numbers falling as in Zipf's law, on thirty AWS types. */
export function thirtyTypesRequest({ tasks, shapes, seed }: { tasks: number; shapes: number; seed: number }): DecisionRequest {
  const random = new SeededRandom(seed);
  const weights = Array.from({ length: shapes }, (_, i) => 1 / (i + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const demands = weights.map((weight, i): Demand => {
    const cpus = random.between(1, 16) / 2;
    const shape = { CPU: cpus, memory: Math.max(0.25, Math.round(cpus * 4 * (0.25 + 2.5 * random.next()))) * gib };
    return { shape: i % 5 === 4 ? { ...shape, GPU: random.choice([0.5, 1, 1, 2]) } : shape, count: Math.ceil((tasks * weight) / sum) };
  });
  return { ...nothing, groups: thirtyTypes(noLimit), demands };
}
