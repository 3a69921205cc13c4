import type { RayKind } from "../../../../contract/kuberay/kubeRayFields";
import type { ManifestNode } from "./manifestNode";
import { type CaughtBy, type FoundProblem, type ManifestRule, problemAt, problemsAt, type RuleContext } from "./manifestRule";
import type { RayManifest } from "./rayManifest";

const queueLabel = "kueue.x-k8s.io/queue-name";
const elasticAnnotation = "kueue.x-k8s.io/elastic-job";
const allKinds: readonly RayKind[] = ["RayCluster", "RayJob", "RayService"];

/** Sets of pods that a workload may have: the head, the groups and, for a job, what submits it. */
const mostPodSets = 18;

interface KueueRule {
  readonly id: string;
  readonly kinds: readonly RayKind[];
  readonly caughtBy: CaughtBy;
  readonly text: string;
  check(manifest: RayManifest, context: RuleContext): readonly FoundProblem[];
}

function queueOf({ metadata }: RayManifest): ManifestNode {
  return metadata.get("labels").get(queueLabel);
}

function podSetsOf({ cluster, kind, job }: RayManifest): number {
  const submitter = kind === "RayJob" && ["", "K8sJobMode"].includes(job.get("submissionMode").text) ? 1 : 0;
  return 1 + (cluster?.groups.length ?? 0) + submitter;
}

const rules: readonly KueueRule[] = [
  {
    id: "kueue-absent",
    kinds: allKinds,
    caughtBy: "nobody",
    text: "A queue's label needs Kueue; without it the object starts at once, as if no queue were named.",
    check: (manifest, { kueue }) => {
      const verdict = {
        problem: "names a queue where there is no Kueue",
        expected: "Kueue in the cluster",
        fix: "Install it or remove the label.",
      };
      return kueue === false ? [problemAt(queueOf(manifest), verdict)] : [];
    },
  },
  {
    id: "kueue-selector",
    kinds: ["RayJob"],
    caughtBy: "Kueue",
    text: "A queued RayJob has a cluster of its own and no clusterSelector.",
    check: ({ job }) => {
      const verdict = { problem: "is not for a queued job", expected: "only rayClusterSpec", fix: "Remove it, or the queue's label." };
      return job.get("clusterSelector").entries.length > 0 ? [problemAt(job.get("clusterSelector"), verdict)] : [];
    },
  },
  {
    id: "kueue-shutdown",
    kinds: ["RayJob"],
    caughtBy: "Kueue",
    text: "A queued RayJob has shutdownAfterJobFinishes.",
    check: ({ job }) => {
      const shutdown = job.get("shutdownAfterJobFinishes");
      const verdict = { problem: "is needed by a queued job", expected: "true", fix: "Write it." };
      return shutdown.isTrue ? [] : [problemAt(shutdown, verdict)];
    },
  },
  {
    id: "kueue-autoscaling",
    kinds: allKinds,
    caughtBy: "Kueue",
    text: 'A queued cluster with autoscaling has the annotation kueue.x-k8s.io/elastic-job: "true", and is not for MultiKueue.',
    check: ({ cluster, metadata, spec }) => {
      const isElastic = metadata.get("annotations").get(elasticAnnotation).text === "true";
      const isElsewhere = spec.get("managedBy").text === "kueue.x-k8s.io/multikueue";
      const verdict = {
        problem: "is not for a queued cluster of fixed size",
        expected: `the annotation ${elasticAnnotation}: "true", and no MultiKueue`,
        fix: "Write the annotation, or turn autoscaling off.",
      };
      const isWrong = cluster?.autoscaling === true && (!isElastic || isElsewhere);
      return isWrong ? [problemAt(cluster.spec.get("enableInTreeAutoscaling"), verdict)] : [];
    },
  },
  {
    id: "kueue-group-name",
    kinds: allKinds,
    caughtBy: "Kueue",
    text: "No group of a queued cluster is called head.",
    check: ({ cluster }) =>
      problemsAt(
        (cluster?.groups ?? []).map(({ spec }) => spec.get("groupName")).filter(({ text }) => text === "head"),
        { problem: "is the head's name to Kueue", expected: "any other name", fix: "Rename the group." },
      ),
  },
  {
    id: "kueue-groups",
    kinds: allKinds,
    caughtBy: "Kueue",
    text: "A queued object has at most 18 sets of pods: the head, the groups and, for a RayJob in K8sJobMode, what submits it.",
    check: (manifest) => {
      const podSets = podSetsOf(manifest);
      const groups = manifest.cluster?.spec.get("workerGroupSpecs");
      const verdict = {
        problem: "makes too many sets of pods for Kueue",
        got: `${podSets} with the head`,
        expected: `at most ${mostPodSets}`,
        fix: "Join some groups.",
      };
      return groups !== undefined && podSets > mostPodSets ? [problemAt(groups, verdict)] : [];
    },
  },
  {
    id: "kueue-requests",
    kinds: allKinds,
    caughtBy: "nobody",
    text: "Each container of a queued cluster asks for resources; what asks for none is not counted in the queue.",
    check: ({ cluster }) => {
      const containers = (cluster?.podGroups ?? []).flatMap((group) => group.containers);
      const silent = containers.filter((one) => !["requests", "limits"].some((key) => one.at("resources", key).entries.length > 0));
      const verdict = { problem: "is missing", expected: "requests or limits, for the queue to count", fix: "Write them." };
      return problemsAt(
        silent.map((one) => one.at("resources", "requests")),
        verdict,
      );
    },
  },
  {
    id: "kueue-suspend",
    kinds: allKinds,
    caughtBy: "nobody",
    text: "A queued object does not say `suspend: false`: suspend is Kueue's, and whoever applies that again takes the object past its queue or into a conflict.",
    check: ({ spec }) => {
      const verdict = { problem: "belongs to Kueue", expected: "nothing here", fix: "Remove it." };
      return spec.get("suspend").value === false ? [problemAt(spec.get("suspend"), verdict)] : [];
    },
  },
];

/** What Kueue asks of objects that name a queue. */
export const kueueRules: readonly ManifestRule[] = rules.map((rule) => ({
  ...rule,
  check: (manifest, context) => (queueOf(manifest).text === "" ? [] : rule.check(manifest, context)),
}));
