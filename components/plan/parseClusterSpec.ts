import { type ClusterSpec, clusterSpecSchema } from "../../contract/clusterSpec";
import { agentConfigRoomProblem } from "./agentConfigFile";
import { draftSpec } from "./specDraft";
import { describeSpecKey, specKeyAt } from "./specKeys";
import { quoteValue, type SpecProblem } from "./specProblem";
import { checkSpecRules } from "./specRules";
import { describeShapeIssues } from "./specShape";

/** The specification with every default filled in, or everything that is wrong with it. */
export type ParsedClusterSpec = { readonly ok: ClusterSpec } | { readonly problems: readonly SpecProblem[] };

/** The cluster's name is the stack's unless set, and then the stack's has to be usable as one. */
function nameProblems(name: string | undefined, stackName: string): readonly SpecProblem[] {
  if (name !== undefined || clusterSpecSchema.shape.name.safeParse(stackName).success) {
    return [];
  }
  return [
    {
      path: "name",
      problem: "is the stack's name, which cannot name a cluster",
      got: quoteValue(stackName),
      expected: describeSpecKey(specKeyAt(["name"]) ?? {}),
      fix: "Set name.",
    },
  ];
}

/**
 * Checks what stands under `rayfleet:cluster`, and fills in the defaults.
 *
 * Guarantees: all problems at once, those of shape first; rules about several keys are applied to whatever could be read; a
 * specification that is `ok` can be planned without an error; never throws.
 *
 * @param value as read from the stack file
 * @param context.stackName the cluster's name unless it has one of its own
 */
export function parseClusterSpec(value: unknown, context: { readonly stackName: string }): ParsedClusterSpec {
  const result = clusterSpecSchema.safeParse(value);
  const shapeProblems = result.success ? [] : describeShapeIssues(result.error.issues, value);
  const draft = draftSpec(value);
  const ruleProblems =
    draft === undefined
      ? []
      : [
          ...nameProblems(typeof value === "object" ? (value as { name?: string } | null)?.name : undefined, context.stackName),
          ...checkSpecRules(
            draft,
            shapeProblems.flatMap((problem) => problem.doubtful),
          ),
        ];
  const problems = [
    ...shapeProblems.map(({ path, problem, got, expected, fix }) => ({ path, problem, got, expected, fix })),
    ...ruleProblems,
  ];
  if (!result.success || problems.length > 0) return { problems };
  const spec = { ...result.data, name: result.data.name ?? context.stackName };
  // Needs the whole plan, so it can be asked only of a specification that has no other problem.
  const roomProblem = agentConfigRoomProblem(spec);
  return roomProblem === undefined ? { ok: spec } : { problems: [roomProblem] };
}
