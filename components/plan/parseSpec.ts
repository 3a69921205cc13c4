import { checkRules } from "./checkRules";
import { draftSpec } from "./specDraft";
import { describeSpecKey, specKeyAt } from "./specKeys";
import { quoteValue, type SpecPath, type SpecProblem } from "./specProblem";
import type { RuleOf } from "./specRule";
import type { SpecSchema } from "./specSchema";
import { describeShapeIssues, type SpecWords } from "./specShape";

/** All that one platform says of its specification; {@link parseSpec} does the rest. */
export interface SpecForm<Draft, Spec extends Draft> extends SpecWords {
  readonly schema: SpecSchema<Draft>;
  /** The same, needing nothing at the top. */
  readonly draftSchema: SpecSchema<Draft>;
  /** Of the key `name`. */
  readonly nameSchema: SpecSchema<unknown>;
  /** By name, in the order in which problems are reported. */
  readonly rules: Readonly<Record<string, RuleOf<Draft>>>;
  /** The specification with its name, which is the stack's unless it has one. */
  readonly named: (draft: Draft, stackName: string) => Spec;
  /** What only the whole plan shows; asked only of a specification that has no other problem. */
  readonly planProblems: (spec: Spec) => readonly SpecProblem[];
}

/** The specification with every default filled in, or everything that is wrong with it. */
export type ParsedSpec<Spec> = { readonly ok: Spec } | { readonly problems: readonly SpecProblem[] };

/** Where the stack file is read from. */
export interface SpecContext {
  /** The cluster's name unless it has one of its own. */
  readonly stackName: string;
}

/** The cluster's name is the stack's unless set, and then the stack's has to be usable as one. */
function nameProblems(
  value: unknown,
  stackName: string,
  { nameSchema, root }: Pick<SpecForm<unknown, unknown>, "nameSchema" | "root">,
): readonly SpecProblem[] {
  const name = typeof value === "object" ? (value as { name?: string } | null)?.name : undefined;
  if (name !== undefined || nameSchema.safeParse(stackName).success) {
    return [];
  }
  return [
    {
      path: "name",
      problem: "is the stack's name, which cannot name a cluster",
      got: quoteValue(stackName),
      expected: describeSpecKey(specKeyAt(root, ["name"]) ?? {}),
      fix: "Set name.",
    },
  ];
}

function ruleProblems<Draft, Spec extends Draft>(
  form: SpecForm<Draft, Spec>,
  value: unknown,
  { stackName, doubtful }: { readonly stackName: string; readonly doubtful: readonly SpecPath[] },
): readonly SpecProblem[] {
  const draft = draftSpec(value, form.draftSchema);
  return draft === undefined ? [] : [...nameProblems(value, stackName, form), ...checkRules(form.rules, draft, doubtful)];
}

/**
 * Checks what stands under `rayfleet:cluster` for one platform, and fills in the defaults.
 *
 * Guarantees: all problems at once, those of shape first; rules about several keys are applied to whatever could be read; a
 * specification that is `ok` can be planned without an error; never throws.
 *
 * @param value as read from the stack file
 */
export function parseSpec<Draft, Spec extends Draft>(
  form: SpecForm<Draft, Spec>,
  value: unknown,
  { stackName }: SpecContext,
): ParsedSpec<Spec> {
  const result = form.schema.safeParse(value);
  const shapeProblems = result.success ? [] : describeShapeIssues(result.error.issues, value, form);
  const doubtful = shapeProblems.flatMap((problem) => problem.doubtful);
  const problems = [
    ...shapeProblems.map(({ path, problem, got, expected, fix }) => ({ path, problem, got, expected, fix })),
    ...ruleProblems(form, value, { stackName, doubtful }),
  ];
  if (!result.success || problems.length > 0) return { problems };
  const spec = form.named(result.data, stackName);
  const planProblems = form.planProblems(spec);
  return planProblems.length === 0 ? { ok: spec } : { problems: planProblems };
}
