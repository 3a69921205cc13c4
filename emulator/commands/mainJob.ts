import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { machineType } from "../../components/plan/machineTypes";
import type { RayDashboard } from "../demo/rayDashboard";
import { submitScript, waitForJob } from "../demo/submitScript";
import { costOf, renderTimeline } from "../demo/timeline";
import type { Testimony, Witness } from "../demo/witness";
import type { LocalCluster } from "../localCluster";
import type { LocalStack } from "../localStack";
import type { Progress } from "./progress";

/** Primes below 2,000,000; the job is right or wrong by it. */
export const PRIMES_BELOW_TWO_MILLION = 148_933;
const JOB_TIMEOUT_SECONDS = 240;
const SCALE_DOWN_TIMEOUT_SECONDS = 180;

const primesResultSchema = z.object({
  asked: z.number(),
  done: z.number(),
  result: z.int(),
  tasks: z.array(z.object({ started: z.number(), ended: z.number(), instance: z.string() })).min(1),
});

/** A cluster that is ready for jobs. */
export interface ReadyCluster {
  readonly cluster: LocalCluster;
  readonly dashboard: RayDashboard;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The demo did not go as it must. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}

/**
 * Runs the prime-counting job on a cluster that has no workers, waits until the workers it caused are gone again, and prints when what happened.
 *
 * @throws DemoError when the result is wrong, or workers stay
 */
export async function runMainJob(local: LocalStack, ready: ReadyCluster): Promise<Testimony> {
  const { cluster, dashboard, progress, signal } = ready;
  const witness = cluster.witness(dashboard);
  try {
    const job = await submitScript(dashboard, {
      submissionId: `primes-${Date.now()}`,
      file: join(local.projectDirectory, "emulator", "demo", "jobs", "primes.py"),
    });
    progress.say("job", `${job.submissionId} submitted: 12 tasks of one CPU, and there is no worker`);
    const output = primesResultSchema.parse(await waitForJob(dashboard, job, { timeoutSeconds: JOB_TIMEOUT_SECONDS, signal }));
    noteTasks(witness, output);
    if (output.result !== PRIMES_BELOW_TWO_MILLION) {
      throw new DemoError(`job ${job.submissionId}: its result is wrong; got ${output.result}; expected ${PRIMES_BELOW_TWO_MILLION}.`);
    }
    const machines = new Set(output.tasks.map((task) => task.instance)).size;
    progress.say("job", `done: ${output.result} primes below 2,000,000, counted on ${machines} machines; now idle`);
    await waitUntilNoWorkers(witness, signal);
    progress.say("cluster", "all workers are gone again");
    printTestimony(witness.testimony(), progress);
    return witness.testimony();
  } finally {
    await witness.stop();
  }
}

function noteTasks(witness: Witness, output: z.infer<typeof primesResultSchema>): void {
  const starts = output.tasks.map((task) => task.started * 1000);
  witness.note("job submitted", output.asked * 1000);
  witness.note("first task running", Math.min(...starts));
  witness.note("all tasks running", Math.max(...starts));
  witness.note("job done", output.done * 1000);
}

async function waitUntilNoWorkers(witness: Witness, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + SCALE_DOWN_TIMEOUT_SECONDS * 1000;
  while (witness.workersNow() > 0) {
    signal.throwIfAborted();
    if (Date.now() > deadline) {
      throw new DemoError(
        `cluster: ${witness.workersNow()} workers are still there ${SCALE_DOWN_TIMEOUT_SECONDS} s after the job; see the agent's page for what holds them.`,
      );
    }
    await sleep(250);
  }
}

function printTestimony(testimony: Testimony, progress: Progress): void {
  progress.print("\n   since      step");
  for (const line of renderTimeline(testimony.times)) progress.print(line);
  if (testimony.pendingLines.length > 0) {
    progress.print("\n`ray status` said meanwhile:");
    progress.print(" Pending:");
    for (const line of testimony.pendingLines) progress.print(`  ${line}`);
  }
  const cost = costOf(testimony.machines, (type) => machineType(type)?.pricePerHourUsd, Date.now());
  const unknown = cost.unknownTypes.length > 0 ? `, without ${cost.unknownTypes.join(", ")}, whose price is not known` : "";
  progress.print(
    `\nWorkers of this job on AWS: about $${cost.usd.toFixed(4)} at list prices${unknown}; at most ${testimony.peakWorkers} at a time.`,
  );
}
