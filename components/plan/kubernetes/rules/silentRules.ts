import { type ClusterRule, forClusters, type ManifestRule, problemsAt } from "./manifestRule";

/** The operator's own word for the head, where Ray asks for a group. */
const headGroupNames: readonly string[] = ["headgroup"];

const rules: readonly ClusterRule[] = [
  {
    id: "group-name-twice",
    caughtBy: "nobody",
    webhook: true,
    text: "Worker groups have names of their own; a second one of a name never gets its pods, and nothing says so.",
    check: ({ groups }) => {
      const names = groups.map(({ spec }) => spec.get("groupName"));
      const seen = new Set<string>();
      const again = names.filter(({ text }) => text !== "" && (seen.has(text) || !seen.add(text)));
      const verdict = { problem: "is the name of an earlier group too", expected: "a name of its own", fix: "Rename one of the groups." };
      return problemsAt(again, verdict);
    },
  },
  {
    id: "group-name-upper-case",
    caughtBy: "nobody",
    text: "A group's name has no capital letters: names of pods have small ones instead, so that the two no longer match.",
    check: ({ groups }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("groupName")).filter(({ text }) => text !== text.toLowerCase()),
        { problem: "has capital letters", expected: "small letters", fix: "Write it in small letters." },
      ),
  },
  {
    id: "group-name-reserved",
    caughtBy: "nobody",
    text: "No worker group is called headgroup, as the head's group is; such a cluster does not become ready.",
    check: ({ groups }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("groupName")).filter(({ text }) => headGroupNames.includes(text)),
        { problem: "is the head's name", expected: "any other name", fix: "Rename the group." },
      ),
  },
  {
    id: "replicas-outside-bounds",
    caughtBy: "nobody",
    text: "replicas is from minReplicas to maxReplicas; the operator takes the nearer bound instead, and the spec keeps the other number.",
    check: ({ groups }) =>
      groups.flatMap(({ spec }) => {
        const replicas = spec.get("replicas");
        const [least, most] = [spec.get("minReplicas").number ?? 0, spec.get("maxReplicas").number ?? Number.POSITIVE_INFINITY];
        const isOutside = replicas.number !== undefined && least <= most && (replicas.number < least || replicas.number > most);
        const expected = `${least}–${most === Number.POSITIVE_INFINITY ? "any number" : most}`;
        return isOutside ? problemsAt([replicas], { problem: "is outside its bounds", expected, fix: "Correct it." }) : [];
      }),
  },
  {
    id: "hosts-below-one",
    caughtBy: "nobody",
    text: "numOfHosts is 1 or more; 0 counts as 1.",
    check: ({ groups }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("numOfHosts")).filter(({ number }) => number !== undefined && number < 1),
        { problem: "is no number of hosts", expected: "1 or more", fix: "Raise it or remove it." },
      ),
  },
  {
    id: "idle-timeout-without-autoscaling",
    caughtBy: "nobody",
    text: "An idleTimeoutSeconds needs enableInTreeAutoscaling; without it nobody reads it.",
    check: ({ spec, groups, autoscaling }) => {
      const timeouts = [spec.at("autoscalerOptions", "idleTimeoutSeconds"), ...groups.map((group) => group.spec.get("idleTimeoutSeconds"))];
      const verdict = {
        problem: "has no effect without autoscaling",
        expected: "enableInTreeAutoscaling: true",
        fix: "Write it, or remove this.",
      };
      return autoscaling
        ? []
        : problemsAt(
            timeouts.filter(({ isSet }) => isSet),
            verdict,
          );
    },
  },
];

/** What nobody refuses and nobody does. */
export const silentRules: readonly ManifestRule[] = forClusters(rules);
