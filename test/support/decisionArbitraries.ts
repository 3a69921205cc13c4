import fc from "fast-check";
import type { DecisionGroup, DecisionNode, DecisionRequest, Demand, Gang, GangBundle, VcpuQuota } from "../../contract/decision";

/** Small requests of every kind, few enough tasks to be judged by trying all placements. */

const zones = ["a", "b"];
const groupNames = ["east", "mixed", "west"];

/** Leaves out what is undefined, as JSON does. */
function compact<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const shape = fc
  .record({
    CPU: fc.constantFrom(0, 0.5, 1, 2, 3),
    GPU: fc.constantFrom(0, 0, 0, 0.5, 1),
    memory: fc.constantFrom(0, 0, 1e9, 3e9),
    odd: fc.constantFrom(0, 0, 0, 0.1),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, amount]) => amount > 0)));

const rule = fc.record({
  key: fc.constantFrom("zone", "tier"),
  operator: fc.constantFrom("In" as const, "NotIn" as const),
  values: fc.subarray([...zones, "gold"], { minLength: 1 }),
});

const selectors = fc.option(fc.array(fc.array(rule, { maxLength: 2 }), { maxLength: 2 }), { nil: undefined, freq: 3 });

const demand: fc.Arbitrary<Demand> = fc.record({ shape, count: fc.integer({ min: 1, max: 4 }), selectors }).map(compact);

const placementLabel = fc.record({ label: fc.constantFrom("pg1", "pg2"), value: fc.constant("") });

const bundle: fc.Arbitrary<GangBundle> = fc
  .record({
    shape,
    count: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
    selectors,
    affinity: fc.option(placementLabel, { nil: undefined, freq: 4 }),
    antiAffinity: fc.option(placementLabel, { nil: undefined, freq: 3 }),
  })
  .map(compact);

const gang: fc.Arbitrary<Gang> = fc.record({ bundles: fc.array(bundle, { maxLength: 3 }) });

const labels = fc.option(fc.record({ zone: fc.constantFrom(...zones) }), { nil: undefined });

function groupNamed(groupName: string): fc.Arbitrary<DecisionGroup> {
  return fc
    .record({
      groupName: fc.constant(groupName),
      resources: fc.record({
        CPU: fc.constantFrom(1, 2, 4, 8),
        GPU: fc.constantFrom(0, 0, 1, 2),
        memory: fc.constantFrom(2e9, 8e9),
        odd: fc.constantFrom(0, 0.3),
      }),
      labels,
      minReplicas: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
      maxReplicas: fc.integer({ min: 0, max: 6 }),
      idleTimeoutSeconds: fc.option(fc.constantFrom(30, 60), { nil: undefined }),
      pricePerHourUsd: fc.option(fc.constantFrom(0, 0.1, 0.3, 1, 2.5), { nil: undefined, freq: 5 }),
      priority: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
      unavailable: fc.option(fc.constant(true), { nil: undefined, freq: 6 }),
    })
    .map(compact)
    .map((group) => ({ ...group, minReplicas: Math.min(group.minReplicas ?? 0, group.maxReplicas) }));
}

function nodeAt(position: number): fc.Arbitrary<DecisionNode> {
  return fc
    .record({
      id: fc.constant(`node-${position}`),
      groupName: fc.constantFrom(...groupNames, "gone"),
      state: fc.constantFrom("running" as const, "running" as const, "running" as const, "starting" as const, "draining" as const),
      total: fc.constant({ CPU: 4, GPU: 1, memory: 8e9 }),
      available: fc.constantFrom({ CPU: 4, GPU: 1, memory: 8e9 }, { CPU: 1, memory: 4e9 }, {}),
      labels,
      dynamicLabels: fc.option(fc.constantFrom<Record<string, string>>({ pg1: "" }, { zone: "a" }), { nil: undefined, freq: 4 }),
      idleSeconds: fc.option(fc.constantFrom(0, 10, 45, 100), { nil: undefined }),
    })
    .map(compact)
    .map(({ idleSeconds, ...node }) =>
      idleSeconds === undefined || node.state !== "running" ? node : { ...node, idleSeconds, available: node.total ?? {} },
    );
}

const nodes = fc.integer({ min: 0, max: 5 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => nodeAt(i))));

const head: DecisionNode = {
  id: "head",
  groupName: "head",
  head: true,
  state: "running",
  total: { memory: 1e9 },
  available: { memory: 1e9 },
};

function quotaNamed(name: string): fc.Arbitrary<VcpuQuota> {
  return fc
    .record({
      name: fc.constant(name),
      maxVcpus: fc.constantFrom(0, 6, 15, 40),
      otherVcpus: fc.option(fc.constantFrom(1, 4), { nil: undefined, freq: 1 }),
      groups: fc
        .subarray(groupNames)
        .chain((names) =>
          fc.tuple(...names.map((groupName) => fc.record({ groupName: fc.constant(groupName), vcpusPerNode: fc.constantFrom(1, 4, 7) }))),
        ),
    })
    .map(compact);
}

/** A quota may name only groups of the request. */
function withKnownGroupsInQuotas(request: DecisionRequest): DecisionRequest {
  const { quotas } = request.limits;
  if (quotas === undefined) return request;
  const known = new Set(request.groups.map(({ groupName }) => groupName));
  const ofKnown = quotas.map((quota) => ({ ...quota, groups: quota.groups.filter(({ groupName }) => known.has(groupName)) }));
  return { ...request, limits: { ...request.limits, quotas: ofKnown } };
}

/** Any small request. */
export const anyRequest: fc.Arbitrary<DecisionRequest> = fc
  .record({
    groups: fc.subarray(groupNames).chain((names) => fc.tuple(...names.map(groupNamed))),
    nodes: nodes.map((workers) => [head, ...workers]),
    demands: fc.array(demand, { maxLength: 3 }),
    gangs: fc.array(gang, { maxLength: 2 }),
    requested: fc.array(demand, { maxLength: 2 }),
    limits: fc
      .record({
        maxReplicas: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined, freq: 3 }),
        maxHourlyUsd: fc.option(fc.constantFrom(0, 0.5, 2, 6), { nil: undefined, freq: 4 }),
        upscalingSpeed: fc.option(fc.constantFrom(0.5, 1, 3), { nil: undefined, freq: 2 }),
        quotas: fc.option(fc.tuple(quotaNamed("on-demand"), quotaNamed("spot")), { nil: undefined, freq: 3 }),
      })
      .map(compact),
    idleTimeoutSeconds: fc.option(fc.constantFrom(20, 90), { nil: undefined }),
  })
  .map(compact)
  .map(withKnownGroupsInQuotas);

/** Requests without limits that bind, and without idle nodes: everything feasible can be served, and nothing drains. */
export const unlimitedRequest: fc.Arbitrary<DecisionRequest> = anyRequest.map((request) => ({
  ...request,
  groups: request.groups.map(({ unavailable: _, ...group }) => ({ ...group, maxReplicas: 1000 })),
  nodes: request.nodes.map(({ idleSeconds: _, ...node }) => node),
  limits: {},
}));
