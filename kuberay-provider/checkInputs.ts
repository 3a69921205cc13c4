import { parse } from "yaml";
import { checkManifests } from "../components/plan/kubernetes/rules/checkManifests";
import { formatSpecPath, formatSpecProblem, quoteValue, type SpecPath } from "../components/plan/specProblem";
import { newestOperator } from "../contract/kuberay/operatorReleases";
import type { Properties } from "../pulumi-protocol/properties";
import { hasUnknown } from "../pulumi-protocol/wire";
import { rayObjectInputsSchema } from "./rayObjectInputs";

/** One thing wrong with what a program says. */
export interface CheckProblem {
  /** The input that it is about. */
  readonly property: string;
  readonly reason: string;
}

/**
 * Everything that is wrong with the inputs: their form, then KubeRay's rules. What is not known before an update is passed over, and looked at when it is.
 */
export function checkInputs(inputs: Properties): readonly CheckProblem[] {
  const { __defaults: _, ...own } = inputs;
  const read = rayObjectInputsSchema.safeParse(own);
  const form = read.success
    ? []
    : read.error.issues
        .filter(({ path }) => !hasUnknown(valueAt(own, path as SpecPath)))
        .map(({ path, message }) => ({ property: String(path[0] ?? "manifest"), reason: formReason(own, path as SpecPath, message) }));
  return form.length > 0 ? form : ruleProblems(own);
}

function formReason(inputs: Properties, path: SpecPath, message: string): string {
  const got = quoteValue(valueAt(inputs, path));
  return formatSpecProblem({ path: formatSpecPath(path), problem: "is not right", got, expected: message, fix: "Mend it." });
}

function ruleProblems(inputs: Properties): readonly CheckProblem[] {
  const { manifest, operatorVersion, featureGates, kueue } = inputs;
  const { problems } = checkManifests([manifest], {
    operatorVersion: typeof operatorVersion === "string" && !hasUnknown(operatorVersion) ? operatorVersion : newestOperator,
    featureGates: hasUnknown(featureGates) ? {} : ((featureGates ?? {}) as Readonly<Record<string, boolean>>),
    ...(typeof kueue === "boolean" ? { kueue } : {}),
    webhook: false,
    parseYaml: (text) => parse(text) as unknown,
  });
  return problems
    .filter(({ keys }) => !hasUnknown(valueAt(manifest, keys)))
    .map((problem) => ({
      property: `manifest.${problem.path}`,
      reason: `${formatSpecProblem(problem)} (${problem.rule}; caught by ${problem.caughtBy})`,
    }));
}

/** The value at a path, or the unknown one on the way there. */
function valueAt(value: unknown, path: SpecPath): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return at;
    at = (at as Readonly<Record<string | number, unknown>>)[key];
  }
  return at;
}
