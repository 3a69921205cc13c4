import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import packageDescription from "../../package.json";
import { checkPlan } from "./checker";
import { growthCurves } from "./curves";
import { lowerBoundPerHourUsd } from "./lowerBound";
import { type ContestantName, contestants, measure } from "./measure";
import { TraceMissing } from "./openb";
import type { Measured } from "./plan";
import { type Scenario, scenarios } from "./scenarios";
import { curveTable, markdownTable, median, type Row } from "./table";

const projectDirectory = resolve(__dirname, "..", "..");

interface Options {
  readonly runs: number;
  readonly limitSeconds: number;
  readonly python: string;
  readonly tracesFolder: string;
  readonly workFolder: string;
  readonly who: readonly ContestantName[];
  readonly signal: AbortSignal;
}

/**
 * Measures the chooser of nodes side by side with Ray's own scheduler and with two plain policies, on the same requests.
 * Prints tables, and writes all figures to `--out`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string", multiple: true },
      who: { type: "string", multiple: true },
      runs: { type: "string", default: "7" },
      "limit-seconds": { type: "string", default: "60" },
      "no-curves": { type: "boolean", default: false },
      python: { type: "string", default: join(projectDirectory, ".rayfleet", "venv", "bin", "python") },
      out: { type: "string", default: join(projectDirectory, "bench", "results", "decide.json") },
    },
  });
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  const workFolder = await mkdtemp(join(tmpdir(), "bench-decide-"));
  const options: Options = {
    runs: Number(values.runs),
    limitSeconds: Number(values["limit-seconds"]),
    python: values.python,
    tracesFolder: process.env["RAYFLEET_TRACES"] ?? resolve(projectDirectory, "..", "shared", "traces"),
    workFolder,
    who: contestants.filter((name) => values.who?.includes(name) ?? true),
    signal: stopping.signal,
  };
  const chosen = scenarios.filter(({ name }) => values.scenario?.includes(name) ?? true);
  try {
    const rows: Row[] = [];
    for (const scenario of chosen) rows.push(...(await runScenario(scenario, options)));
    const curves = values["no-curves"] ? [] : growthCurves(options.runs);
    const versions = await readVersions(options.python);
    await mkdir(dirname(values.out), { recursive: true });
    const seeds = Object.fromEntries(chosen.map(({ name, seed }) => [name, seed]));
    await writeFile(values.out, `${JSON.stringify({ machine: machine(), versions, seeds, rows, curves }, undefined, 2)}\n`);
    process.stdout.write(`${markdownTable(rows)}\n\n${curveTable(curves)}\n`);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

async function runScenario(scenario: Scenario, options: Options): Promise<Row[]> {
  const [full, small] = scenario.sizes;
  try {
    const rows = await runSize(scenario, { size: full, options });
    const isEveryoneDone = rows.every(({ medianMs }) => medianMs !== null);
    return isEveryoneDone || small === undefined ? rows : [...rows, ...(await runSize(scenario, { size: small, options }))];
  } catch (error) {
    if (!(error instanceof TraceMissing)) throw error;
    process.stderr.write(`${scenario.name}: left out. ${error.message}\n`);
    return [];
  }
}

async function runSize(scenario: Scenario, { size, options }: { size: number; options: Options }): Promise<Row[]> {
  const request = scenario.build(size, options.tracesFolder);
  const requestFile = join(options.workFolder, "request.json");
  await writeFile(requestFile, JSON.stringify(request));
  const hasStanding = request.nodes.length > 0;
  const ownBound = hasStanding ? 0 : lowerBoundPerHourUsd(request);
  const rows: Row[] = [];
  const base = { scenario: scenario.name, title: scenario.title, size, isFullSize: size === scenario.sizes[0], goalMs: scenario.goalMs };
  let givenBound = 0;
  for (const contestant of options.who) {
    const task = { ...options, contestant, requestFile, replyFile: join(options.workFolder, `${contestant}.json`) };
    const measured = await measure(task, options.signal);
    // With nodes that stand, their cost is part of the bound that a contestant gives, and of none that is computed here.
    const standingUsd = request.nodes.reduce((sum, node) => sum + (priceOf(request, node.groupName) ?? 0), 0);
    givenBound = Math.max(givenBound, (measured?.lowerBoundPerHourUsd ?? 0) - standingUsd);
    const row = rowOf({ ...base, contestant, limitSeconds: options.limitSeconds }, measured, {
      verdict: measured && checkPlan(request, measured.plan),
      boundUsd: Math.max(ownBound, givenBound),
    });
    rows.push(row);
    process.stderr.write(
      `${scenario.name} ${size} ${contestant}: ${row.medianMs === null ? "no answer" : `${row.medianMs.toFixed(1)} ms`}\n`,
    );
  }
  return rows;
}

function priceOf({ groups }: ReturnType<Scenario["build"]>, groupName: string): number | undefined {
  return groups.find((group) => group.groupName === groupName)?.pricePerHourUsd;
}

type Base = Pick<Row, "scenario" | "title" | "size" | "isFullSize" | "contestant" | "limitSeconds" | "goalMs">;

function rowOf(
  base: Base,
  measured: Measured | undefined,
  { verdict, boundUsd }: { verdict: ReturnType<typeof checkPlan> | undefined; boundUsd: number },
): Row {
  if (measured === undefined || verdict === undefined) {
    const none = { medianMs: null, runs: 0, peakMiB: null, newNodes: null, launchedPerHourUsd: null, overBound: null };
    return { ...base, ...none, unservedPieces: null, unservedGangs: null, faults: [] };
  }
  return {
    ...base,
    medianMs: median(measured.milliseconds),
    runs: measured.milliseconds.length,
    peakMiB: measured.peakMiB,
    ...verdict,
    overBound: boundUsd > 0 ? verdict.launchedPerHourUsd / boundUsd - 1 : null,
  };
}

function machine(): object {
  return { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) };
}

async function readVersions(python: string): Promise<object> {
  const { stdout } = await promisify(execFile)(python, ["-c", "import ray; print(ray.__version__)"], { timeout: 60_000 });
  return { rayfleet: packageDescription.version, ray: stdout.trim(), node: process.version };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
