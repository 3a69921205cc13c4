import { parse } from "yaml";
import { checkManifests, type ManifestProblem } from "../../../components/plan/kubernetes/rules/checkManifests";

const context = { operatorVersion: "1.7.0", featureGates: {}, webhook: false, parseYaml: (text: string): unknown => parse(text) };

/** Why the operator would not act on an object: the first of our own rules that are said to be its. */
export function refusalOf(object: object): ManifestProblem | undefined {
  return checkManifests([object], context).problems.find(({ caughtBy }) => caughtBy === "operator");
}
