import { describeCloud, startCloud, stopCloud } from "../cloud/cloud";
import type { LocalStack } from "../localStack";
import { Progress } from "./progress";
import { runLocalStack } from "./upStack";

/** `make preview`: what `up` would change. Starts the emulated API for the look-ups when it is not running, and ends it again. */
export async function runPreview(local: LocalStack, signal: AbortSignal): Promise<number> {
  const progress = new Progress();
  const running = await describeCloud(local.stateDirectory);
  const cloud = running ?? (await startCloud({ stateDirectory: local.stateDirectory, venvDirectory: local.venvDirectory }));
  try {
    await runLocalStack(local, { verb: "preview", endpointUrl: cloud.endpointUrl }, progress, signal);
  } finally {
    if (running === undefined) await stopCloud(local.stateDirectory);
  }
  return 0;
}
