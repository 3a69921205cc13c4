import { describe, expect, it } from "vitest";
import { pascalKeys, REQUIREMENT_NAMES } from "../../../emulator/provider/pascalKeys";

describe("pascalKeys", () => {
  it("raises keys at any depth and turns written booleans into booleans", () => {
    expect(pascalKeys([{ deviceName: "/dev/xvda", ebs: { volumeSize: 50, encrypted: "true", deleteOnTermination: "false" } }])).toEqual([
      { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 50, Encrypted: true, DeleteOnTermination: false } },
    ]);
  });

  it("knows the names that AWS writes its own way", () => {
    expect(pascalKeys({ instanceRequirements: { memoryMib: { min: 1 }, vcpuCount: { min: 2 } } }, REQUIREMENT_NAMES)).toEqual({
      InstanceRequirements: { MemoryMiB: { Min: 1 }, VCpuCount: { Min: 2 } },
    });
  });
});
