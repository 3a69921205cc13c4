import type { Demand } from "../../contract/decision";
import { NearestGroups, type Wish } from "./nearestGroups";
import { type GroupModel, groupLabels } from "./problem";
import { amountText, compareText, neededUnits, offeredUnits, shapeText } from "./resources";
import { ruleText, satisfies, selectorsText } from "./selectors";

/** Why no group could ever serve something, and which comes nearest. */
export interface Infeasibility {
  readonly reason: { readonly code: "no-group-fits" | "no-group-matches-selectors"; readonly text: string };
  readonly nearestGroup?: string;
  /** What the nearest group lacks. */
  readonly missing?: string;
}

interface Judged {
  readonly lacking: readonly string[];
  readonly failedRules: readonly string[];
}

/** The groups of one decision are read once for all that is infeasible. */
const readers = new WeakMap<readonly GroupModel[], NearestGroups>();

/** Explains to a person why the wish is infeasible. Among the groups with the right labels, or among all if none has them, the nearest is named. */
export function explainInfeasible(wish: Wish, groups: readonly GroupModel[]): Infeasibility {
  const reader = readers.get(groups) ?? new NearestGroups(groups);
  readers.set(groups, reader);
  const nearest = reader.nearestTo(wish);
  const wanted = `${shapeText(wish.shape)}${wish.selectorLists.map(selectorsText).join("")}`;
  if (nearest === undefined) return { reason: { code: "no-group-fits", text: `Nothing can serve ${wanted}: there is no worker group.` } };
  const { groupName } = nearest;
  const { lacking, failedRules } = judge(wish, nearest);
  const missing = [...lacking, ...failedRules].join(", ");
  const code = failedRules.length === 0 ? "no-group-fits" : "no-group-matches-selectors";
  const problem = code === "no-group-fits" ? "No worker group is large enough for" : "No worker group has the labels for";
  return {
    reason: { code, text: `${problem} ${wanted}; the nearest is ${groupName}, with ${missing}.` },
    nearestGroup: groupName,
    missing,
  };
}

function judge({ shape, selectorLists }: Wish, group: GroupModel): Judged {
  const lacking: string[] = [];
  for (const name of Object.keys(shape).sort(compareText)) {
    const wanted = shape[name] ?? 0;
    const offered = Object.hasOwn(group.given.resources, name) ? (group.given.resources[name] ?? 0) : 0;
    if (neededUnits(name, wanted) <= offeredUnits(name, offered)) continue;
    lacking.push(`${name} ${amountText(name, offered)} of ${amountText(name, wanted)}`);
  }
  return { lacking, failedRules: selectorLists.flatMap((selectors) => failedRulesOf(selectors, group)) };
}

/** The rules that fail of the alternative with the fewest failures; none when an alternative holds. */
function failedRulesOf(selectors: Demand["selectors"], { given }: GroupModel): readonly string[] {
  if (selectors === undefined || selectors.length === 0) return [];
  const labels = groupLabels(given);
  const failures = selectors.map((rules) => rules.filter((rule) => !satisfies(labels, rule)));
  const least = failures.reduce((best, one) => (one.length < best.length ? one : best));
  return least.map((rule) => {
    const value = Object.hasOwn(labels, rule.key) ? labels[rule.key] : undefined;
    return `label ${value === undefined ? `${rule.key} not set` : `${rule.key}=${value}`} where ${ruleText(rule)}`;
  });
}
