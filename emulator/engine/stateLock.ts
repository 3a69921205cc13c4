import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

interface Holder {
  readonly pid: number;
  /** Distinguishes a process from a later one with the same number. */
  readonly startedAt: string;
}

/** Kernel's start time of a process, or undefined when there is no such process (or no /proc). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses and may hold blanks; the start time is the 20th after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const startedAt = startOf(holder.pid);
  return startedAt === undefined || startedAt === holder.startedAt;
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that only one process changes a stack at a time. The lock of a process that is gone is taken over.
 *
 * @returns a function that gives the lock back
 * @throws Error naming the process that holds it
 */
export function acquireStateLock(file: string): () => void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) ?? "" } satisfies Holder);
  for (const isLastTry of [false, true]) {
    try {
      writeFileSync(file, mine, { flag: "wx", mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = readHolder(file);
      if (isLastTry || (holder !== undefined && isAlive(holder)))
        throw new Error(`${file}: the stack is being changed by process ${holder?.pid ?? "unknown"}. Wait for it, or end it.`, {
          cause: error,
        });
      rmSync(file, { force: true });
    }
  }
  throw new Error(`${file}: could not be locked.`);
}
