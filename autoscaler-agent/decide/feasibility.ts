import type { Demand } from "../../contract/decision";
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

/** What must find a place on one node. */
interface Wish {
  readonly shape: Demand["shape"];
  /** Each must be satisfied by one of its alternatives. */
  readonly selectorLists: readonly Demand["selectors"][];
}

interface Judged {
  readonly group: GroupModel;
  readonly lacking: readonly string[];
  /** 0 when all resources are there; else the sum of the shares that are missing. */
  readonly distance: number;
  readonly failedRules: readonly string[];
}

/** Explains to a person why the wish is infeasible. Among the groups with the right labels, or among all if none has them, the nearest is named. */
export function explainInfeasible(wish: Wish, groups: readonly GroupModel[]): Infeasibility {
  const judged = groups.map((group) => judge(wish, group));
  const matching = judged.filter(({ failedRules }) => failedRules.length === 0);
  const nearest = (matching.length > 0 ? matching : judged).reduce<Judged | undefined>(
    (best, one) => (best === undefined || isNearer(one, best) ? one : best),
    undefined,
  );
  const wanted = `${shapeText(wish.shape)}${wish.selectorLists.map(selectorsText).join("")}`;
  if (nearest === undefined) return { reason: { code: "no-group-fits", text: `Nothing can serve ${wanted}: there is no worker group.` } };
  const { groupName } = nearest.group;
  const missing = [...nearest.lacking, ...nearest.failedRules].join(", ");
  const code = matching.length > 0 ? "no-group-fits" : "no-group-matches-selectors";
  const problem = code === "no-group-fits" ? "No worker group is large enough for" : "No worker group has the labels for";
  return {
    reason: { code, text: `${problem} ${wanted}; the nearest is ${groupName}, with ${missing}.` },
    nearestGroup: groupName,
    missing,
  };
}

function judge({ shape, selectorLists }: Wish, group: GroupModel): Judged {
  const lacking: string[] = [];
  let distance = 0;
  for (const name of Object.keys(shape).sort(compareText)) {
    const wanted = shape[name] ?? 0;
    const offered = Object.hasOwn(group.given.resources, name) ? (group.given.resources[name] ?? 0) : 0;
    if (neededUnits(name, wanted) <= offeredUnits(name, offered)) continue;
    lacking.push(`${name} ${amountText(name, offered)} of ${amountText(name, wanted)}`);
    distance += (wanted - offered) / wanted;
  }
  return { group, lacking, distance, failedRules: selectorLists.flatMap((selectors) => failedRules(selectors, group)) };
}

/** The rules that fail of the alternative with the fewest failures; none when an alternative holds. */
function failedRules(selectors: Demand["selectors"], { given }: GroupModel): readonly string[] {
  if (selectors === undefined || selectors.length === 0) return [];
  const labels = groupLabels(given);
  const failures = selectors.map((rules) => rules.filter((rule) => !satisfies(labels, rule)));
  const least = failures.reduce((best, one) => (one.length < best.length ? one : best));
  return least.map((rule) => {
    const value = Object.hasOwn(labels, rule.key) ? labels[rule.key] : undefined;
    return `label ${value === undefined ? `${rule.key} not set` : `${rule.key}=${value}`} where ${ruleText(rule)}`;
  });
}

function isNearer(one: Judged, other: Judged): boolean {
  const failed = one.failedRules.length - other.failedRules.length;
  return (failed || one.distance - other.distance || one.lacking.length - other.lacking.length) < 0;
}
