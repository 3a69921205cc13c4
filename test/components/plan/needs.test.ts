import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { machineType } from "../../../components/plan/machineTypes";
import { chooseInstanceTypes, type Needs, offeredGpuTypes, previousTypesWithGpu } from "../../../components/plan/needs";

const anyNeeds: fc.Arbitrary<Needs> = fc.record(
  {
    cpu: fc.double({ min: 0.1, max: 256, noNaN: true }),
    memoryGiB: fc.double({ min: 0.1, max: 4096, noNaN: true }),
    gpu: fc.record({ type: fc.constantFrom(...offeredGpuTypes), count: fc.integer({ min: 1, max: 16 }) }),
  },
  { requiredKeys: [] },
);

describe("chooseInstanceTypes", () => {
  it.each<[string, Needs, readonly string[]]>([
    [
      "8 CPUs, 32 GiB",
      { cpu: 8, memoryGiB: 32 },
      ["m5a.2xlarge", "m6a.2xlarge", "m7i.2xlarge", "m5ad.2xlarge", "m8i.2xlarge", "m5d.2xlarge"],
    ],
    ["any GPU", { gpu: { count: 1 } }, ["g4dn.xlarge", "g4dn.2xlarge"]],
    ["one L4 with room", { gpu: { type: "L4", count: 1 }, cpu: 8, memoryGiB: 32 }, ["g6.2xlarge", "g6.4xlarge"]],
    ["eight H100", { gpu: { type: "H100", count: 8 } }, ["p5.48xlarge"]],
  ])("picks the cheapest and similar ones for %s", (_, needs, instanceTypes) => {
    expect(chooseInstanceTypes(needs)).toEqual({ instanceTypes });
  });

  it.each<[Needs, string, string]>([
    [{ gpu: { type: "T4", count: 8 }, cpu: 32 }, "g4dn.12xlarge", "GPU 4 of 8"],
    [{ cpu: 1000, memoryGiB: 50_000 }, "u7in-32tb.224xlarge", "CPU 896 of 1000, memory 32768 of 50000 GiB"],
    [{ gpu: { type: "L4", count: 8 }, cpu: 400 }, "g6.48xlarge", "CPU 192 of 400"],
  ])("says for %j that %s comes nearest and has %s", (needs, instanceType, lacks) => {
    expect(chooseInstanceTypes(needs)).toEqual({ instanceTypes: [], nearest: { instanceType, lacks } });
  });

  it("picks only types that have everything, or says what is lacking", () => {
    fc.assert(
      fc.property(anyNeeds, (needs) => {
        const { instanceTypes, nearest } = chooseInstanceTypes(needs);
        const types = instanceTypes.map((name) => machineType(name));
        expect(types.length === 0).toBe(nearest !== undefined && nearest.lacks !== "");
        for (const type of types) {
          expect(type?.vCpus).toBeGreaterThanOrEqual(needs.cpu ?? 0);
          expect((type?.memoryMiB ?? 0) / 1024).toBeGreaterThanOrEqual(needs.memoryGiB ?? 0);
          expect(type?.gpuCount).toBeGreaterThanOrEqual(needs.gpu?.count ?? 0);
          expect(needs.gpu === undefined).toBe(type?.gpuCount === 0);
        }
      }),
    );
  });

  it("never picks what it was not meant to: metal, previous generations, arm64, burstable or flex types, mixed GPUs, more than six", () => {
    fc.assert(
      fc.property(anyNeeds, (needs) => {
        const types = chooseInstanceTypes(needs).instanceTypes.map((name) => machineType(name));
        expect(types.length).toBeLessThanOrEqual(6);
        expect(new Set(types.map((type) => type?.gpuType)).size).toBeLessThanOrEqual(1);
        for (const type of types) {
          expect(type).toMatchObject({
            architecture: "x86_64",
            currentGeneration: true,
            bareMetal: false,
            burstable: false,
            otherAccelerator: false,
            sharedGpu: false,
          });
          expect(type?.name).not.toContain("-flex");
        }
      }),
    );
  });

  it("puts the cheapest first", () => {
    fc.assert(
      fc.property(anyNeeds, (needs) => {
        const prices = chooseInstanceTypes(needs).instanceTypes.map((name) => machineType(name)?.pricePerHourUsd ?? Number.NaN);
        expect(prices).toEqual([...prices].sort((left, right) => left - right));
      }),
    );
  });
});

describe("previousTypesWithGpu", () => {
  it("lists what a person can name for a GPU that no current type has", () => {
    expect(previousTypesWithGpu("A10G").slice(0, 2)).toEqual(["g5.xlarge", "g5.2xlarge"]);
    expect(previousTypesWithGpu("H1000")).toEqual([]);
  });
});
