import { placedGroups, type RuleOf } from "./specRule";

/** The keys of a specification that say how large its groups may be. */
interface SizedSpec {
  readonly workerGroups: readonly {
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly idleTimeoutSeconds?: number | "auto" | undefined;
  }[];
  readonly maxReplicas?: number | undefined;
  readonly idleTimeoutSeconds: number | "auto";
  readonly agent: { readonly tickSeconds: number };
}

type GroupSizeRule = RuleOf<SizedSpec>;

/** `minReplicas` ≤ `maxReplicas`. */
export const minimumUnderMaximum: GroupSizeRule = (draft) =>
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

/** The groups' `minReplicas` together ≤ the cluster's `maxReplicas`. */
export const minimaUnderClusterMaximum: GroupSizeRule = ({ spec }) => {
  const minima = spec.workerGroups.reduce((sum, group) => sum + group.minReplicas, 0);
  return spec.maxReplicas === undefined || minima <= spec.maxReplicas
    ? []
    : [
        {
          path: ["maxReplicas"],
          problem: "is below the groups' minReplicas together",
          got: `${spec.maxReplicas} < ${minima}`,
          expected: "maxReplicas ≥ the sum of minReplicas",
          fix: "Raise maxReplicas or lower minReplicas of the groups.",
        },
      ];
};

/** The agent wants two looks, both of them showing a node idle, before it ends one. */
const looksBeforeIdle = 2;

/** Time-outs leave the agent time to see a node idle. */
export const idleTimeoutOverTicks: GroupSizeRule = (draft) => {
  const least = looksBeforeIdle * draft.spec.agent.tickSeconds;
  const timeouts = [
    { path: ["idleTimeoutSeconds"], seconds: draft.spec.idleTimeoutSeconds },
    ...placedGroups(draft).flatMap(({ group, path }) =>
      group.idleTimeoutSeconds === undefined ? [] : [{ path: [...path, "idleTimeoutSeconds"], seconds: group.idleTimeoutSeconds }],
    ),
  ];
  return timeouts
    .filter(({ seconds }) => seconds !== "auto" && seconds < least)
    .map(({ path, seconds }) => ({
      path,
      involves: [["agent", "tickSeconds"]],
      problem: "is shorter than the agent needs to see a node idle twice",
      got: String(seconds),
      expected: `${least} or more with agent.tickSeconds ${draft.spec.agent.tickSeconds}`,
      fix: "Raise it or lower agent.tickSeconds.",
    }));
};
