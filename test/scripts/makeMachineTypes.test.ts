import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeMachineTypes } from "../../scripts/makeMachineTypes";

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

function described(overrides: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    VCpuInfo: { DefaultVCpus: 4 },
    MemoryInfo: { SizeInMiB: 16384 },
    ProcessorInfo: { SupportedArchitectures: ["x86_64"] },
    CurrentGeneration: true,
    BareMetal: false,
    BurstablePerformanceSupported: false,
    ...overrides,
  };
}

describe("makeMachineTypes", () => {
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "machine-types-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function make(types: Readonly<Record<string, unknown>>, prices = "region,instanceType,usdPerHour\n"): readonly Record<string, unknown>[] {
    writeFileSync(join(folder, "types.json.gz"), gzipSync(JSON.stringify(types)));
    writeFileSync(join(folder, "prices.csv"), prices);
    const table = JSON.parse(makeMachineTypes(join(folder, "types.json.gz"), join(folder, "prices.csv"))) as Table;
    return table.rows.map((row) => Object.fromEntries(table.columns.map((column, index) => [column, row[index]])));
  }

  it("takes the price of its region only, and leaves an unknown one open", () => {
    const prices = "region,instanceType,usdPerHour\neu-west-1,a,9\nus-east-1,a,0.25\n";
    expect(make({ b: described({}), a: described({}) }, prices).map(({ name, pricePerHourUsd }) => [name, pricePerHourUsd])).toEqual([
      ["a", 0.25],
      ["b", null],
    ]);
  });

  it("gives GPUs the names that Ray has for them, and counts a slice as one shared GPU", () => {
    const gpus = (Name: string, Count: number) => ({
      GpuInfo: { Gpus: [{ Name, Count, LogicalGpuCount: 1, MemoryInfo: { SizeInMiB: 1 } }] },
    });
    const rows = make({ a: described(gpus("L4", 4)), b: described(gpus("RTX PRO Server 6000", 1)), c: described(gpus("L4", 0)) });
    expect(rows.map(({ gpuCount, gpuType, sharedGpu }) => [gpuCount, gpuType, sharedGpu])).toEqual([
      [4, "L4", 0],
      [1, "RTX-PRO-6000", 0],
      [1, "L4", 1],
    ]);
  });

  it("counts local disks in GiB and takes the 64-bit architecture", () => {
    const rows = make({
      a: described({ InstanceStorageInfo: { TotalSizeInGB: 600 }, ProcessorInfo: { SupportedArchitectures: ["i386", "x86_64"] } }),
      b: described({ ProcessorInfo: { SupportedArchitectures: ["arm64"] }, NeuronInfo: {} }),
    });
    expect(rows).toMatchObject([
      { instanceStoreGiB: 558, architecture: "x86_64", otherAccelerator: 0 },
      { instanceStoreGiB: 0, architecture: "arm64", otherAccelerator: 1 },
    ]);
  });

  it("refuses an answer without what it needs", () => {
    expect(() => make({ a: { VCpuInfo: {} } })).toThrow(/DefaultVCpus/);
  });
});
