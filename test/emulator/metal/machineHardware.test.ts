import { describe, expect, it } from "vitest";
import { hardwareSchema } from "../../../contract/machineConfig";
import { machineHardware } from "../../../emulator/metal/machineHardware";

describe("machineHardware", () => {
  const numbers = { cpus: 8, memoryMiB: 1024, gpus: 0, gpuName: null, gpuMemoryMiB: null };

  it.each([
    [numbers, { gpus: 0 }],
    [
      { ...numbers, gpus: 1, gpuName: "T4", gpuMemoryMiB: 16_384 },
      { gpus: 1, gpuType: "T4" },
    ],
    [
      { ...numbers, gpus: 8, gpuName: "A100", gpuMemoryMiB: 40_960 },
      { gpus: 8, gpuType: "A100" },
    ],
    [
      { ...numbers, gpus: 8, gpuName: "A100", gpuMemoryMiB: 81_920 },
      { gpus: 8, gpuType: "A100-80G" },
    ],
    [
      { ...numbers, gpus: 2, gpuName: "RTX PRO Server 6000", gpuMemoryMiB: 98_304 },
      { gpus: 2, gpuType: "RTX-PRO-6000" },
    ],
    // A part of a GPU: Ray would be told of none.
    [{ ...numbers, gpus: 0, gpuName: "L4", gpuMemoryMiB: 2861 }, { gpus: 0 }],
  ])("says %j in Ray's words", (hardware, gpus) => {
    const stated = machineHardware({ hardware });
    expect(stated).toEqual({ cpus: 8, memoryBytes: 2 ** 30, ...gpus });
    expect(hardwareSchema.parse(stated)).toEqual(stated);
  });

  it("states a small machine for a type that AWS does not have", () => {
    expect(machineHardware({ hardware: null })).toEqual({ cpus: 2, memoryBytes: 4 * 2 ** 30, gpus: 0 });
  });
});
