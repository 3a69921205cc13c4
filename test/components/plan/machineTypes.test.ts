import { describe, expect, it } from "vitest";
import { machineType, machineTypes, machineTypesOfFamily, nearestMachineType, priceList } from "../../../components/plan/machineTypes";

describe("machineTypes", () => {
  it("says of every type what a plan needs", () => {
    const broken = machineTypes.filter(
      (type) =>
        !(type.vCpus > 0 && type.memoryMiB > 0 && type.architecture.length > 0) ||
        type.gpuCount > 0 !== (type.gpuType !== undefined) ||
        (type.pricePerHourUsd ?? 1) <= 0,
    );
    expect(broken).toEqual([]);
    expect(machineTypes.length).toBeGreaterThan(1_000);
  });

  it("names the prices' source, date and region", () => {
    expect(priceList).toEqual({
      source: "AWS public price list, on-demand Linux, by way of aws/karpenter-provider-aws (Apache-2.0)",
      asOf: "2026-07-20",
      region: "us-east-1",
    });
  });
});

describe("machineType", () => {
  it("knows a head's type", () => {
    expect(machineType("r5dn.16xlarge")).toEqual({
      name: "r5dn.16xlarge",
      vCpus: 64,
      memoryMiB: 512 * 1024,
      architecture: "x86_64",
      gpuCount: 0,
      sharedGpu: false,
      otherAccelerator: false,
      instanceStoreGiB: 2235,
      currentGeneration: true,
      bareMetal: false,
      burstable: false,
      pricePerHourUsd: 5.344,
    });
  });

  it.each([
    ["g6.xlarge", 1, "L4"],
    ["g5.48xlarge", 8, "A10G"],
    ["g4dn.xlarge", 1, "T4"],
    ["g5g.xlarge", 1, "T4G"],
    ["p4d.24xlarge", 8, "A100"],
    ["p5.48xlarge", 8, "H100"],
    ["g7e.2xlarge", 1, "RTX-PRO-6000"],
  ])("counts and names the GPUs of %s as Ray does", (name, gpuCount, gpuType) => {
    expect(machineType(name)).toMatchObject({ gpuCount, gpuType, sharedGpu: false });
  });

  it("tells a slice of a GPU from a whole one", () => {
    expect(machineType("g6f.xlarge")).toMatchObject({ gpuCount: 1, gpuType: "L4", sharedGpu: true });
  });

  it("leaves out a price that is not known", () => {
    expect(machineType("p5e.48xlarge")).not.toHaveProperty("pricePerHourUsd");
  });

  it("is undefined for a name that no type has", () => {
    expect(machineType("m7i.huge")).toBeUndefined();
  });
});

describe("nearestMachineType", () => {
  it.each([
    ["m7i.4xlrage", "m7i.4xlarge"],
    ["r5dn4xlarge", "r5dn.4xlarge"],
    ["M7I.XLARGE", "m7i.xlarge"],
    ["n1-standard-64-highmem", undefined],
  ])("takes %s for %s", (written, meant) => {
    expect(nearestMachineType(written)).toBe(meant);
  });
});

describe("machineTypesOfFamily", () => {
  it("lists a family's sizes, smallest first", () => {
    expect(machineTypesOfFamily("g6f.huge").map(({ name }) => name)).toEqual(["g6f.large", "g6f.xlarge", "g6f.2xlarge", "g6f.4xlarge"]);
  });

  it.each(["huge", "z99.large", ""])("is empty for %j", (name) => {
    expect(machineTypesOfFamily(name)).toEqual([]);
  });
});
