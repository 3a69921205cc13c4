import { parseArgs } from "node:util";
import { parse } from "yaml";
import { knownGates } from "../components/plan/kubernetes/operatorGates";
import { checkManifests, type ManifestProblem } from "../components/plan/kubernetes/rules/checkManifests";
import type { RuleContext } from "../components/plan/kubernetes/rules/manifestRule";
import { isOlderRelease, parseReleaseVersion } from "../components/plan/kubernetes/rules/releaseVersion";
import { nearestKey } from "../components/plan/nearestKey";
import { formatSpecProblem } from "../components/plan/specProblem";
import { newestOperator, oldestOperator } from "../contract/kuberay/operatorReleases";
import { type ManifestDocument, readManifests } from "./check/readManifests";
import type { Command, CommandResult } from "./command";
import { inputError, messageOf, withInputErrors } from "./inputError";

const EXIT_PROBLEMS = 1;
const EXIT_BAD_INPUT = 2;

const options = {
  "operator-version": { type: "string", default: newestOperator },
  "feature-gate": { type: "string", multiple: true, default: [] as string[] },
  json: { type: "boolean", default: false },
} as const;

/** A problem and where it stands. */
interface PlacedProblem extends Omit<ManifestProblem, "object" | "keys"> {
  readonly file: string;
  /** From 1. */
  readonly document: number;
  /** From 1. */
  readonly line: number;
}

/** What `rayfleet check --json` prints. */
interface CheckReport {
  readonly operatorVersion: string;
  readonly problems: readonly PlacedProblem[];
  readonly checked: number;
  readonly passedOver: number;
}

/** `rayfleet check`: says what is wrong with KubeRay's manifests before a cluster gets them. */
export const checkCommand: Command = {
  name: "check",
  usage: "check FILE…|- [--operator-version X.Y.Z] [--feature-gate NAME[=false]]… [--json]",
  purpose: "look at KubeRay's YAML with every rule of the operator; exit code 1: problems, 2: bad input",
  run: check,
};

async function check(args: readonly string[]): Promise<CommandResult> {
  const result = { hasProblems: false };
  const said = await withInputErrors(() => {
    const { files, context, json } = readArguments(args);
    const report = checkFiles(files.flatMap(readManifests), context);
    result.hasProblems = report.problems.length > 0;
    return json ? JSON.stringify(report, null, 2) : reportText(report);
  });
  if (said.exitCode !== 0) return { ...said, exitCode: EXIT_BAD_INPUT };
  return { ...said, exitCode: result.hasProblems ? EXIT_PROBLEMS : 0 };
}

function checkFiles(documents: readonly ManifestDocument[], context: RuleContext): CheckReport {
  const { problems, checked, passedOver } = checkManifests(
    documents.map(({ value }) => value),
    context,
  );
  if (checked === 0) {
    throw inputError({
      path: "FILE",
      problem: "holds nothing to check",
      got: `${passedOver} objects of other kinds`,
      expected: "RayCluster, RayJob, RayService or RayCronJob of ray.io",
      fix: "Name other files.",
    });
  }
  const placed = problems.flatMap(({ object, keys, ...problem }) => {
    const found = documents[object];
    return found === undefined ? [] : [{ file: found.file, document: found.document, line: found.lineOf(keys), ...problem }];
  });
  return { operatorVersion: context.operatorVersion, problems: placed, checked, passedOver };
}

function reportText({ problems, checked, passedOver, operatorVersion }: CheckReport): string {
  const lines = problems.map(({ file, line, document, kind, name, rule, caughtBy, ...problem }) => {
    const where = `${file}:${line}: document ${document}, ${kind} ${JSON.stringify(name)}`;
    return `${where}: ${formatSpecProblem(problem)} (${rule}; caught by ${caughtBy})`;
  });
  const count = problems.length === 0 ? "No problem" : `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
  const others = passedOver === 0 ? "" : `; ${passedOver} of other kinds passed over`;
  return [...lines, `${count} in ${checked} of KubeRay's objects, for KubeRay ${operatorVersion}${others}.`].join("\n");
}

function readArguments(args: readonly string[]): {
  readonly files: readonly string[];
  readonly context: RuleContext;
  readonly json: boolean;
} {
  const { values, positionals } = parseArguments(args);
  if (positionals.length === 0) {
    throw inputError({
      path: "FILE",
      problem: "is missing",
      got: "nothing",
      expected: "files of YAML, or - for standard input",
      fix: "Name one.",
    });
  }
  const operatorVersion = readOperatorVersion(values["operator-version"]);
  const gates = Object.fromEntries(values["feature-gate"].map((text) => readGate(text, operatorVersion)));
  const context = { operatorVersion, featureGates: gates, webhook: false, parseYaml: (text: string) => parse(text) as unknown };
  return { files: positionals, context, json: values.json };
}

function parseArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw inputError({
      path: "arguments",
      problem: "cannot be used",
      got: args.join(" "),
      expected: "files, --operator-version, --feature-gate and --json",
      fix: `${messageOf(error)}.`,
    });
  }
}

function readOperatorVersion(text: string): string {
  const numbers = parseReleaseVersion(text);
  if (numbers !== undefined && !isOlderRelease(text, oldestOperator)) return numbers.join(".");
  throw inputError({
    path: "--operator-version",
    problem: numbers === undefined ? "is no version" : "is too old",
    got: JSON.stringify(text),
    expected: `${oldestOperator} or later, such as ${newestOperator}`,
    fix: "Name the release of the operator.",
  });
}

/** `NAME`, `NAME=true` or `NAME=false`. */
function readGate(text: string, operatorVersion: string): readonly [string, boolean] {
  const [name = "", value = "true", ...more] = text.split("=");
  const known = knownGates(operatorVersion);
  if (known.includes(name) && ["true", "false"].includes(value) && more.length === 0) return [name, value === "true"];
  const nearest = nearestKey(name.slice(0, 60), known);
  throw inputError({
    path: "--feature-gate",
    problem: `is no feature gate of KubeRay ${operatorVersion}`,
    got: JSON.stringify(text),
    expected: `one of ${known.join(", ")}, with =false behind it to turn it off`,
    fix: nearest === undefined ? "Correct it." : `Write ${nearest}.`,
  });
}
