import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { z } from "zod";
import { runDown } from "../emulator/commands/down";
import { runMainJob } from "../emulator/commands/mainJob";
import { Progress } from "../emulator/commands/progress";
import { upStack } from "../emulator/commands/upStack";
import type { MilestoneTimes } from "../emulator/demo/timeline";
import { localStack } from "../emulator/localStack";
import packageDescription from "../package.json";

const run = promisify(execFile);
const never = new AbortController().signal;

/** Seconds from the moment the demand exists; absent where the peer does not say. */
const measuredSchema = z.object({
  launchDecidedSeconds: z.number().nullable(),
  /** Ray's provider has no cloud: its nodes are processes that it starts itself. */
  firstInstanceLaunchedSeconds: z.number().nullable().default(null),
  firstNodeAliveSeconds: z.number().nullable(),
  allNodesAliveSeconds: z.number().nullable(),
  firstTaskRunningSeconds: z.number(),
  lastTaskRunningSeconds: z.number(),
  jobDoneSeconds: z.number(),
  allNodesGoneAfterJobSeconds: z.number().nullable(),
});

type Measured = z.infer<typeof measuredSchema>;

/** One contestant's runs. */
interface Contestant {
  readonly name: string;
  readonly runs: readonly Measured[];
}

const seconds = (from: number | undefined, to: number | undefined): number | null =>
  from === undefined || to === undefined ? null : Math.round((to - from) / 10) / 100;

function fromTimeline(times: MilestoneTimes): Measured {
  const start = times["job submitted"];
  return {
    launchDecidedSeconds: seconds(start, times["launch decided by the agent"]),
    firstInstanceLaunchedSeconds: seconds(start, times["first instance launched"]),
    firstNodeAliveSeconds: seconds(start, times["first node alive in Ray"]),
    allNodesAliveSeconds: seconds(start, times["last node alive in Ray"]),
    firstTaskRunningSeconds: seconds(start, times["first task running"]) ?? Number.NaN,
    lastTaskRunningSeconds: seconds(start, times["all tasks running"]) ?? Number.NaN,
    jobDoneSeconds: seconds(start, times["job done"]) ?? Number.NaN,
    allNodesGoneAfterJobSeconds: seconds(times["job done"], times["last instance ended"]),
  };
}

/** rayfleet on the emulator stack: a fresh stack, then the same job again and again, from no workers each time. */
async function measureRayfleet(repeats: number): Promise<Contestant> {
  const local = localStack("local", "bench");
  const quiet = new Progress(() => undefined);
  await runDown(local, never, quiet);
  try {
    const { cluster } = await upStack(local, quiet, never);
    const dashboard = await cluster.waitUntilReady({ timeoutSeconds: 240, onStage: () => undefined });
    const runs: Measured[] = [];
    for (let index = 0; index < repeats; index += 1) {
      const { times } = await runMainJob(local, { cluster, dashboard, progress: quiet, signal: never });
      runs.push(fromTimeline(times));
    }
    return { name: "rayfleet (AWS emulator, machines in namespaces)", runs };
  } finally {
    await runDown(local, never, quiet);
  }
}

/** Ray's own autoscaler v2 with its fake multi-node provider, in network, PID and mount namespaces of its own. */
async function measureRay(repeats: number, intervalSeconds: number): Promise<Contestant> {
  const local = localStack();
  const python = join(local.venvDirectory, "bin", "python");
  const script = [
    "mount -t tmpfs tmpfs /tmp",
    `PYTHONPATH=${join(local.projectDirectory, "emulator", "metal")} ${python} -c 'import links; links.set_up("lo")'`,
    `PATH=${join(local.venvDirectory, "bin")}:$PATH ${python} ${join(__dirname, "ray_fake_multi_node.py")} --interval ${intervalSeconds}`,
  ].join(" && ");
  const asUser = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const runs: Measured[] = [];
  for (let index = 0; index < repeats; index += 1) {
    const { stdout } = await run("unshare", [...asUser, "-fpmn", "--mount-proc", "--kill-child", "sh", "-c", script], { timeout: 240_000 });
    const line = stdout.split("\n").findLast((candidate) => candidate.startsWith("{"));
    runs.push(measuredSchema.parse(JSON.parse(line ?? "")));
  }
  return { name: `Ray autoscaler v2, fake multi-node provider, round every ${intervalSeconds} s`, runs };
}

function median(runs: readonly Measured[], key: keyof Measured): string {
  const values = runs.map((each) => each[key]).filter((value): value is number => value !== null);
  values.sort((left, right) => left - right);
  const middle = values[Math.floor((values.length - 1) / 2)];
  return middle === undefined ? "-" : middle.toFixed(1);
}

const columns: readonly [keyof Measured, string][] = [
  ["launchDecidedSeconds", "decided"],
  ["firstInstanceLaunchedSeconds", "launched"],
  ["firstNodeAliveSeconds", "first node"],
  ["allNodesAliveSeconds", "all nodes"],
  ["firstTaskRunningSeconds", "first task"],
  ["lastTaskRunningSeconds", "all tasks"],
  ["jobDoneSeconds", "job done"],
  ["allNodesGoneAfterJobSeconds", "gone after"],
];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { repeats: { type: "string", default: "3" } } });
  const repeats = Number(values.repeats);
  const contestants = [await measureRayfleet(repeats), await measureRay(repeats, 5), await measureRay(repeats, 1)];
  console.log("12 tasks of one CPU, no workers, nodes of 4 CPUs; seconds from the demand, medians; idle time-out 10 s on both sides\n");
  console.log(`| | ${columns.map(([, title]) => title).join(" | ")} |`);
  console.log(`| --- |${" ---: |".repeat(columns.length)}`);
  for (const { name, runs } of contestants) console.log(`| ${name} | ${columns.map(([key]) => median(runs, key)).join(" | ")} |`);
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? "", memoryGiB: Math.round(totalmem() / 2 ** 30) };
  const results = {
    bench: "endToEnd",
    at: new Date().toISOString(),
    rayfleet: packageDescription.version,
    node: process.version,
    machine,
    repeats,
    contestants,
  };
  await mkdir(join(__dirname, "results"), { recursive: true });
  await writeFile(join(__dirname, "results", "endToEnd.json"), `${JSON.stringify(results, null, 2)}\n`);
}

void main();
