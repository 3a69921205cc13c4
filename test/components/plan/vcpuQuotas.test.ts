import { describe, expect, it } from "vitest";
import { machineTypes } from "../../../components/plan/machineTypes";
import { vcpuFamily, vcpusCounted, vcpusOfHead } from "../../../components/plan/vcpuQuotas";

const onDemand = { market: "on-demand", family: "standard", maxVcpus: 1 } as const;
const spot = { ...onDemand, market: "spot" } as const;

describe("vcpuFamily", () => {
  it.each([
    ["r5dn.4xlarge", "standard"],
    ["is4gen.medium", "standard"],
    ["d3en.xlarge", "standard"],
    ["g6.xlarge", "g"],
    ["gr6.4xlarge", "g"],
    ["vt1.3xlarge", "g"],
    ["p5.48xlarge", "p"],
    ["dl1.24xlarge", "dl"],
    ["inf2.xlarge", "inf"],
    ["trn1.2xlarge", "trn"],
    ["x2idn.16xlarge", "x"],
    ["u-6tb1.56xlarge", "high-memory"],
    ["u7i-12tb.224xlarge", "high-memory"],
    ["hpc7a.12xlarge", "hpc"],
    ["f2.6xlarge", "f"],
    ["mac2.metal", undefined],
    ["constructor", undefined],
  ])("counts %s as %s", (name, family) => {
    expect(vcpuFamily(name)).toBe(family);
  });

  it("knows the family of every machine type but Macs", () => {
    expect(machineTypes.filter(({ name }) => vcpuFamily(name) === undefined && !name.startsWith("mac"))).toEqual([]);
  });
});

describe("vcpusCounted", () => {
  it.each([
    ["on-demand", 0, 4, 0],
    ["spot", 0, 0, 4],
    ["spot", 1, 4, 4],
    ["spot-then-on-demand", 0, 4, 4],
  ] as const)(
    "counts a group of %s with a base of %i as %i on-demand and %i spot",
    (capacityType, onDemandBaseReplicas, ofOnDemand, ofSpot) => {
      const spec = { capacityType, onDemandBaseReplicas };
      expect([onDemand, spot].map((quota) => vcpusCounted(quota, spec, ["m7i.xlarge"]))).toEqual([ofOnDemand, ofSpot]);
    },
  );

  it("counts the largest type of the quota's own family", () => {
    const spec = { capacityType: "on-demand", onDemandBaseReplicas: 0 } as const;
    expect(vcpusCounted(onDemand, spec, ["m7i.xlarge", "m7i.2xlarge", "g6.4xlarge"])).toBe(8);
    expect(vcpusCounted({ ...onDemand, family: "g" }, spec, ["m7i.xlarge", "m7i.2xlarge", "g6.4xlarge"])).toBe(16);
    expect(vcpusCounted({ ...onDemand, family: "p" }, spec, ["m7i.xlarge"])).toBe(0);
  });
});

describe("vcpusOfHead", () => {
  it("counts the head as on-demand, in its own family", () => {
    expect([onDemand, spot, { ...onDemand, family: "g" as const }].map((quota) => vcpusOfHead(quota, "r5dn.4xlarge"))).toEqual([16, 0, 0]);
  });
});
