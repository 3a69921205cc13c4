import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { type CloudRequest, type RunningCloud, startCloud } from "../../../emulator/cloud/cloud";
import { cloudPaths } from "../../../emulator/cloud/cloudState";
import { apiMissing, type RunningApi } from "../api/runningApi";

export const projectDirectory = resolve(__dirname, "../../..");
export const venvDirectory = join(projectDirectory, ".rayfleet/venv");

/** Why a cloud cannot be started here, or undefined. */
export const cloudMissing = apiMissing ?? namespacesMissing();

function namespacesMissing(): string | undefined {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  try {
    execFileSync("unshare", [...user, "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc", "true"], {
      stdio: "pipe",
      timeout: 10_000,
    });
    return undefined;
  } catch (error) {
    return `no namespaces here: ${error instanceof Error ? (error.message.split("\n").at(-2) ?? error.message) : String(error)}`;
  }
}

export function skipNote(reason: string | undefined): string {
  return reason === undefined ? "" : ` (skipped: ${reason})`;
}

/** A fresh folder for one cloud. */
export function makeStateDirectory(): string {
  return mkdtempSync(join(tmpdir(), "rayfleet-cloud-test-"));
}

export function removeStateDirectory(stateDirectory: string): void {
  rmSync(stateDirectory, { recursive: true, force: true });
}

export async function startTestCloud(
  stateDirectory: string,
  more: Partial<CloudRequest> = {},
): Promise<RunningCloud & { readonly api: RunningApi }> {
  const cloud = await startCloud({ stateDirectory, venvDirectory, endpointPort: 15_055, ...more });
  const clientSettings = {
    endpoint: cloud.endpointUrl,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
  const clients = { ec2: new EC2Client(clientSettings), autoScaling: new AutoScalingClient(clientSettings) };
  return { ...cloud, api: { endpointUrl: cloud.endpointUrl, clientSettings, ...clients, stop: () => Promise.resolve() } };
}

/** Everything of a cloud that can be seen from outside: processes by their command lines, the sockets' folder, mounts. */
export function remainsOf(stateDirectory: string): string[] {
  const { socketDirectory } = cloudPaths(stateDirectory);
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const line = commandLine(pid);
      return line.includes(stateDirectory) || line.includes(socketDirectory) ? [`process ${pid}: ${line}`] : [];
    });
  const folders = readdirSync(tmpdir()).filter((name) => join(tmpdir(), name) === socketDirectory);
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(socketDirectory) || line.includes(stateDirectory));
  return [...processes, ...folders, ...mounts];
}

/** Processes of a cloud by what they are; machines are found by their user data's path. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}
