import type { SpecShapeIssue } from "../../contract/clusterSpec";

/** A schema of a contract, as far as a planner uses it: it reads a value, or says what is wrong with it. */
export interface SpecSchema<Value> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: Value }
    | { readonly success: false; readonly error: { readonly issues: readonly SpecShapeIssue[] } };
}
