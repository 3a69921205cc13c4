import type { Hardware } from "../../contract/machineConfig";
import type { MachineRecord } from "./machineRecord";

/**
 * EC2's name of a GPU → Ray's accelerator type, where they differ.
 * Source: ray/util/accelerators/accelerators.py and DescribeInstanceTypes. As of 2026-11.
 */
const RAY_ACCELERATOR_TYPES: Readonly<Record<string, string>> = {
  "RTX PRO Server 6000": "RTX-PRO-6000",
};

/** For a type that AWS does not have: a small machine, so that a test may invent one. */
const UNKNOWN_TYPE: Hardware = { cpus: 2, memoryBytes: 4 * 2 ** 30, gpus: 0 };

/** The hardware that a machine states for itself, in Ray's words, from what EC2 says of its instance type. */
export function machineHardware(record: Pick<MachineRecord, "hardware">): Hardware {
  const found = record.hardware;
  if (found === null) return UNKNOWN_TYPE;
  const hardware = { cpus: found.cpus, memoryBytes: found.memoryMiB * 2 ** 20, gpus: found.gpus };
  if (found.gpuName === null || found.gpus === 0) return hardware;
  return { ...hardware, gpuType: acceleratorType(found.gpuName, found.gpuMemoryMiB) };
}

function acceleratorType(name: string, memoryMiB: number | null): string {
  // Ray tells the two A100 apart by their memory.
  if (name === "A100" && memoryMiB !== null && memoryMiB > 60_000) return "A100-80G";
  return RAY_ACCELERATOR_TYPES[name] ?? name;
}
