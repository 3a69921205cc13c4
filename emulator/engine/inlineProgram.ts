import * as config from "@pulumi/pulumi/runtime/config";
import * as settings from "@pulumi/pulumi/runtime/settings";
import * as stack from "@pulumi/pulumi/runtime/stack";
import * as state from "@pulumi/pulumi/runtime/state";
import type { Deployment } from "./deployment";
import { startMonitor } from "./monitor";
import type { StackConfiguration } from "./stackConfiguration";

const PARALLEL_REGISTRATIONS = 16;

/** Used by the Automation API from inside the SDK, and left out of its published types. */
const { withLocalStorage } = state as unknown as { withLocalStorage<Result>(work: () => Promise<Result>): Promise<Result> };
const { awaitFeatureSupport } = settings as unknown as { awaitFeatureSupport(): Promise<void> };

/** Rejections of a failure arrive in the next turns of the loop, after the run has ended. */
const REJECTION_GRACE_MS = 1_000;
const swallow = () => {};
let swallowing = 0;

/** Each resource that waits for a failed one rejects on its own; the first failure is reported, the others say the same. */
function swallowRejections(): () => void {
  if (swallowing === 0) process.on("unhandledRejection", swallow);
  swallowing += 1;
  const stop = () => {
    swallowing -= 1;
    if (swallowing === 0) process.off("unhandledRejection", swallow);
  };
  return () => setTimeout(stop, REJECTION_GRACE_MS).unref();
}

/**
 * Runs a program inside this process, as Pulumi's Automation API does: for tests, where a process per run would cost seconds. Several may run
 * at once; each has its own configuration and connection.
 */
export async function runInlineProgram(
  deployment: Deployment,
  configuration: StackConfiguration,
  program: () => Promise<Record<string, unknown> | undefined>,
): Promise<void> {
  const { project, stack: stackName, isPreview } = deployment.context;
  const monitor = await startMonitor(deployment);
  const stopSwallowing = swallowRejections();
  try {
    await withLocalStorage(async () => {
      settings.resetOptions(project, stackName, PARALLEL_REGISTRATIONS, monitor.address, monitor.address, isPreview, "organization");
      config.setAllConfig({ ...configuration.values }, [...configuration.secretKeys]);
      await awaitFeatureSupport();
      const failed = new Promise<never>((_resolve, reject) => {
        deployment.onFailure = () => reject(deployment.failure);
        if (deployment.failure !== undefined) reject(deployment.failure);
      });
      const finished = stack.runInPulumiStack(program).then(() => settings.disconnect(true));
      try {
        await Promise.race([finished, failed]);
      } catch (error) {
        settings.disconnectSync();
        throw deployment.failure ?? error;
      }
    });
  } finally {
    await deployment.settled();
    monitor.close();
    stopSwallowing();
  }
}
