import { describe, expect, it } from "vitest";
import { planHead } from "../../../components/plan/headPlan";
import { nodeMemory } from "../../../components/plan/nodeMemory";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";

describe("planHead", () => {
  it("knows the default head", () => {
    expect(planHead(buildClusterSpec({ head: {} }))).toEqual({
      groupName: "headgroup",
      instanceType: "r5dn.16xlarge",
      vCpus: 64,
      memoryGiB: 512,
      objectStoreMemoryBytes: nodeMemory({ memoryMiB: 512 * 1024 }).objectStoreBytes,
      hasInstanceStore: true,
      pricePerHourUsd: 5.344,
    });
  });

  it("takes the user's object store, and sees that a type has no local disks", () => {
    expect(planHead(buildClusterSpec({ head: { instanceType: "m7i.large", objectStoreMemoryGiB: 0.5 } }))).toMatchObject({
      objectStoreMemoryBytes: 2 ** 29,
      hasInstanceStore: false,
    });
  });

  it("refuses a type that is not in the table, which parsing would have found", () => {
    const spec = buildClusterSpec();
    expect(() => planHead({ ...spec, head: { ...spec.head, instanceType: "r5dn.huge" } })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: head.instanceType: is not in the table; got "r5dn.huge"; expected a known machine type. Pass a specification that parseClusterSpec accepted.]`,
    );
  });
});
