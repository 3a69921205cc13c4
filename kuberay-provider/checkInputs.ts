import { parse } from "yaml";
import { checkManifests } from "../components/plan/kubernetes/rules/checkManifests";
import { formatSpecProblem } from "../components/plan/specProblem";
import { newestOperator } from "../contract/kuberay/operatorReleases";
import type { Properties } from "../pulumi-protocol/properties";
import { hasUnknown } from "../pulumi-protocol/wire";
import { type CheckProblem, formProblems, valueAt } from "./formProblems";
import { rayObjectInputsSchema } from "./rayObjectInputs";

/**
 * Everything that is wrong with the inputs: their form, then KubeRay's rules. What is not known before an update is passed over, and looked at when it is.
 */
export function checkInputs(inputs: Properties): readonly CheckProblem[] {
  const { __defaults: _, ...own } = inputs;
  const form = formProblems(rayObjectInputsSchema, own, "manifest");
  return form.length > 0 ? form : ruleProblems(own);
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
