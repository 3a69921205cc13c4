import type { ChildProcess } from "node:child_process";
import { readlinkSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { socketNames } from "../metal/metalSettings";
import { unixRequest } from "../metal/unixRequest";
import { type CloudPaths, type CloudState, cloudPaths, type Forward, writeCloudState } from "./cloudState";
import { startForward } from "./forwarder";
import { startNamespaceTree } from "./namespaceTree";
import { identifyProcess, type ProcessIdentity } from "./processIdentity";
import { type SupervisorSettings, supervisorSettingsSchema } from "./supervisorSettings";

/** From start to an API and a metal that answer. */
const READY_TIMEOUT_MS = 60_000;
const ASK_TIMEOUT_MS = 2_000;
const ASK_EVERY_MS = 50;

/**
 * The one process of a cloud on the host: it holds the namespaces and the ports at the user's loopback.
 * SIGTERM ends it and the cloud; so does the end of the tree.
 */
async function main(): Promise<void> {
  const settings = supervisorSettingsSchema.parse(JSON.parse(process.argv[2] ?? ""));
  const paths = cloudPaths(settings.stateDirectory);
  const supervisor = identifyProcess(process.pid);
  if (supervisor === undefined) throw new Error("supervisor: cannot see itself in /proc; expected a mounted proc file system.");
  let state: CloudState = { schemaVersion: 1, supervisor, ready: false, forwards: [] };
  const tree = startNamespaceTree(settings, paths);
  const treeEnd = new Promise<number>((resolve) => {
    tree.once("exit", (code) => resolve(code ?? 1));
    tree.once("error", () => resolve(1));
  });
  endWith(tree, treeEnd, paths);
  const namespaces = await findNamespaces(tree, treeEnd);
  state = { ...state, ...(namespaces === undefined ? {} : { namespaces }) };
  await writeCloudState(paths, state);
  await answers(join(paths.socketDirectory, socketNames.api), "/rayfleet/machines");
  await answers(join(paths.socketDirectory, socketNames.metal), "/machines");
  const endpoint = await startForward({ preferredPort: settings.endpointPort, socketPath: join(paths.socketDirectory, socketNames.api) });
  const forwards = await startHeadForwards(settings, paths);
  await writeCloudState(paths, { ...state, ready: true, endpointUrl: `http://127.0.0.1:${endpoint.port}`, forwards });
}

/** Whatever ends first takes the rest with it; the state file says that the cloud is gone. */
function endWith(tree: ChildProcess, treeEnd: Promise<number>, paths: CloudPaths): void {
  const stop = (): void => {
    tree.kill("SIGKILL");
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  void treeEnd.then(async (code) => {
    console.error(`supervisor: the cloud's processes ended with code ${code}`);
    await rm(paths.stateFile, { force: true });
    await rm(paths.socketDirectory, { recursive: true, force: true });
    process.exit(0);
  });
}

/** Process 1 of the tree, seen from the host: the child of `unshare` that is in another PID namespace. */
async function findNamespaces(tree: ChildProcess, treeEnd: Promise<number>): Promise<ProcessIdentity | undefined> {
  let over = false;
  void treeEnd.then(() => {
    over = true;
  });
  const own = readlinkSync("/proc/self/ns/pid");
  while (!over && tree.pid !== undefined) {
    const children = await readFile(`/proc/${tree.pid}/task/${tree.pid}/children`, "utf8").catch(() => "");
    for (const pid of children.trim().split(" ").filter(Boolean).map(Number)) {
      const identity = identifyProcess(pid);
      if (identity !== undefined && namespaceOf(pid) !== own) return identity;
    }
    await pause();
  }
  return undefined;
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

async function startHeadForwards(settings: SupervisorSettings, paths: CloudPaths): Promise<Forward[]> {
  const started: Forward[] = [];
  for (const { name, headPort, preferredLocalPort } of settings.forwards) {
    const socketPath = join(paths.socketDirectory, socketNames.head);
    const { port } = await startForward({ preferredPort: preferredLocalPort, socketPath, greeting: `${headPort}\n` });
    started.push({ name, headPort, localPort: port });
  }
  return started;
}

async function answers(socketPath: string, path: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await unixRequest({ socketPath, method: "GET", path, timeoutMs: ASK_TIMEOUT_MS });
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`supervisor: ${socketPath} does not answer after ${READY_TIMEOUT_MS / 1000} s`, { cause: error });
      await pause();
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
