import { egressRules } from "./egressRules";
import { gcsStorageRules } from "./gcsStorageRules";
import { groupRules } from "./groupRules";
import { machineRules } from "./machineRules";
import { networkRules } from "./networkRules";
import { ownedKeyRules } from "./ownedKeyRules";
import { quotaRules } from "./quotaRules";
import { scheduleRules } from "./scheduleRules";
import type { SpecDraft } from "./specDraft";
import { formatSpecPath, type SpecPath, type SpecProblem } from "./specProblem";
import type { RuleProblem, SpecRule } from "./specRule";

/** Every rule that the schema cannot say, by name, in the order in which problems are reported. */
export const specRules: Readonly<Record<string, SpecRule>> = {
  ...groupRules,
  ...machineRules,
  ...networkRules,
  ...egressRules,
  ...scheduleRules,
  ...quotaRules,
  ...gcsStorageRules,
  ...ownedKeyRules,
};

function startsWith(path: SpecPath, beginning: SpecPath): boolean {
  return beginning.every((part, index) => path[index] === part);
}

/** A problem is worth reporting only where everything it rests on could be read. */
function isCertain(problem: RuleProblem, draft: SpecDraft, doubtful: readonly SpecPath[]): boolean {
  const path = draft.toWrittenPath(problem.path);
  const involved = (problem.involves ?? []).map(draft.toWrittenPath);
  return !doubtful.some(
    (doubt) => startsWith(path, doubt) || involved.some((other) => startsWith(other, doubt) || startsWith(doubt, other)),
  );
}

/**
 * Looks at a draft with every rule.
 *
 * @param doubtful paths, as the user wrote them, whose value could not be read: what rests on them is not reported
 */
export function checkSpecRules(draft: SpecDraft, doubtful: readonly SpecPath[]): readonly SpecProblem[] {
  return Object.values(specRules)
    .flatMap((rule) => rule(draft))
    .filter((problem) => isCertain(problem, draft, doubtful))
    .map(({ path, problem, got, expected, fix }) => ({ path: formatSpecPath(draft.toWrittenPath(path)), problem, got, expected, fix }));
}
