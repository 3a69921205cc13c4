import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Measured } from "./plan";

const run = promisify(execFile);

/** Those who answer, in the order of the table. */
export const contestants = ["rayfleet", "ray", "cluster-autoscaler-like", "karpenter-like"] as const;
export type ContestantName = (typeof contestants)[number];

/** What a process exits with when its time is over. */
const outOfTime = 3;

/** Start and the reading of files come on top of the limit. */
const graceMs = 60_000;

export interface Task {
  readonly contestant: ContestantName;
  readonly requestFile: string;
  readonly replyFile: string;
  readonly runs: number;
  readonly limitSeconds: number;
  /** A Python that has Ray. */
  readonly python: string;
}

/** Runs one contestant in a process of its own. Returns undefined when it has no answer in time. */
export async function measure(task: Task, signal: AbortSignal): Promise<Measured | undefined> {
  const { contestant, requestFile, replyFile, runs, limitSeconds, python } = task;
  const given = [requestFile, replyFile, String(runs), String(limitSeconds)];
  const command: [string, string[]] =
    contestant === "ray"
      ? [python, [join(__dirname, "ray_scheduler.py"), ...given]]
      : [process.execPath, ["--import", "tsx", join(__dirname, "contestant.ts"), contestant, ...given]];
  try {
    await run(...command, { timeout: limitSeconds * 1000 + graceMs, signal, maxBuffer: 16 * 2 ** 20 });
  } catch (error) {
    const { code, killed } = error as { code?: unknown; killed?: boolean };
    if (code === outOfTime || (killed === true && !signal.aborted)) return undefined;
    throw error;
  }
  return JSON.parse(await readFile(replyFile, "utf8")) as Measured;
}
