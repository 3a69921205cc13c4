import { readdir, readlink } from "node:fs/promises";

/** Stopping takes effect one process at a time, and one that still runs may start another: looks are repeated this often at most. */
const LOOKS = 20;

/** Every process of the PID namespace whose process 1 is `first`, as seen from here. Empty when it is gone. */
export async function processesOfNamespace(first: number): Promise<number[]> {
  const wanted = await namespaceOf(first);
  if (wanted === undefined) return [];
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map(async (name) => ({ pid: Number(name), namespace: await namespaceOf(Number(name)) })));
  return found.filter((each) => each.namespace === wanted).map((each) => each.pid);
}

/** Stops every process of the namespace where it stands; {@link thawProcesses} lets them go on. */
export async function freezeProcesses(first: number): Promise<void> {
  const stopped = new Set<number>();
  for (let look = 0; look < LOOKS; look += 1) {
    const running = (await processesOfNamespace(first)).filter((pid) => !stopped.has(pid));
    if (running.length === 0) return;
    for (const pid of running) {
      signal(pid, "SIGSTOP");
      stopped.add(pid);
    }
  }
}

export async function thawProcesses(first: number): Promise<void> {
  for (const pid of await processesOfNamespace(first)) signal(pid, "SIGCONT");
}

async function namespaceOf(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/ns/pid`);
  } catch {
    // Ended meanwhile, or somebody else's: not of this namespace either way.
    return undefined;
  }
}

/** Sends a signal; false when the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
