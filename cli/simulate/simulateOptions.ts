import { readFlags, required } from "../flags";
import { inputError } from "../inputError";
import type { PlacementRule } from "./nodeOrder";
import { comparableNames } from "./strategies/strategies";

const usage =
  "--trace FILE and --stack NAME or --policy FILE; --compare NAMES, --report FILE, --json, --jobs N, --boot-seconds S, " +
  "--idle-timeout-seconds S, --tick-seconds S, --seed N, --placement hybrid|pack, --spot-losses-per-hour R, --no-capacity-share S and --spot-trace FILE may follow";

/** What `rayfleet simulate` was asked for. */
export interface SimulateOptions {
  readonly trace: string;
  readonly source: { readonly stack: string } | { readonly policy: string };
  readonly compare: readonly string[];
  /** Where the HTML report goes. */
  readonly report: string;
  readonly json: boolean;
  /** Only the first so many jobs. */
  readonly jobs?: number | undefined;
  /** For every group, whatever the policy says. */
  readonly bootSeconds?: number | undefined;
  /** For every group and every policy but the oracle. */
  readonly idleTimeoutSeconds?: number | undefined;
  readonly tickSeconds: number;
  readonly seed: number;
  /** How single tasks find their node. */
  readonly placement: PlacementRule;
  readonly spotLossesPerHour: number;
  /** Share of the time in which a group cannot be had, 0 to 0.9. */
  readonly noCapacityShare: number;
  readonly spotTrace?: string | undefined;
}

const definitions = {
  trace: { type: "string" },
  stack: { type: "string" },
  policy: { type: "string" },
  compare: { type: "string" },
  report: { type: "string" },
  json: { type: "boolean" },
  jobs: { type: "string" },
  "boot-seconds": { type: "string" },
  "idle-timeout-seconds": { type: "string" },
  "tick-seconds": { type: "string" },
  seed: { type: "string" },
  placement: { type: "string" },
  "spot-losses-per-hour": { type: "string" },
  "no-capacity-share": { type: "string" },
  "spot-trace": { type: "string" },
} as const;

/** Reads the arguments. @throws InputError when they cannot be used */
export function readSimulateOptions(args: readonly string[]): SimulateOptions {
  const values = readFlags(args, definitions, usage);
  return {
    trace: required("--trace", values.trace, "a file with a job trace"),
    source: sourceOf(values),
    compare: comparedNames(values.compare),
    report: values.report ?? "rayfleet-simulation.html",
    json: values.json === true,
    jobs: numberOf("--jobs", values.jobs, { least: 1, most: 1e9, isWhole: true }),
    bootSeconds: numberOf("--boot-seconds", values["boot-seconds"], { least: 0, most: 86_400 }),
    idleTimeoutSeconds: numberOf("--idle-timeout-seconds", values["idle-timeout-seconds"], { least: 0, most: 86_400 }),
    tickSeconds: numberOf("--tick-seconds", values["tick-seconds"], { least: 0.1, most: 3600 }) ?? 10,
    seed: numberOf("--seed", values.seed, { least: 0, most: 2 ** 32 - 1, isWhole: true }) ?? 1,
    placement: placementOf(values.placement),
    spotLossesPerHour: numberOf("--spot-losses-per-hour", values["spot-losses-per-hour"], { least: 0, most: 60 }) ?? 0,
    noCapacityShare: numberOf("--no-capacity-share", values["no-capacity-share"], { least: 0, most: 0.9 }) ?? 0,
    spotTrace: values["spot-trace"],
  };
}

function sourceOf({ stack, policy }: { stack?: string | undefined; policy?: string | undefined }): SimulateOptions["source"] {
  if (stack !== undefined && policy === undefined) return { stack };
  if (policy !== undefined && stack === undefined) return { policy };
  throw inputError({
    path: "--stack",
    problem: "or --policy is needed, one of the two",
    got: stack === undefined ? "neither" : "both",
    expected: "--stack NAME or --policy FILE",
    fix: "Say what may be bought.",
  });
}

function comparedNames(text: string | undefined): readonly string[] {
  const names = text === undefined ? [] : [...new Set(text.split(",").map((name) => name.trim()))];
  const unknown = names.find((name) => !comparableNames.includes(name));
  if (unknown === undefined) return names;
  throw inputError({
    path: "--compare",
    problem: "names a policy that is not known",
    got: JSON.stringify(unknown),
    expected: comparableNames.join(", "),
    fix: "Several are separated by commas.",
  });
}

function placementOf(text: string | undefined): PlacementRule {
  if (text === undefined || text === "hybrid" || text === "pack") return text ?? "hybrid";
  throw inputError({
    path: "--placement",
    problem: "names a rule that is not known",
    got: JSON.stringify(text),
    expected: "hybrid or pack",
    fix: "Correct it, or leave it out.",
  });
}

function numberOf(
  option: string,
  text: string | undefined,
  { least, most, isWhole = false }: { least: number; most: number; isWhole?: boolean },
): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  throw inputError({
    path: option,
    problem: "cannot be used",
    got: JSON.stringify(text),
    expected: `a ${isWhole ? "whole number" : "number"} from ${least} to ${most}`,
    fix: "Correct it.",
  });
}
