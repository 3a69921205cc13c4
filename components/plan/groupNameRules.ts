import { HEAD_GROUP_NAME } from "../../contract/machineConfig";
import { quoteValue } from "./specProblem";
import { placedGroups, type RuleOf } from "./specRule";

/** A rule that needs only the names and bounds of the worker groups. */
type GroupRule = RuleOf<{
  readonly workerGroups: readonly { readonly groupName: string; readonly minReplicas: number; readonly maxReplicas: number }[];
}>;

/** Every group has a name of its own. */
export const groupNamesOnce: GroupRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }, index, all) =>
    all.findIndex((other) => other.group.groupName === group.groupName) === index
      ? []
      : [
          {
            path: [...path, "groupName"],
            problem: "is the name of an earlier group too",
            got: quoteValue(group.groupName),
            expected: "a name of its own",
            fix: "Rename one of the groups.",
          },
        ],
  );

const reservedGroupNames: readonly string[] = [HEAD_GROUP_NAME, "head"];

/** No group has the head's name. */
export const groupNamesFree: GroupRule = (draft) =>
  placedGroups(draft)
    .filter(({ group }) => reservedGroupNames.includes(group.groupName))
    .map(({ group, path }) => ({
      path: [...path, "groupName"],
      problem: "is the head's name",
      got: quoteValue(group.groupName),
      expected: `any name but ${reservedGroupNames.join(", ")}`,
      fix: "Rename the group.",
    }));

/** `minReplicas` ≤ `maxReplicas`. */
export const minimumUnderMaximum: GroupRule = (draft) =>
  placedGroups(draft)
    .filter(({ group }) => group.minReplicas > group.maxReplicas)
    .map(({ group, path }) => ({
      path: [...path, "maxReplicas"],
      involves: [[...path, "minReplicas"]],
      problem: "is below minReplicas",
      got: `${group.maxReplicas} < ${group.minReplicas}`,
      expected: "maxReplicas ≥ minReplicas",
      fix: "Raise maxReplicas or lower minReplicas.",
    }));
