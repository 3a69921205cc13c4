import type { LocalStack } from "../localStack";
import { describeAccess } from "./access";
import { runMainJob } from "./mainJob";
import { Progress } from "./progress";
import { upStack } from "./upStack";

const READY_TIMEOUT_SECONDS = 240;

/** `make up`: cloud, stack, head, then the demo job with its timeline. On a stack that is up already it changes nothing and says so. */
export async function runUp(local: LocalStack, signal: AbortSignal): Promise<number> {
  const progress = new Progress();
  const { cluster, result, cloudWasRunning } = await upStack(local, progress, signal);
  const dashboard = await cluster.waitUntilReady({
    timeoutSeconds: READY_TIMEOUT_SECONDS,
    onStage: (stage) => progress.say("head", stage),
    signal,
  });
  progress.say("head", "Ray and the agent run");
  const { same: _same, ...changes } = result.changes;
  const nothingChanged = cloudWasRunning && Object.values(changes).every((count) => count === 0);
  if (nothingChanged) {
    progress.print("\nEverything is up already; nothing was changed. `make demo` runs more jobs.");
  } else {
    await runMainJob(local, { cluster, dashboard, progress, signal });
  }
  progress.print();
  for (const line of describeAccess(cluster)) progress.print(line);
  return 0;
}
