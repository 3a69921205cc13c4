import { needsGate } from "./gates";
import type { ManifestNode } from "./manifestNode";
import { forJobs, type JobRule, type ManifestRule, problemAt, problemsAt } from "./manifestRule";

/** What goes first must not have the longer time. */
const policyOrder: readonly string[] = ["DeleteWorkers", "DeleteCluster", "DeleteSelf"];

function strategyOf(job: ManifestNode): ManifestNode {
  return job.get("deletionStrategy");
}

function rulesOf(job: ManifestNode): readonly ManifestNode[] {
  return strategyOf(job).get("deletionRules").items;
}

/** The policies, in rules and in the older form. */
function policiesOf(job: ManifestNode): readonly ManifestNode[] {
  const older = [strategyOf(job).at("onSuccess", "policy"), strategyOf(job).at("onFailure", "policy")];
  return [...older, ...rulesOf(job).map((rule) => rule.get("policy"))];
}

/** What a rule waits for; empty where it says nothing. */
function stateOf(rule: ManifestNode): string {
  const condition = rule.get("condition");
  const status = condition.get("jobStatus").text;
  return status === "" ? condition.get("jobDeploymentStatus").text : `job ${status}`;
}

/** Rules that wait for the same, together. */
function rulesByState(job: ManifestNode): readonly (readonly ManifestNode[])[] {
  const states = new Map<string, ManifestNode[]>();
  for (const rule of rulesOf(job)) {
    const state = stateOf(rule);
    const alike = states.get(state) ?? [];
    alike.push(rule);
    if (state !== "") states.set(state, alike);
  }
  return [...states.values()];
}

function ttlOf(rule: ManifestNode): ManifestNode {
  return rule.at("condition", "ttlSeconds");
}

/** The first rule of each policy, in the order in which they must come. */
function inOrder(rules: readonly ManifestNode[]): readonly ManifestNode[] {
  return policyOrder.flatMap((policy) => rules.find((rule) => rule.get("policy").text === policy) ?? []);
}

const rules: readonly JobRule[] = [
  {
    id: "deletion-gate",
    caughtBy: "operator",
    text: "deletionStrategy needs the gate RayJobDeletionPolicy, which is on from KubeRay 1.6.0.",
    check: (job, _, context) => needsGate(strategyOf(job), "RayJobDeletionPolicy", context),
  },
  {
    id: "deletion-rules-with-shutdown",
    caughtBy: "operator",
    text: "deletionRules and shutdownAfterJobFinishes exclude each other.",
    check: (job) => {
      const verdict = { problem: "excludes deletionRules", expected: "only one of the two", fix: "Remove it." };
      const shutdown = job.get("shutdownAfterJobFinishes");
      return shutdown.isTrue && rulesOf(job).length > 0 ? [problemAt(shutdown, verdict)] : [];
    },
  },
  {
    id: "deletion-none-with-shutdown",
    caughtBy: "operator",
    text: "onSuccess and onFailure are not DeleteNone with shutdownAfterJobFinishes.",
    check: (job) =>
      job.get("shutdownAfterJobFinishes").isTrue
        ? problemsAt(
            policiesOf(job)
              .slice(0, 2)
              .filter(({ text }) => text === "DeleteNone"),
            { problem: "contradicts shutdownAfterJobFinishes", expected: "any other policy", fix: "Change one of the two." },
          )
        : [],
  },
  {
    id: "deletion-policy-missing",
    caughtBy: "operator",
    text: "onSuccess and onFailure each have a policy.",
    check: (job) => {
      const older = [strategyOf(job).get("onSuccess"), strategyOf(job).get("onFailure")].filter(({ isSet }) => isSet);
      const policies = older.map((one) => one.get("policy"));
      return problemsAt(
        policies.filter(({ text }) => text === ""),
        { problem: "is missing", expected: "a policy", fix: "Write it." },
      );
    },
  },
  {
    id: "deletion-rule-twice",
    caughtBy: "operator",
    text: "No two deletionRules have the same policy and the same state.",
    check: (job) =>
      rulesByState(job).flatMap((alike) => {
        const policies = alike.map((rule) => rule.get("policy").text);
        const again = alike.filter((_, index) => policies.indexOf(policies[index] ?? "") !== index);
        const verdict = {
          problem: "stands in an earlier rule for the same state",
          expected: "each policy once for a state",
          fix: "Remove one.",
        };
        return problemsAt(
          again.map((rule) => rule.get("policy")),
          verdict,
        );
      }),
  },
  {
    id: "deletion-order",
    caughtBy: "operator",
    text: "For one state ttlSeconds do not fall from DeleteWorkers to DeleteCluster to DeleteSelf.",
    check: (job) =>
      rulesByState(job).flatMap((alike) =>
        inOrder(alike).flatMap((rule, index, ordered) => {
          const before = ordered[index - 1];
          const least = before === undefined ? Number.NEGATIVE_INFINITY : (ttlOf(before).number ?? 0);
          const verdict = {
            problem: `comes before ${before?.get("policy").text}`,
            got: `${ttlOf(rule).number ?? 0} < ${least}`,
            expected: "DeleteWorkers ≤ DeleteCluster ≤ DeleteSelf",
            fix: "Raise it.",
          };
          return (ttlOf(rule).number ?? 0) < least ? [problemAt(ttlOf(rule), verdict)] : [];
        }),
      ),
  },
  {
    id: "deletion-of-selected-cluster",
    caughtBy: "operator",
    text: "A job with a clusterSelector deletes neither cluster nor workers.",
    check: (job) =>
      job.get("clusterSelector").entries.length > 0
        ? problemsAt(
            policiesOf(job).filter(({ text }) => ["DeleteCluster", "DeleteWorkers"].includes(text)),
            { problem: "would end a cluster of others", expected: "DeleteSelf or DeleteNone with clusterSelector", fix: "Change it." },
          )
        : [],
  },
  {
    id: "deletion-of-workers-with-autoscaling",
    caughtBy: "operator",
    text: "DeleteWorkers is not for clusters with autoscaling.",
    check: (job, { cluster }) =>
      cluster?.autoscaling === true
        ? problemsAt(
            policiesOf(job).filter(({ text }) => text === "DeleteWorkers"),
            { problem: "cannot be with autoscaling", expected: "DeleteCluster or DeleteSelf", fix: "Change it or turn autoscaling off." },
          )
        : [],
  },
];

/** What the operator asks of what is left of a job. */
export const jobDeletionRules: readonly ManifestRule[] = forJobs(rules);
