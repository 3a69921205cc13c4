import type { z } from "zod";
import { formatSpecPath, formatSpecProblem, quoteValue, type SpecPath } from "../components/plan/specProblem";
import type { Properties } from "../pulumi-protocol/properties";
import { hasUnknown } from "../pulumi-protocol/wire";

/** One thing wrong with what a program says. */
export interface CheckProblem {
  /** The input that it is about. */
  readonly property: string;
  readonly reason: string;
}

/**
 * What is wrong with the form of inputs; what is not known before an update is passed over, and looked at when it is.
 *
 * @param whole the input to name where none is
 */
export function formProblems(schema: z.ZodType, inputs: Properties, whole: string): readonly CheckProblem[] {
  const read = schema.safeParse(inputs);
  if (read.success) return [];
  return read.error.issues
    .filter(({ path }) => !hasUnknown(valueAt(inputs, path as SpecPath)))
    .map(({ path, message }) => ({ property: String(path[0] ?? whole), reason: formReason(inputs, path as SpecPath, message) }));
}

function formReason(inputs: Properties, path: SpecPath, message: string): string {
  const got = quoteValue(valueAt(inputs, path));
  return formatSpecProblem({ path: formatSpecPath(path), problem: "is not right", got, expected: message, fix: "Mend it." });
}

/** The value at a path, or the unknown one on the way there. */
export function valueAt(value: unknown, path: SpecPath): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return at;
    at = (at as Readonly<Record<string | number, unknown>>)[key];
  }
  return at;
}
