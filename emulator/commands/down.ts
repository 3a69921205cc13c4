import { rm } from "node:fs/promises";
import { describeCloud, stopCloud } from "../cloud/cloud";
import type { LocalStack } from "../localStack";
import { Progress } from "./progress";
import { runLocalStack } from "./upStack";

/**
 * `make down`: destroys the stack as `pulumi destroy` would, then ends the cloud with everything in it. Works from any state, also after a crash in the middle of
 * `make up`: what lives only in the emulated cloud goes with the cloud.
 */
export async function runDown(local: LocalStack, signal: AbortSignal, progress = new Progress()): Promise<number> {
  const cloud = await describeCloud(local.stateDirectory);
  let clean = true;
  if (cloud === undefined) {
    progress.say("cloud", "does not run");
  } else {
    try {
      await runLocalStack(local, { verb: "destroy", endpointUrl: cloud.endpointUrl }, progress, signal);
    } catch (error) {
      // The cloud is about to go, and with it every resource; a destroy that fails is worth a word and no more.
      clean = false;
      progress.say("stack", `destroy failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await stopCloud(local.stateDirectory);
  await rm(local.stateDirectory, { recursive: true, force: true });
  progress.say("cloud", "ended: no process, no namespace, no state is left");
  return clean ? 0 : 1;
}
