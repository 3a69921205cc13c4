import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KubeRayBackend } from "../../../../autoscaler-agent/nodeGroups/kubeRay/kubeRayBackend";
import { agentGroup } from "../../../support/agentBuilders";
import { FakeClock } from "../../../support/fakeClock";
import { MemoryKubeRay } from "../../../support/kubeRay/memoryKubeRay";

const signal = new AbortController().signal;
const names = ["cpu", "gpu"] as const;
const MAX = 6;
const groups = new Map(
  names.map((groupName) => [
    groupName,
    agentGroup({ groupName, backend: { kind: "kuberay-worker-group", namespace: "ray", rayClusterName: "demo" } }),
  ]),
);

type Name = (typeof names)[number];

/** What the agent and others do; numbers are positions or sizes. */
type Step =
  | { readonly kind: "describe" }
  | { readonly kind: "size"; readonly name: Name; readonly to: number }
  | { readonly kind: "end"; readonly name: Name; readonly which: number; readonly desiredSize: "lower" | "keep" }
  | Alien;

/** None of these makes the operator end a pod with a node by its own choice, if nobody writes a number that is too small. */
type Alien =
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "insert"; readonly at: number }
  | { readonly kind: "raise"; readonly name: Name; readonly to: number }
  | { readonly kind: "delete pod"; readonly name: Name; readonly which: number }
  | { readonly kind: "pod fails"; readonly name: Name; readonly which: number }
  | { readonly kind: "operator"; readonly runs: boolean }
  | { readonly kind: "capacity"; readonly name: Name; readonly to: number };

const name = fc.constantFrom(...names);
const which = fc.nat(MAX - 1);
const others: readonly fc.Arbitrary<Alien>[] = [
  fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(2) }),
  fc.record({ kind: fc.constant("raise" as const), name, to: fc.nat(MAX) }),
  fc.record({ kind: fc.constant("delete pod" as const), name, which }),
  fc.record({ kind: fc.constant("pod fails" as const), name, which }),
  fc.record({ kind: fc.constant("capacity" as const), name, to: fc.nat(MAX) }),
];
/** That an operator which has long made no pod makes one in the middle of a write is left to chance. */
const between = fc.array(fc.oneof(...others), { maxLength: 2 });
const alien: fc.Arbitrary<Alien> = fc.oneof(...others, fc.record({ kind: fc.constant("operator" as const), runs: fc.boolean() }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: "describe" } as const) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("size" as const), name, to: fc.nat(MAX) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      name,
      which,
      desiredSize: fc.constantFrom("lower" as const, "keep" as const),
    }),
  },
  { weight: 4, arbitrary: alien },
);

class World {
  readonly clock = new FakeClock();
  readonly kubeRay = new MemoryKubeRay(this.clock);
  readonly backend = new KubeRayBackend({ api: this.kubeRay.api, clock: this.clock });
  /** Pods that the agent asked to end, and those that others did. */
  readonly asked = new Set<string>();
  operatorWasAway = false;
  /** A pod that the agent was just ending was removed by somebody else, and replaced, before the agent's write came. */
  endedByBoth = false;
  /** Of `demo`, in its order; aliens insert others between them. */
  #inserted = 0;

  constructor() {
    this.kubeRay.makeCluster(
      "demo",
      names.map((groupName) => ({ groupName, minReplicas: 0, maxReplicas: MAX, replicas: 0, numOfHosts: 1 })),
    );
  }

