import { describe, expect, it } from "vitest";
import { headServiceName } from "../../../../components/plan/kubernetes/headService";
import { offeredResources } from "../../../../components/plan/kubernetes/offeredResources";
import { kubernetesWorkerGroupSpecSchema } from "../../../../contract/kubernetes/kubernetesClusterSpec";

function offered(group: object): Readonly<Record<string, number>> {
  return offeredResources(kubernetesWorkerGroupSpecSchema.parse({ groupName: "g", maxReplicas: 1, cpu: 4, memoryGiB: 16, ...group }));
}

describe("offeredResources", () => {
  const memory = 16 * 2 ** 30;

  it.each([
    ["the container's limits, memory in full", {}, { CPU: 4, memory }],
    ["whole CPUs, rounded up", { cpu: 7.5 }, { CPU: 8, memory }],
    ["memory in whole MiB, as it is written", { memoryGiB: 0.3 }, { CPU: 4, memory: 307 * 2 ** 20 }],
    ["GPUs, and their type as a resource", { gpu: { type: "L4", count: 2 } }, { CPU: 4, memory, GPU: 2, "accelerator_type:L4": 1 }],
    ["parts of a GPU", { gpu: { resourceName: "nvidia.com/mig-1g.5gb", count: 1 } }, { CPU: 4, memory, GPU: 1 }],
    ["another accelerator by Ray's name", { gpu: { resourceName: "google.com/tpu", count: 4 } }, { CPU: 4, memory, TPU: 4 }],
    ["no accelerator that the operator does not know", { gpu: { resourceName: "example.com/npu", count: 4 } }, { CPU: 4, memory }],
    ["custom resources, which win", { resources: { CPU: 2, licence: 1 } }, { CPU: 2, memory, licence: 1 }],
    ["nothing of what there is none of", { resources: { CPU: 0 } }, { memory }],
  ])("is %s", (_, group, resources) => {
    expect(offered(group)).toEqual(resources);
  });
});

describe("headServiceName", () => {
  it("is the operator's, which cuts long names from the front", () => {
    expect(headServiceName("demo")).toBe("demo-head-svc");
    expect(headServiceName("a".repeat(53))).toBe(`${"a".repeat(41)}-head-svc`);
    expect(headServiceName(`abcd7${"b".repeat(40)}`)).toBe(`r${"b".repeat(40)}-head-svc`);
  });
});
