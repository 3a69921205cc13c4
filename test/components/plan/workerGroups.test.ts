import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { machineType, machineTypes } from "../../../components/plan/machineTypes";
import { nodeMemory } from "../../../components/plan/nodeMemory";
import { planWorkerGroups, type WorkerGroupPlan } from "../../../components/plan/workerGroups";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";

type GroupInput = ClusterSpecInput["workerGroups"][number];

function planGroup(group: Partial<GroupInput>): WorkerGroupPlan {
  const [plan] = planWorkerGroups(buildClusterSpec({ workerGroups: [{ groupName: "cpu", maxReplicas: 4, ...group }] }));
  if (plan === undefined) {
    throw new Error("no plan");
  }
  return plan;
}

describe("planWorkerGroups", () => {
  it("counts a node as the smallest of the group's types", () => {
    expect(planGroup({ instanceTypes: ["m7i.4xlarge", "r7i.2xlarge"] })).toMatchObject({
      instanceTypes: ["m7i.4xlarge", "r7i.2xlarge"],
      resources: { CPU: 8, memory: nodeMemory({ memoryMiB: 64 * 1024 }).memoryBytes },
      pricePerHourUsd: 0.8064,
      hasGpu: false,
      hasInstanceStore: false,
    });
  });

  it("offers GPUs, the accelerator's name and its label", () => {
    expect(planGroup({ groupName: "gpu", instanceTypes: ["g6.12xlarge", "g6.24xlarge"] })).toMatchObject({
      resources: { CPU: 48, GPU: 4, "accelerator_type:L4": 1 },
      labels: { "ray.io/node-group": "gpu", "ray.io/accelerator-type": "L4", "ray.io/market-type": "on-demand" },
      hasGpu: true,
      hasInstanceStore: true,
    });
  });

  it("does not name the accelerator where the types differ", () => {
    const plan = planGroup({ instanceTypes: ["g6.xlarge", "g5.xlarge"] });
    expect(plan.resources).toEqual({ CPU: 4, GPU: 1, memory: expect.any(Number) });
    expect(plan.labels).not.toHaveProperty("ray.io/accelerator-type");
  });

  it("lets the user's resources add to and override the machine's", () => {
    const { resources } = planGroup({ instanceTypes: ["m7i.xlarge"], resources: { CPU: 2, licence: 1 } });
    expect(resources).toEqual({ CPU: 2, licence: 1, memory: expect.any(Number) });
  });

  it("takes a large object store from the memory that tasks get", () => {
    const { resources } = planGroup({ instanceTypes: ["m7i.xlarge"], objectStoreMemoryGiB: 8 });
    expect(resources["memory"]).toBe(nodeMemory({ memoryMiB: 16 * 1024, objectStoreMemoryGiB: 8 }).memoryBytes);
  });

  it.each<[Partial<GroupInput>, string | undefined]>([
    [{}, "on-demand"],
    [{ capacityType: "spot" }, "spot"],
    [{ capacityType: "spot", onDemandBaseReplicas: 1 }, undefined],
    [{ capacityType: "spot-then-on-demand" }, undefined],
  ])("labels the market of %j as %s", (group, market) => {
    expect(planGroup({ instanceTypes: ["m7i.xlarge"], ...group }).labels["ray.io/market-type"]).toBe(market);
  });

  it("keeps the user's labels beside Ray's", () => {
    expect(planGroup({ instanceTypes: ["m7i.xlarge"], labels: { tier: "gold" } }).labels).toMatchObject({
      tier: "gold",
      "ray.io/node-group": "cpu",
    });
  });

  it("takes the cluster's idle time-out unless the group has its own", () => {
    const spec = buildClusterSpec({
      idleTimeoutSeconds: 120,
      workerGroups: [
        { groupName: "a", instanceTypes: ["m7i.xlarge"], maxReplicas: 1 },
        { groupName: "b", instanceTypes: ["m7i.xlarge"], maxReplicas: 1, idleTimeoutSeconds: 600 },
      ],
    });
    expect(planWorkerGroups(spec).map((plan) => plan.idleTimeoutSeconds)).toEqual([120, 600]);
  });

  it.each<[Partial<GroupInput>, number]>([
    [{ instanceTypes: ["m7i.xlarge"] }, 50],
    [{ instanceTypes: ["g6.xlarge"] }, 150],
    [{ needs: { gpu: { type: "L4" } } }, 150],
    [{ instanceTypes: ["g6.xlarge"], rootDiskGiB: 120 }, 120],
    [{ instanceTypes: ["m7i.xlarge"], rootDiskGiB: 20 }, 20],
  ])("gives %j a root disk of %i GiB", (group, gib) => {
    expect(planGroup(group).rootDiskGiB).toBe(gib);
  });

  it("leaves out a price that is not known", () => {
    expect(planGroup({ instanceTypes: ["p5e.48xlarge", "p5.48xlarge"] })).not.toHaveProperty("pricePerHourUsd");
  });

  it("picks the types for a need", () => {
    expect(planGroup({ needs: { cpu: 8, memoryGiB: 32 } })).toMatchObject({
      instanceTypes: expect.arrayContaining(["m7i.2xlarge"]),
      resources: { CPU: 8 },
    });
  });

  it("never offers more of anything than every one of the group's machines has", () => {
    const names = machineTypes.filter((type) => type.architecture === "x86_64" && type.gpuCount === 0).map((type) => type.name);
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 5 }), (instanceTypes) => {
        const { resources } = planGroup({ instanceTypes });
        for (const type of instanceTypes.map((name) => machineType(name))) {
          expect(resources["CPU"]).toBeLessThanOrEqual(type?.vCpus ?? 0);
          expect(resources["memory"]).toBeLessThan((type?.memoryMiB ?? 0) * 2 ** 20);
        }
      }),
    );
  });

  it("refuses a type that is not in the table, which parsing would have found", () => {
    const spec = buildClusterSpec();
    const broken = { ...spec, workerGroups: spec.workerGroups.map((group) => ({ ...group, instanceTypes: ["m7i.huge"] })) };
    expect(() => planWorkerGroups(broken)).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: workerGroups cpu: has machine types that are not in the table; got m7i.huge; expected known ones. Pass a specification that parseClusterSpec accepted.]`,
    );
  });
});
