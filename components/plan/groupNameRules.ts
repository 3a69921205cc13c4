import { HEAD_GROUP_NAME } from "../../contract/machineConfig";
import { quoteValue } from "./specProblem";
import { placedGroups, type RuleOf } from "./specRule";

/** A rule that needs only the names of the worker groups. */
type GroupNameRule = RuleOf<{ readonly workerGroups: readonly { readonly groupName: string }[] }>;

/** Every group has a name of its own. */
export const groupNamesOnce: GroupNameRule = (draft) =>
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
export const groupNamesFree: GroupNameRule = (draft) =>
  placedGroups(draft)
    .filter(({ group }) => reservedGroupNames.includes(group.groupName))
    .map(({ group, path }) => ({
      path: [...path, "groupName"],
      problem: "is the head's name",
      got: quoteValue(group.groupName),
      expected: `any name but ${reservedGroupNames.join(", ")}`,
      fix: "Rename the group.",
    }));
