import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { chmod, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { type CloudPaths, type CloudState, cloudPaths, type Forward, readCloudState, writeCloudState } from "./cloudState";
import { withLock } from "./fileLock";
import { identifyProcess, isRunning, type ProcessIdentity, signalProcess, waitForEnd } from "./processIdentity";
import type { SupervisorSettings } from "./supervisorSettings";

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 30;
/** How much of the log an error shows. */
const LOG_TAIL_BYTES = 2_000;

export interface ForwardRequest {
  /** What it is for, for example `dashboard`. */
  readonly name: string;
  /** Port at the head's own loopback. */
  readonly headPort: number;
  /** Port at the user's loopback; the next free one when it is taken. @default the same as `headPort` */
  readonly preferredLocalPort?: number;
}

export interface CloudRequest {
  /** Where the cloud keeps its state, logs and consoles; one cloud per folder. Made when it is missing. */
  readonly stateDirectory: string;
  /** Python virtual environment with `emulator/api/requirements.txt`; machines get its Ray. */
  readonly venvDirectory: string;
  /** Ports of the head to offer at 127.0.0.1. They follow a head that is replaced. @default none */
  readonly forwards?: readonly ForwardRequest[];
  /** Preferred port of the AWS endpoint at 127.0.0.1. @default 5055 */
  readonly endpointPort?: number;
  /** From an instance's launch in the API to the start of its machine. @default 0 */
  readonly bootDelaySeconds?: number;
}

export interface RunningCloud {
  /** AWS endpoint at the user's loopback. Any credentials will do. */
  readonly endpointUrl: string;
  readonly forwards: readonly Forward[];
  /** The supervisor's. */
  readonly pid: number;
}

/** The cloud did not come up, or does not go away. */
export class CloudError extends Error {}

/**
 * Starts an emulated cloud, or finds the one that runs already and leaves it as it is.
 *
 * What an earlier one left behind is cleaned up first. Takes about 2 s.
 * @throws CloudError when it does not come up within 90 s; the message has the end of its log
 */
export async function startCloud(request: CloudRequest): Promise<RunningCloud> {
  const paths = cloudPaths(request.stateDirectory);
  await mkdir(paths.stateDirectory, { recursive: true });
  return withLock(paths.lockFile, START_TIMEOUT_MS, async () => {
    const running = await describeCloud(request.stateDirectory);
    if (running !== undefined) return running;
    await cleanUp(paths);
    await mkdir(paths.machines, { recursive: true });
    await mkdir(paths.socketDirectory, { recursive: true, mode: 0o700 });
    await chmod(paths.socketDirectory, 0o700);
    const projectDirectory = findProject();
    await bundlePrograms(projectDirectory, paths);
    return launch(supervisorSettings(request, paths, projectDirectory), paths);
  });
}

/** The cloud of this folder, or undefined when none is up. Never starts or ends anything. */
export async function describeCloud(stateDirectory: string): Promise<RunningCloud | undefined> {
  const state = await readCloudState(cloudPaths(stateDirectory));
  if (state === undefined || !state.ready || state.endpointUrl === undefined) return undefined;
  if (!isRunning(state.supervisor) || state.namespaces === undefined || !isRunning(state.namespaces)) return undefined;
  return { endpointUrl: state.endpointUrl, forwards: state.forwards, pid: state.supervisor.pid };
}

/**
 * Ends a cloud with everything in it, and makes sure of it. Does nothing when there is none.
 *
 * Consoles and logs stay in the state directory. Works whatever part of the cloud was killed before.
 * @throws CloudError when a process of it does not end
 */
export async function stopCloud(stateDirectory: string): Promise<void> {
  const paths = cloudPaths(stateDirectory);
  if (!existsSync(paths.stateDirectory)) return;
  await withLock(paths.lockFile, STOP_TIMEOUT_MS, () => cleanUp(paths));
}

async function cleanUp(paths: CloudPaths): Promise<void> {
  const state = await readCloudState(paths);
  if (state !== undefined) await endProcesses(state);
  await Promise.all([
    rm(paths.socketDirectory, { recursive: true, force: true }),
    rm(paths.stateFile, { force: true }),
    rm(paths.programs, { recursive: true, force: true }),
  ]);
}

/** The namespaces' first process goes last and for certain: when it has gone, the kernel has ended all others in them. */
async function endProcesses(state: CloudState): Promise<void> {
  signalProcess(state.supervisor, "SIGTERM");
  if (!(await waitForEnd(state.supervisor, STOP_TIMEOUT_MS / 2))) signalProcess(state.supervisor, "SIGKILL");
  if (state.namespaces !== undefined) signalProcess(state.namespaces, "SIGKILL");
  for (const each of [state.supervisor, state.namespaces]) {
    if (each !== undefined) await ended(each);
  }
}

async function ended(identity: ProcessIdentity): Promise<void> {
  if (await waitForEnd(identity, STOP_TIMEOUT_MS)) return;
  throw new CloudError(
    `cloud: process ${identity.pid} does not end; got it running ${STOP_TIMEOUT_MS / 1000} s after SIGKILL; expected its end. ` +
      "Look at what it waits for in /proc.",
  );
}

async function launch(settings: SupervisorSettings, paths: CloudPaths): Promise<RunningCloud> {
  const log = openSync(paths.log, "a", 0o600);
  const node = join(settings.projectDirectory, "node_modules/node/bin/node");
  const child = spawn(node, [join(paths.programs, "supervisor.js"), JSON.stringify(settings)], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
  });
  closeSync(log);
  let exited = false;
  child.once("exit", () => {
    exited = true;
  });
  child.once("error", () => {
    exited = true;
  });
  child.unref();
  // Noted before the supervisor can do it itself, so that nobody is lost who is interrupted here.
  const supervisor = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (supervisor !== undefined) await writeCloudState(paths, { schemaVersion: 1, supervisor, ready: false, forwards: [] });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const running = await describeCloud(settings.stateDirectory);
    if (running !== undefined) return running;
    if (exited || Date.now() > deadline) break;
    await new Promise((again) => setTimeout(again, LOOK_EVERY_MS));
  }
  const tail = (await readFile(paths.log, "utf8").catch(() => "")).slice(-LOG_TAIL_BYTES);
  await cleanUp(paths);
  throw new CloudError(
    `cloud: did not come up; got ${exited ? "an early end" : "no answer"}; expected an API that answers. Its log ends with:\n${tail}`,
  );
}

