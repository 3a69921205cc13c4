import { readFileSync } from "node:fs";
import { z } from "zod";

/** A process that cannot be mistaken for a later one with the same number. */
export const processIdentitySchema = z.strictObject({
  pid: z.int().positive(),
  /** Clock ticks from the machine's start to the process's. */
  startTicks: z.int().nonnegative(),
});

export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** Identity of a process that runs now; undefined when there is none, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything; what follows it is numbers.
    const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === "Z" || state === "X" || startTicks === undefined) return undefined;
    return { pid, startTicks: Number(startTicks) };
  } catch {
    return undefined;
  }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** Sends a signal to exactly this process; nothing happens when it is gone. */
export function signalProcess(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Waits until the process is gone. Resolves false when it still runs after the time. */
export async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}
