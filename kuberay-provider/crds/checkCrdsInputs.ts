import { formatSpecPath, formatSpecProblem, quoteValue, type SpecPath } from "../../components/plan/specProblem";
import type { Properties } from "../../pulumi-protocol/properties";
import { hasUnknown } from "../../pulumi-protocol/wire";
import type { CheckProblem } from "../checkInputs";
import { readCrdsInputs } from "./rayCrdsInputs";

/** Everything that is wrong with the inputs' form; what is not known before an update is looked at when it is. */
export function checkCrdsInputs(inputs: Properties): readonly CheckProblem[] {
  const read = readCrdsInputs(inputs);
  if (read.success) return [];
  return read.error.issues
    .filter(({ path }) => !hasUnknown(inputs[String(path[0])]))
    .map(({ path, message }) => {
      const property = String(path[0] ?? "operatorVersion");
      const got = quoteValue(inputs[property]);
      const problem = { path: formatSpecPath(path as SpecPath), problem: "is not right", got, expected: message, fix: "Mend it." };
      return { property, reason: formatSpecProblem(problem) };
    });
}