function supervisorSettings(request: CloudRequest, paths: CloudPaths, projectDirectory: string): SupervisorSettings {
  return {
    stateDirectory: paths.stateDirectory,
    projectDirectory,
    venvDirectory: resolve(request.venvDirectory),
    endpointPort: request.endpointPort ?? 5055,
    forwards: (request.forwards ?? []).map(({ name, headPort, preferredLocalPort }) => ({
      name,
      headPort,
      preferredLocalPort: preferredLocalPort ?? headPort,
    })),
    bootDelaySeconds: request.bootDelaySeconds ?? 0,
  };
}

/** One file each, because a bundle starts several times faster than sources. */
async function bundlePrograms(projectDirectory: string, paths: CloudPaths): Promise<void> {
  await build({
    absWorkingDir: projectDirectory,
    entryPoints: { supervisor: "emulator/cloud/supervisor.ts", metal: "emulator/metal/main.ts" },
    outdir: paths.programs,
    bundle: true,
    platform: "node",
    target: "node24",
    logLevel: "error",
  });
}

function findProject(): string {
  let directory = __dirname;
  while (!existsSync(join(directory, "emulator/cloud/cloud_init.py"))) {
    const parent = dirname(directory);
    if (parent === directory)
      throw new CloudError(`cloud: its programs were not found; got ${__dirname}; expected a folder of the project.`);
    directory = parent;
  }
  return directory;
}
