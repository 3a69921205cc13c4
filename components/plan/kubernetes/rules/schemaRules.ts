import { rayKinds } from "../../../../contract/kuberay/kubeRayFields";
import { forJobs, type JobRule, type ManifestRule, problemAt, problemsAt } from "./manifestRule";

const managers: readonly string[] = ["ray.io/kuberay-operator", "kueue.x-k8s.io/multikueue"];

const deletionRules: readonly JobRule[] = [
  {
    id: "deletion-strategy-form",
    caughtBy: "API server",
    text: "deletionStrategy has deletionRules, or else both onSuccess and onFailure.",
    check: (job) => {
      const strategy = job.get("deletionStrategy");
      const older = ["onSuccess", "onFailure"].filter((key) => strategy.get(key).isSet).length;
      const isRight = strategy.get("deletionRules").isSet ? older === 0 : older === 2;
      const verdict = {
        problem: "mixes or lacks its two forms",
        expected: "deletionRules, or onSuccess and onFailure",
        fix: "Keep one form.",
      };
      return strategy.isMap && !isRight ? [problemAt(strategy, verdict)] : [];
    },
  },
  {
    id: "deletion-condition-form",
    caughtBy: "API server",
    text: "A deletion rule's condition has either jobStatus or jobDeploymentStatus.",
    check: (job) => {
      const conditions = job.at("deletionStrategy", "deletionRules").items.map((rule) => rule.get("condition"));
      const wrong = conditions.filter((one) => one.isMap && one.get("jobStatus").isSet === one.get("jobDeploymentStatus").isSet);
      return problemsAt(wrong, { problem: "waits for both or for nothing", expected: "one of the two", fix: "Write one of them." });
    },
  },
  {
    id: "deletion-time-negative",
    caughtBy: "API server",
    text: "A deletion rule's ttlSeconds is not negative.",
    check: (job) => {
      const times = job.at("deletionStrategy", "deletionRules").items.map((rule) => rule.at("condition", "ttlSeconds"));
      const wrong = times.filter(({ number }) => (number ?? 0) < 0);
      return problemsAt(wrong, { problem: "is negative", expected: "0 or more seconds", fix: "Raise it." });
    },
  },
];

/** What the CRDs say of several fields at once. */
export const schemaRules: readonly ManifestRule[] = [
  {
    id: "managed-by",
    kinds: rayKinds,
    caughtBy: "API server",
    text: "managedBy is ray.io/kuberay-operator or kueue.x-k8s.io/multikueue, and is never changed.",
    check: ({ spec, job, cluster }) => {
      const specs = [spec, job, ...(cluster === undefined ? [] : [cluster.spec])].map((one) => one.get("managedBy"));
      const wrong = specs.filter(({ text }) => text !== "" && !managers.includes(text));
      // A RayJob's own spec is the job's, and a RayCluster's the cluster's: each is told once.
      const once = wrong.filter(({ path }, index) => wrong.findIndex((other) => other.path.join() === path.join()) === index);
      return problemsAt(once, { problem: "is no one that manages Ray", expected: `one of ${managers.join(", ")}`, fix: "Remove it." });
    },
  },
  ...forJobs(deletionRules),
];
