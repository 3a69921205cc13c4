import { nodePorts } from "../../contract/ports";
import { describeCloud, type RunningCloud, startCloud } from "../cloud/cloud";
import type { StepEvent } from "../engine/events";
import { runStack, type StackRunResult } from "../engine/runStack";
import { clusterOutputsSchema, LocalCluster } from "../localCluster";
import type { LocalStack } from "../localStack";
import type { Progress } from "./progress";

/** The region of the local stack; the emulator has them all and they are alike. */
const LOCAL_REGION = "us-east-1";

/** A stack that is up, and what bringing it up changed. */
export interface StackUp {
  readonly cluster: LocalCluster;
  readonly result: StackRunResult;
  readonly cloudWasRunning: boolean;
}

/** Starts the emulated cloud when it is not running and brings the stack to what its file says; what was ended behind its back is made anew. Doing it twice changes nothing. */
export async function upStack(local: LocalStack, progress: Progress, signal: AbortSignal): Promise<StackUp> {
  const cloudWasRunning = (await describeCloud(local.stateDirectory)) !== undefined;
  const cloud = await startCloud({
    stateDirectory: local.stateDirectory,
    venvDirectory: local.venvDirectory,
    forwards: [
      { name: "dashboard", headPort: nodePorts.dashboard },
      { name: "agent", headPort: nodePorts.agentMetrics },
    ],
  });
  progress.say("cloud", `${cloudWasRunning ? "runs" : "started"}; the AWS API answers at ${cloud.endpointUrl}`);
  if (cloudWasRunning) await runLocalStack(local, { verb: "refresh", endpointUrl: cloud.endpointUrl }, progress, signal);
  const result = await runLocalStack(local, { verb: "up", endpointUrl: cloud.endpointUrl }, progress, signal);
  return { cluster: openCluster(cloud, result.outputs), result, cloudWasRunning };
}

/** The cluster behind a running cloud and a stack's outputs. */
export function openCluster(cloud: RunningCloud, outputs: Readonly<Record<string, unknown>>): LocalCluster {
  return new LocalCluster(clusterOutputsSchema.parse(outputs), {
    endpointUrl: cloud.endpointUrl,
    region: LOCAL_REGION,
    dashboardUrl: forwardUrl(cloud, "dashboard"),
    agentUrl: forwardUrl(cloud, "agent"),
  });
}

function forwardUrl(cloud: RunningCloud, name: string): string {
  const forward = cloud.forwards.find((candidate) => candidate.name === name);
  if (forward === undefined) throw new Error(`cloud: does not forward ${name}; run \`make down\` and \`make up\`.`);
  return `http://127.0.0.1:${forward.localPort}`;
}

/** One run of the in-process engine with its progress on the screen. */
export async function runLocalStack(
  local: LocalStack,
  run: { verb: "up" | "preview" | "destroy" | "refresh"; endpointUrl: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<StackRunResult> {
  let done = 0;
  const result = await runStack({
    directory: local.projectDirectory,
    stack: local.stack,
    stateDirectory: local.stateDirectory,
    endpointUrl: run.endpointUrl,
    verb: run.verb,
    signal,
    onEvent: (event) => {
      if (event.op === "same" || event.op === "log") return;
      done += 1;
      if (run.verb === "preview" || done % 20 === 0) progress.say("stack", describeEvent(event, done, run.verb));
    },
  });
  progress.say("stack", `${run.verb}: ${describeChanges(result.changes)} in ${result.seconds.toFixed(1)} s`);
  return result;
}

function describeEvent(event: StepEvent, done: number, verb: string): string {
  return verb === "preview"
    ? `${event.op.padEnd(8)} ${event.type} ${event.name}`
    : `${done} resources so far, last: ${event.op} ${event.name}`;
}

function describeChanges(changes: Record<string, number>): string {
  const parts = Object.entries(changes).filter(([op, count]) => op !== "same" && count > 0);
  if (parts.length === 0) return `nothing to change, ${changes["same"] ?? 0} resources are as declared`;
  return parts.map(([op, count]) => `${count} ${op}${op.endsWith("e") ? "d" : "ed"}`).join(", ");
}
