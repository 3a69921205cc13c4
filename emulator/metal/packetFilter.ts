import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { MetalSettings } from "./metalSettings";

const run = promisify(execFile);
const TIMEOUT_MS = 5_000;

/** Loses everything that comes to a machine from an address, or mends it. @param first process 1 of the machine */
export async function filterPackets(
  settings: MetalSettings,
  first: number,
  order: { readonly verb: "block" | "unblock"; readonly address: string },
): Promise<void> {
  const python = [join(settings.venvDirectory, "bin/python3"), "-S", "-E", "-s", join(settings.programDirectory, "packet_filter.py")];
  await run("nsenter", ["--target", String(first), "--net", "--", ...python, order.verb, order.address], { timeout: TIMEOUT_MS });
}
