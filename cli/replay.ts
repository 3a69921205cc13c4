import { parseArgs } from "node:util";
import type { DecisionRecord } from "../autoscaler-agent/recorder/decisionRecord";
import { type ReadLine, readRecords, recordFilesAt } from "../autoscaler-agent/recorder/readRecords";
import type { Command, CommandResult } from "./command";
import { inputError, messageOf, withInputErrors } from "./inputError";
import { findRecord } from "./records/findRecord";
import { findHeadRecords } from "./records/headRecords";
import { localTimeReading, parseTime } from "./records/parseTime";
import { ReplayReport } from "./records/replayReport";
import { withReadErrors } from "./records/withReadErrors";

const EXIT_DIFFERENT = 1;
const EXIT_BAD_INPUT = 2;

const options = { at: { type: "string" } } as const;

/** `rayfleet replay`: makes recorded decisions again with this version's code and compares. */
export const replayCommand: Command = {
  name: "replay",
  usage: "replay [FILE|DIR] [--at TIME]",
  purpose: "decide recorded ticks again and compare; exit code 1: different, 2: bad input",
  run: replay,
};

async function replay(args: readonly string[]): Promise<CommandResult> {
  const report = new ReplayReport();
  const result = await withInputErrors(() => {
    replayInto(report, args);
    return report.text();
  });
  if (result.exitCode !== 0) return { ...result, exitCode: EXIT_BAD_INPUT };
  return { ...result, exitCode: report.allEqual ? 0 : EXIT_DIFFERENT };
}

function replayInto(report: ReplayReport, args: readonly string[]): void {
  const { path = findHeadRecords("FILE|DIR"), at } = readArguments(args);
  const momentMs = at === undefined ? undefined : parseTime("--at", at, localTimeReading());
  withReadErrors("FILE|DIR", path, () => {
    const files = recordFilesAt(path);
    if (momentMs === undefined) for (const file of files) for (const line of readRecords(file)) report.add(line);
    else for (const line of linesAt(files, momentMs)) report.add(line);
  });
  if (report.ticks > 0) return;
  throw inputError({
    path: momentMs === undefined ? "FILE|DIR" : "--at",
    problem: "leads to no recorded tick",
    got: JSON.stringify(at ?? path),
    expected: "records of the agent, and a time that they reach back to",
    fix: report.text(),
  });
}

function linesAt(files: readonly string[], momentMs: number): ReadLine[] {
  const record: DecisionRecord | undefined = findRecord(files, momentMs)?.record;
  return record === undefined ? [] : [{ kind: "record", record }];
}

function readArguments(args: readonly string[]): { readonly path?: string; readonly at?: string } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [path, ...others] = positionals;
    if (others.length > 0) throw new TypeError(`Only one file or folder can be replayed at a time`);
    return { ...values, ...(path === undefined ? {} : { path }) };
  } catch (error) {
    throw inputError({
      path: "arguments",
      problem: "cannot be used",
      got: args.join(" "),
      expected: "a file or folder of records, and --at TIME",
      fix: `${messageOf(error)}.`,
    });
  }
}
