import type { CaughtBy } from "../../../../../../components/plan/kubernetes/rules/manifestRule";
import { manifestRules } from "../../../../../../components/plan/kubernetes/rules/manifestRules";
import { allCases } from "./allCases";

/** An object of KubeRay's, as plain data. */
export interface CaseBody {
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** Right and wrong cases of the rules that one of `catchers` catches. */
export function casesByCatcher(catchers: readonly CaughtBy[]): readonly { what: string; body: CaseBody; isRight: boolean }[] {
  return manifestRules
    .filter(({ caughtBy }) => catchers.includes(caughtBy))
    .flatMap(({ id }) => {
      const { right, wrong } = JSON.parse(JSON.stringify(allCases[id])) as { right: CaseBody; wrong: CaseBody };
      return [
        { what: `${id}, right`, body: right, isRight: true },
        { what: `${id}, wrong`, body: wrong, isRight: false },
      ];
    });
}
