import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planRayCluster } from "../../components/plan/kubernetes/planRayCluster";
import { applyRayObject } from "../../kuberay-provider/applyRayObject";
import type { RayObject } from "../../kuberay-provider/rayObject";
import type { RayStore } from "../../kuberay-provider/rayStore";

interface Group {
  readonly groupName: string;
  readonly replicas?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly scaleStrategy?: { readonly workersToDelete: readonly string[] };
}

const signal = new AbortController().signal;
const names = ["a", "b", "c", "d"];

/** The RayCluster of a stack with these groups, as it is planned. */
function planned(
  autoscaler: "rayfleet" | "kuberay",
  groups: readonly { readonly groupName: string; readonly maxReplicas: number }[],
): RayObject {
  const workerGroups = groups.map((group) => ({ cpu: 1, memoryGiB: 1, ...group }));
  const parsed = parseKubernetesClusterSpec({ platform: "kubernetes", autoscaler, workerGroups }, { stackName: "demo" });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return planRayCluster(parsed.ok) as unknown as RayObject;
}

/** What is written over a RayCluster with these groups; each has as many pods as replicas. */
async function written(declared: RayObject, live: readonly Group[]): Promise<readonly Group[]> {
  const there = {
    ...declared,
    metadata: { ...declared.metadata, resourceVersion: "7" },
    spec: { ...declared.spec, workerGroupSpecs: live },
  };
  const store = {
    read: async () => there,
    podsByGroup: async () => new Map(live.map(({ groupName, replicas = 0 }) => [groupName, replicas])),
    apply: async (object: RayObject) => object,
  } as unknown as RayStore;
  const { object } = await applyRayObject(store, declared, { dryRun: false, signal } as Parameters<typeof applyRayObject>[2]);
  return object.spec["workerGroupSpecs"] as readonly Group[];
}

const someGroups = fc.uniqueArray(fc.record({ groupName: fc.constantFrom(...names), maxReplicas: fc.integer({ min: 1, max: 20 }) }), {
  selector: ({ groupName }) => groupName,
  minLength: 1,
});
const liveGroups = fc.uniqueArray(
  fc.record({
    groupName: fc.constantFrom(...names),
    replicas: fc.integer({ min: 0, max: 30 }),
    maxReplicas: fc.integer({ min: 1, max: 30 }),
    scaleStrategy: fc.constantFrom({ workersToDelete: [] }, { workersToDelete: ["pod"] }),
  }),
  { selector: ({ groupName }) => groupName },
);

describe("applyRayObject over a cluster that the agent sizes", () => {
  it("ends no pod, whatever is declared: the numbers stay as they are read, and no group's maximum falls below them", async () => {
    await fc.assert(
      fc.asyncProperty(someGroups, liveGroups, async (declared, live) => {
        const groups = await written(planned("rayfleet", declared), live);
        for (const { groupName, replicas, scaleStrategy } of live.filter((group) => group.replicas > 0)) {
          const after = groups.find((group) => group.groupName === groupName);
          expect(after).toMatchObject({ replicas, scaleStrategy });
          expect(after?.maxReplicas).toBeGreaterThanOrEqual(replicas);
        }
        // What is not above its maximum has the one that is declared.
        for (const { groupName, maxReplicas } of declared) {
          const after = groups.find((group) => group.groupName === groupName);
          expect(after?.maxReplicas).toBe(Math.max(maxReplicas, after?.replicas ?? 0));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("lowers the maximum at once where Ray's autoscaler sizes: the operator ends nothing then", async () => {
    const live = [{ groupName: "a", replicas: 8, maxReplicas: 10 }];
    expect(await written(planned("kuberay", [{ groupName: "a", maxReplicas: 5 }]), live)).toMatchObject([{ replicas: 8, maxReplicas: 5 }]);
    expect(await written(planned("rayfleet", [{ groupName: "a", maxReplicas: 5 }]), live)).toMatchObject([{ replicas: 8, maxReplicas: 8 }]);
  });
});
