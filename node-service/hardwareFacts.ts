import { HARDWARE_FILE, type Hardware, hardwareSchema } from "../contract/machineConfig";
import type { FileSystem } from "./machineAccess";

/** The machine's size as far as Ray must be told. */
export interface HardwareFacts {
  /** What the image states of itself; absent on ordinary machines, where Ray finds out by itself. */
  readonly stated?: Hardware;
  /** Memory that the operating system shows, in bytes. Never more than this can be used, whatever is stated. */
  readonly osMemoryBytes: number;
}

/** `MemTotal` of `/proc/meminfo`, in bytes. @throws Error when the text has none */
export function parseMemoryBytes(meminfo: string): number {
  const kibibytes = /^MemTotal:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  if (kibibytes === undefined) throw new Error("/proc/meminfo: has no MemTotal; got a text without it; expected `MemTotal: <n> kB`.");
  return Number(kibibytes) * 1024;
}

/** Reads `/etc/rayfleet/hardware.json`, where there is one, and the operating system's memory. */
export async function readHardware(files: FileSystem): Promise<HardwareFacts> {
  const osMemoryBytes = parseMemoryBytes((await files.read("/proc/meminfo")) ?? "");
  const text = await files.read(HARDWARE_FILE);
  if (text === undefined) return { osMemoryBytes };
  const parsed = hardwareSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(`${HARDWARE_FILE}: is not understood; ${parsed.error.issues.map((issue) => issue.message).join("; ")}.`);
  return { osMemoryBytes, stated: parsed.data };
}
