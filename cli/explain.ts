import { recordFilesAt } from "../autoscaler-agent/recorder/readRecords";
import { shown, shownText } from "../autoscaler-agent/report/shownText";
import type { Command } from "./command";
import { readFlags } from "./flags";
import { inputError, withInputErrors } from "./inputError";
import { explanation } from "./records/explanation";
import { explanationText } from "./records/explanationText";
import { type FoundRecord, findRecord } from "./records/findRecord";
import { findHeadRecords } from "./records/headRecords";
import { localTimeReading, parseTime } from "./records/parseTime";
import { withReadErrors } from "./records/withReadErrors";

const options = {
  at: { type: "string", default: "now" },
  group: { type: "string" },
  from: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

/** `rayfleet explain`: what the agent saw, decided and why at a time, from its records. */
export const explainCommand: Command = {
  name: "explain",
  usage: "explain [--at TIME] [--group NAME] [--from DIR|FILE] [--json]",
  purpose: "say what the agent saw, decided and why at a time",
  run: (args) => withInputErrors(() => explain(args)),
};

function explain(args: readonly string[]): string {
  const given = readFlags(args, options, "--at TIME, --group NAME, --from DIR|FILE, --json");
  const momentMs = parseTime("--at", given.at, localTimeReading());
  const from = given.from ?? findHeadRecords("--from");
  const found = withReadErrors("--from", from, () => findRecord(recordFilesAt(from), momentMs));
  if (found === undefined) throw noRecord(from, momentMs);
  checkGroup(given.group, found);
  const made = explanation(found, momentMs, given.group);
  if (made === undefined) throw notForThisVersion(found);
  return given.json ? JSON.stringify(shown(made), null, 2) : explanationText(made);
}

function noRecord(from: string, momentMs: number): Error {
  return inputError({
    path: "--at",
    problem: "is before the first record",
    got: new Date(momentMs).toISOString(),
    expected: `a time that the records in ${JSON.stringify(from)} reach back to`,
    fix: "The head keeps a day at most, less on a large and busy cluster.",
  });
}

function checkGroup(name: string | undefined, { record }: FoundRecord): void {
  const names = record.config.groups.map(({ groupName }) => groupName);
  if (name === undefined || names.includes(name)) return;
  throw inputError({
    path: "--group",
    problem: "is no worker group of that time",
    got: JSON.stringify(name),
    expected: `one of ${names.join(", ")}`,
    fix: "Leave it out for all of them.",
  });
}

function notForThisVersion({ record }: FoundRecord): Error {
  return inputError({
    path: "--from",
    problem: "holds a tick that this version cannot make again",
    got: shownText(`agent ${record.agentVersion}`),
    expected: "records of the same release",
    fix: "Use the rayfleet command of that release.",
  });
}
