import { join } from "node:path";
import { z } from "zod";
import { submitScript, waitForJob } from "../demo/submitScript";
import type { LocalStack } from "../localStack";
import { describeAccess } from "./access";
import { DemoError, type ReadyCluster } from "./mainJob";
import { Progress } from "./progress";
import { findRunningCluster, NOTHING_RUNS } from "./runningCluster";

const JOB_TIMEOUT_SECONDS = 300;
const READY_TIMEOUT_SECONDS = 60;

const servedSchema = z.object({
  served: z.object({ gpu: z.array(z.string()), labelSelector: z.array(z.string()), strictSpread: z.array(z.string()) }),
});

/** `make demo`: GPUs, a STRICT_SPREAD placement group and a label selector on the running stack. */
export async function runDemo(local: LocalStack, signal: AbortSignal): Promise<number> {
  const progress = new Progress();
  const cluster = await findRunningCluster(local);
  if (cluster === undefined) {
    progress.print(NOTHING_RUNS);
    return 1;
  }
  const dashboard = await cluster.waitUntilReady({
    timeoutSeconds: READY_TIMEOUT_SECONDS,
    onStage: (stage) => progress.say("head", stage),
    signal,
  });
  await runShapesJob(local, { cluster, dashboard, progress, signal });
  for (const line of describeAccess(cluster)) progress.print(line);
  return 0;
}

/**
 * Runs the job of many shapes and checks where each was served.
 *
 * @throws DemoError when a STRICT_SPREAD bundle shared a machine, or a demand was not served by a machine of its kind
 */
export async function runShapesJob(local: LocalStack, ready: ReadyCluster): Promise<void> {
  const { cluster, dashboard, progress, signal } = ready;
  const startedAtMs = Date.now();
  const witness = cluster.witness(dashboard);
  try {
    const job = await submitScript(dashboard, {
      submissionId: `shapes-${startedAtMs}`,
      file: join(local.projectDirectory, "emulator", "demo", "jobs", "shapes.py"),
    });
    progress.say("job", `${job.submissionId} submitted: 2 GPUs, 2 tasks for tier=gold, 3 bundles on 3 different nodes`);
    const { served } = servedSchema.parse(await waitForJob(dashboard, job, { timeoutSeconds: JOB_TIMEOUT_SECONDS, signal }));
    const seconds = (Date.now() - startedAtMs) / 1000;
    progress.say("job", `done in ${seconds.toFixed(1)} s`);
    progress.print(`  GPUs            ${served.gpu.join(" ")}`);
    progress.print(`  tier=gold       ${served.labelSelector.join(" ")}`);
    progress.print(`  STRICT_SPREAD   ${served.strictSpread.join(" ")}`);
    if (new Set(served.strictSpread).size !== served.strictSpread.length) {
      throw new DemoError(
        `job ${job.submissionId}: bundles of a STRICT_SPREAD group shared a machine; got ${served.strictSpread.join(" ")}.`,
      );
    }
  } finally {
    const { peakWorkers } = await witness.stop();
    progress.print(`  at most ${peakWorkers} workers at a time\n`);
  }
}
