import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { RayDashboard } from "./rayDashboard";

/** The job ended otherwise than well, or not in time. */
export class JobFailedError extends Error {
  override readonly name = "JobFailedError";
}

/** A job on its way. */
export interface SubmittedJob {
  readonly submissionId: string;
  readonly submittedAtMs: number;
}

/**
 * Submits a Python script through the job API, which is what `ray job submit` does. The script travels in the command itself, so nothing has to
 * be copied to the head first; `ray job submit --working-dir` is the way for more than one file.
 */
export async function submitScript(
  dashboard: RayDashboard,
  job: { submissionId: string; file: string; environment?: Record<string, string>; driverCpus?: number },
): Promise<SubmittedJob> {
  const packed = gzipSync(await readFile(job.file)).toString("base64");
  const runner = `import base64,gzip; exec(compile(gzip.decompress(base64.b64decode('${packed}')),'job.py','exec'))`;
  await dashboard.submit({
    submissionId: job.submissionId,
    entrypoint: `python -c "${runner}"`,
    ...(job.environment ? { environment: job.environment } : {}),
    ...(job.driverCpus === undefined ? {} : { driverCpus: job.driverCpus }),
  });
  return { submissionId: job.submissionId, submittedAtMs: Date.now() };
}

/**
 * Waits for a job and returns the JSON of its last output line.
 *
 * @throws JobFailedError when it fails, prints no JSON or takes longer than `timeoutSeconds`; the message has the end of its log.
 */
export async function waitForJob(
  dashboard: RayDashboard,
  job: SubmittedJob,
  options: { timeoutSeconds: number; signal?: AbortSignal },
): Promise<unknown> {
  const deadline = job.submittedAtMs + options.timeoutSeconds * 1000;
  for (;;) {
    options.signal?.throwIfAborted();
    const info = await dashboard.job(job.submissionId);
    if (info.status === "SUCCEEDED") return lastJsonLine(await dashboard.jobLogs(job.submissionId), job.submissionId);
    if (info.status === "FAILED" || info.status === "STOPPED") {
      const logs = await dashboard.jobLogs(job.submissionId);
      throw new JobFailedError(`job ${job.submissionId}: ${info.status}: ${info.message}\n${logs.slice(-2000)}`);
    }
    if (Date.now() > deadline) {
      throw new JobFailedError(
        `job ${job.submissionId}: is still ${info.status} after ${options.timeoutSeconds} s. See \`make status\` for what waits.`,
      );
    }
    await sleep(300);
  }
}

function lastJsonLine(logs: string, submissionId: string): unknown {
  const line = logs
    .trimEnd()
    .split("\n")
    .findLast((candidate) => candidate.startsWith("{"));
  if (line === undefined) throw new JobFailedError(`job ${submissionId}: printed no result:\n${logs.slice(-2000)}`);
  return JSON.parse(line);
}
