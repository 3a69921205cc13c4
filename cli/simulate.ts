import { writeFileSync } from "node:fs";
import type { Command } from "./command";
import { inputError, messageOf, withInputErrors } from "./inputError";
import { type Period, randomOutages, seededChance } from "./simulate/chance";
import { htmlReport } from "./simulate/htmlReport";
import { ProgressBar } from "./simulate/progressBar";
import { readTrace } from "./simulate/readTrace";
import { type Conditions, replay, shownResource } from "./simulate/replay";
import { readPolicyFile, type Setup, withSharedIdleTimeout } from "./simulate/setup";
import { readSimulateOptions, type SimulateOptions } from "./simulate/simulateOptions";
import { readSpotTrace } from "./simulate/spotTrace";
import { rayfleetStrategy } from "./simulate/strategies/rayfleet";
import { strategyNamed } from "./simulate/strategies/strategies";
import { type PolicyResult, textReport } from "./simulate/textReport";
import type { Trace } from "./simulate/trace";
import { readStackSetup } from "./stackSetup";

/** `rayfleet simulate`: what a job trace would have cost and how long its tasks would have waited, with this and other policies. */
export const simulateCommand: Command = {
  name: "simulate",
  usage: "simulate --trace FILE --stack NAME|--policy FILE [--compare NAMES]",
  purpose: "replay a job trace in simulated time: cost, waiting times and an HTML report",
  run: (args) => withInputErrors(() => runSimulate(readSimulateOptions(args))),
};

function runSimulate(options: SimulateOptions): string {
  const setup = setupOf(options);
  const trace = readTrace(options.trace, { firstJobs: options.jobs });
  const conditions = conditionsOf(options, { setup, trace });
  const results = replayAll(options, { setup, trace, conditions });
  const shown = shownResource({ trace, setup });
  writeReport(options.report, htmlReport({ traceName: trace.name, setupName: setup.name, shown, conditions, results }));
  const tasks = trace.jobs.reduce((sum, { count }) => sum + count, 0);
  if (options.json) return JSON.stringify({ trace: trace.name, setup: setup.name, jobs: trace.jobs.length, tasks, results }, null, 2);
  const title = `${trace.name}: ${trace.jobs.length} jobs with ${tasks} tasks on ${setup.name}`;
  return `${title}\n\n${textReport(results)}\n\n${remarks(setup)}report: ${options.report}`;
}

function setupOf(options: SimulateOptions): Setup {
  const setup = declaredSetup(options);
  return options.idleTimeoutSeconds === undefined ? setup : withSharedIdleTimeout(setup, options.idleTimeoutSeconds);
}

function declaredSetup({ source, bootSeconds }: SimulateOptions): Setup {
  if ("stack" in source) return readStackSetup(source.stack, bootSeconds);
  const setup = readPolicyFile(source.policy);
  return bootSeconds === undefined ? setup : { ...setup, groups: setup.groups.map((group) => ({ ...group, bootSeconds })) };
}

function conditionsOf(options: SimulateOptions, { setup, trace }: { setup: Setup; trace: Trace }): Conditions {
  const { tickSeconds, seed, placement, spotLossesPerHour, noCapacityShare, spotTrace } = options;
  const series = spotTrace === undefined ? [] : readSpotTrace(spotTrace);
  const untilSeconds = 2 * (trace.jobs.at(-1)?.arrivalSeconds ?? 0) + 86_400;
  const spotNames = setup.groups.filter(({ spot }) => spot).map(({ group }) => group.groupName);
  const outages = setup.groups.map(({ group: { groupName }, spot }): [string, readonly Period[]] => {
    const atRandom = randomOutages(seededChance(seed, `outages of ${groupName}`), { share: noCapacityShare, untilSeconds });
    const probed = spot && series.length > 0 ? (series[spotNames.indexOf(groupName) % series.length] ?? []) : [];
    return [groupName, [...atRandom, ...probed]];
  });
  return { tickSeconds, seed, placement, spotLossesPerHour, outages: new Map(outages) };
}

function replayAll(
  options: SimulateOptions,
  { setup, trace, conditions }: { setup: Setup; trace: Trace; conditions: Conditions },
): readonly PolicyResult[] {
  const strategies = [rayfleetStrategy(setup.groups), ...options.compare.flatMap((name) => strategyNamed(name, setup) ?? [])];
  const progress = new ProgressBar(process.stderr);
  const results = strategies.map((strategy) => {
    const onProgress = (share: number) => progress.show(strategy.name, share);
    onProgress(0);
    const measures = replay({ trace, setup, strategy, conditions, onProgress });
    return { name: strategy.name, description: strategy.description, measures };
  });
  progress.clear();
  return results;
}

function remarks({ groups }: Setup): string {
  const unpriced = groups.filter(({ group }) => group.pricePerHourUsd === undefined).map(({ group }) => group.groupName);
  return unpriced.length === 0 ? "" : `without a price, and so counted as free: ${unpriced.join(", ")}\n`;
}

function writeReport(file: string, html: string): void {
  try {
    writeFileSync(file, html);
  } catch (error) {
    throw inputError({
      path: "--report",
      problem: "cannot be written",
      got: JSON.stringify(file),
      expected: "a file in a folder that may be written",
      fix: `${messageOf(error)}.`,
    });
  }
}