  /** @param meanwhile what others do right before a write of this step takes effect. */
  async take(one: Step, meanwhile: readonly Alien[]): Promise<void> {
    const { api } = this.kubeRay;
    let left = [...meanwhile];
    let ending: string | undefined;
    api.fault = ({ verb }, moment) => {
      if (verb !== "patch" || moment !== "before") return undefined;
      const now = left;
      left = [];
      for (const other of now) this.#alien(other);
      // The operator acts on it before the write comes.
      this.kubeRay.podNames("cpu");
      this.endedByBoth ||= one.kind === "end" && ending !== undefined && !this.kubeRay.api.pods.has(ending);
      return undefined;
    };
    switch (one.kind) {
      case "describe":
        await this.backend.describe([...groups.values()], signal);
        return;
      case "size":
        await this.backend.setDesired(this.#group(one.name), one.to, signal);
        return;
      case "end": {
        const instanceId = this.#podAt(one.name, one.which);
        if (instanceId === undefined) return;
        this.asked.add(instanceId);
        ending = instanceId;
        await this.backend.terminate(this.#group(one.name), { instanceId, desiredSize: one.desiredSize }, signal);
        return;
      }
      case "wait":
      case "insert":
      case "raise":
      case "delete pod":
      case "pod fails":
      case "operator":
      case "capacity":
        this.#alien(one);
    }
  }

  #alien(one: Alien): void {
    switch (one.kind) {
      case "wait":
        this.clock.advance(one.seconds);
        return;
      case "insert":
        this.#inserted += 1;
        this.kubeRay.edit("demo", (spec) => ({
          ...spec,
          workerGroupSpecs: (spec.workerGroupSpecs ?? []).toSpliced(one.at, 0, {
            groupName: `alien-${this.#inserted}`,
            replicas: 0,
            numOfHosts: 1,
          }),
        }));
        return;
      case "raise":
        this.kubeRay.edit("demo", (spec) => ({
          ...spec,
          workerGroupSpecs:
            spec.workerGroupSpecs?.map((group) =>
              group.groupName === one.name ? { ...group, replicas: Math.max(group.replicas ?? 0, one.to) } : group,
            ) ?? [],
        }));
        return;
      case "delete pod": {
        const pod = this.#podAt(one.name, one.which);
        if (pod !== undefined) this.kubeRay.deletePod(pod);
        return;
      }
      case "pod fails": {
        const failed = this.#podAt(one.name, one.which);
        if (failed !== undefined) this.kubeRay.changePod(failed, (pod) => ({ ...pod, status: { phase: "Failed", reason: "Evicted" } }));
        return;
      }
      case "operator":
        this.operatorWasAway ||= !one.runs;
        this.kubeRay.operatorRuns = one.runs;
        return;
      case "capacity":
        this.kubeRay.capacity.set(one.name, one.to);
    }
  }

  #podAt(groupName: Name, index: number): string | undefined {
    return this.kubeRay.podNames(groupName)[index];
  }

  #group(groupName: Name) {
    const group = groups.get(groupName);
    if (group === undefined) throw new Error(groupName);
    return group;
  }

  aliensAreUntouched(): boolean {
    const all = this.kubeRay.api.clusters.get("demo")?.spec?.workerGroupSpecs ?? [];
    return all
      .filter(({ groupName }) => groupName?.startsWith("alien"))
      .every(({ replicas, scaleStrategy }) => replicas === 0 && scaleStrategy === undefined);
  }
}

describe("KubeRayBackend beside an operator that ends what is too many", () => {
  it("lets no pod end that it did not name, and names only pods that it was asked to end or that do not run yet", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, between), { minLength: 5, maxLength: 40 }), async (steps) => {
        const world = new World();
        for (const [one, meanwhile] of steps) await world.take(one, meanwhile);
        world.kubeRay.operatorRuns = true;
        world.clock.advance(20);
        await world.backend.describe([...groups.values()], signal);
        const { ends } = world.kubeRay;
        // Pods and the cluster are two objects, and no write can be made to depend on both: docs/kubernetes-agent.md says so.
        expect(world.endedByBoth ? [] : ends.filter(({ by }) => by === "surplus")).toEqual([]);
        // While the operator is away a pod that was named for having no node may get one.
        const namedRunning = ends.filter(({ by, name: pod, phase }) => by === "named" && phase !== "Pending" && !world.asked.has(pod));
        expect(world.operatorWasAway ? [] : namedRunning).toEqual([]);
        expect(world.aliensAreUntouched()).toBe(true);
      }),
      { numRuns: 400, seed: 1 },
    );
  });
});
