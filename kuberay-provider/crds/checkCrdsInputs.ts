import type { Properties } from "../../pulumi-protocol/properties";
import { type CheckProblem, formProblems } from "../formProblems";
import { rayCrdsInputsSchema } from "./rayCrdsInputs";

/** Everything that is wrong with the inputs. */
export function checkCrdsInputs(inputs: Properties): readonly CheckProblem[] {
  const { __defaults: _, ...own } = inputs;
  return formProblems(rayCrdsInputsSchema, own, "operatorVersion");
}
