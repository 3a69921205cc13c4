import type { SpecDraft } from "./specDraft";
import { formatSpecPath, type SpecPath, type SpecProblem } from "./specProblem";
import type { RuleOf, RuleProblem } from "./specRule";

function startsWith(path: SpecPath, beginning: SpecPath): boolean {
  return beginning.every((part, index) => path[index] === part);
}

/** A problem is worth reporting only where everything it rests on could be read. */
function isCertain(problem: RuleProblem, draft: SpecDraft<unknown>, doubtful: readonly SpecPath[]): boolean {
  const path = draft.toWrittenPath(problem.path);
  const involved = (problem.involves ?? []).map(draft.toWrittenPath);
  return !doubtful.some(
    (doubt) => startsWith(path, doubt) || involved.some((other) => startsWith(other, doubt) || startsWith(doubt, other)),
  );
}

/**
 * Looks at a draft with every rule.
 *
 * @param rules by name, in the order in which problems are reported
 * @param doubtful paths, as the user wrote them, whose value could not be read: what rests on them is not reported
 */
export function checkRules<Draft>(
  rules: Readonly<Record<string, RuleOf<Draft>>>,
  draft: SpecDraft<Draft>,
  doubtful: readonly SpecPath[],
): readonly SpecProblem[] {
  return Object.values(rules)
    .flatMap((rule) => rule(draft))
    .filter((problem) => isCertain(problem, draft, doubtful))
    .map(({ path, problem, got, expected, fix }) => ({ path: formatSpecPath(draft.toWrittenPath(path)), problem, got, expected, fix }));
}
