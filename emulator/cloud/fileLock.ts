import { open, readFile, rm } from "node:fs/promises";
import { identifyProcess, isRunning, processIdentitySchema } from "./processIdentity";

const LOOK_EVERY_MS = 50;

/**
 * Does something while holding a lock file that names this process. A lock whose process is gone counts as free.
 *
 * @throws Error when somebody else holds it for the whole time
 */
export async function withLock<T>(path: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (!(await take(path))) {
    if (Date.now() > deadline) {
      throw new Error(
        `${path}: is held by another process; got no lock in ${timeoutMs / 1000} s. Wait for the other command, then try again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.writeFile(JSON.stringify(identifyProcess(process.pid)));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (await isAbandoned(path)) await rm(path, { force: true });
  return false;
}

async function isAbandoned(path: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  // Empty: its owner is just writing it, or died doing so; the caller looks again, and gives up in the end.
  if (text === "") return false;
  const owner = processIdentitySchema.safeParse(JSON.parse(text));
  return !owner.success || !isRunning(owner.data);
}
