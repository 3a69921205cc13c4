import { isV2Stated } from "./autoscalerVersion";
import { needsGate } from "./gates";
import { isLabelKey, isLabelValue } from "./kubernetesNames";
import { type ClusterRule, forClusters, type ManifestRule, problemAt, problemsAt } from "./manifestRule";
import { isOlder, parseReleaseVersion } from "./releaseVersion";

const largestReplicas = 2_147_483_647;

function isNegative(number: number | undefined): boolean {
  return number !== undefined && number < 0;
}

const resourceParams: readonly string[] = ["num-cpus", "num-gpus", "memory", "resources"];

/** Priorities came with this release of Ray. */
const prioritiesSince = [2, 56];

const rules: readonly ClusterRule[] = [
  {
    id: "head-without-container",
    caughtBy: "operator",
    text: "The head's pod has a container.",
    check: ({ head }) =>
      head.spec.isMap && head.containers.length === 0
        ? [problemAt(head.pod.get("containers"), { problem: "is empty", expected: "Ray's container first", fix: "Add it." })]
        : [],
  },
  {
    id: "group-without-container",
    caughtBy: "operator",
    text: "Each worker group's pod has a container.",
    check: ({ groups }) =>
      groups
        .filter(({ containers }) => containers.length === 0)
        .map(({ pod }) => problemAt(pod.get("containers"), { problem: "is empty", expected: "Ray's container first", fix: "Add it." })),
  },
  {
    id: "min-replicas-negative",
    caughtBy: "operator",
    since: "1.6.0",
    text: "minReplicas is not negative.",
    check: ({ groups }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("minReplicas")).filter(({ number }) => isNegative(number)),
        { problem: "is negative", expected: "0 or more", fix: "Raise it." },
      ),
  },
  {
    id: "max-replicas-negative",
    caughtBy: "operator",
    since: "1.6.0",
    text: "maxReplicas is not negative.",
    check: ({ groups }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("maxReplicas")).filter(({ number }) => isNegative(number)),
        { problem: "is negative", expected: "0 or more", fix: "Raise it." },
      ),
  },
  {
    id: "min-above-max",
    caughtBy: "operator",
    since: "1.6.0",
    text: "minReplicas is not above maxReplicas. A live cluster made so keeps its state and is frozen.",
    check: ({ groups }) =>
      groups.flatMap(({ spec }) => {
        const least = spec.get("minReplicas").number ?? 0;
        const most = spec.get("maxReplicas").number ?? largestReplicas;
        const verdict = {
          problem: "is above maxReplicas",
          got: `${least} > ${most}`,
          expected: "minReplicas ≤ maxReplicas",
          fix: "Lower it or raise maxReplicas.",
        };
        return least > most && most >= 0 ? [problemAt(spec.get("minReplicas"), verdict)] : [];
      }),
  },
  {
    id: "resources-twice",
    caughtBy: "operator",
    text: "Ray's resources stand in `resources` or in rayStartParams (num-cpus, num-gpus, memory, resources), not in both.",
    check: ({ podGroups }) =>
      podGroups.flatMap(({ spec }) => {
        const params = resourceParams.map((name) => spec.get("rayStartParams").get(name)).filter(({ text }) => text !== "");
        const expected = "nothing beside `resources`";
        const verdict = { problem: "says what `resources` beside it says too", expected, fix: "Keep one of the two." };
        return spec.get("resources").entries.length > 0 ? problemsAt(params, verdict) : [];
      }),
  },
  {
    id: "labels-in-start-params",
    caughtBy: "operator",
    text: "Ray's node labels stand in `labels`, not in rayStartParams.",
    check: ({ podGroups }) =>
      problemsAt(
        podGroups.map(({ spec }) => spec.at("rayStartParams", "labels")).filter(({ value }) => value !== undefined),
        { problem: "is not taken there", expected: "labels of the group", fix: "Move them to `labels` beside rayStartParams." },
      ),
  },
  {
    id: "label-form",
    caughtBy: "operator",
    text: "Keys and values of `labels` are those of Kubernetes labels.",
    check: ({ podGroups }) =>
      podGroups
        .flatMap(({ spec }) => spec.get("labels").entries)
        .filter(({ key, node }) => !isLabelKey(key) || !isLabelValue(node.text))
        .map(({ node }) =>
          problemAt(node, {
            problem: "is not a Kubernetes label",
            expected: "key and value of at most 63 letters, digits, dashes, dots and underscores",
            fix: "Rename it.",
          }),
        ),
  },
  {
    id: "group-idle-timeout-negative",
    caughtBy: "operator",
    since: "1.6.0",
    text: "A group's idleTimeoutSeconds is not negative.",
    check: ({ groups }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("idleTimeoutSeconds")).filter(({ number }) => isNegative(number)),
        { problem: "is negative", expected: "0 or more seconds", fix: "Raise it." },
      ),
  },
  {
    id: "group-idle-timeout-needs-v2",
    caughtBy: "operator",
    since: "1.6.0",
    text: "A group's idleTimeoutSeconds needs `autoscalerOptions.version: v2` in writing; that Ray's version chooses v2 by itself is not enough.",
    check: (cluster) =>
      isV2Stated(cluster)
        ? []
        : problemsAt(
            cluster.groups.map(({ spec }) => spec.get("idleTimeoutSeconds")).filter(({ isSet }) => isSet),
            {
              problem: "needs version 2 of the autoscaler, in writing",
              expected: "autoscalerOptions.version: v2",
              fix: "Write it, or remove this.",
            },
          ),
  },
  {
    id: "priority-needs-ray-version",
    caughtBy: "operator",
    since: "1.7.0",
    text: "A group's priority needs a rayVersion that can be read.",
    check: ({ spec, groups }) =>
      parseReleaseVersion(spec.get("rayVersion").text) !== undefined
        ? []
        : problemsAt(
            groups.map((group) => group.spec.get("priority")).filter(({ number }) => (number ?? 0) !== 0),
            { problem: "needs a rayVersion that can be read", expected: "rayVersion: 2.56.0 or later", fix: "Write rayVersion." },
          ),
  },
  {
    id: "priority-ray-too-old",
    caughtBy: "operator",
    since: "1.7.0",
    text: "A group's priority needs Ray 2.56.0 or later.",
    check: ({ spec, groups }) => {
      const ray = parseReleaseVersion(spec.get("rayVersion").text);
      const verdict = {
        problem: "is not known to this Ray",
        got: `rayVersion ${spec.get("rayVersion").quoted}`,
        expected: "Ray 2.56.0 or later",
        fix: "Take a later Ray, or remove this.",
      };
      const set = groups.map((group) => group.spec.get("priority")).filter(({ number }) => (number ?? 0) !== 0);
      return ray !== undefined && isOlder(ray, prioritiesSince) ? problemsAt(set, verdict) : [];
    },
  },
  {
    id: "priority-needs-v2",
    caughtBy: "operator",
    since: "1.7.0",
    text: "A group's priority needs `autoscalerOptions.version: v2` in writing.",
    check: (cluster) =>
      isV2Stated(cluster)
        ? []
        : problemsAt(
            cluster.groups.map(({ spec }) => spec.get("priority")).filter(({ number }) => (number ?? 0) !== 0),
            {
              problem: "needs version 2 of the autoscaler, in writing",
              expected: "autoscalerOptions.version: v2",
              fix: "Write it, or remove this.",
            },
          ),
  },
  {
    id: "group-suspend-gate",
    caughtBy: "operator",
    text: "A worker group's suspend needs the gate RayJobDeletionPolicy.",
    check: ({ groups }, context) =>
      groups
        .map(({ spec }) => spec.get("suspend"))
        .flatMap((suspend) => (suspend.isTrue ? needsGate(suspend, "RayJobDeletionPolicy", context) : [])),
  },
  {
    id: "group-suspend-autoscaling",
    caughtBy: "operator",
    text: "A worker group is not suspended while autoscaling is on.",
    check: ({ groups, autoscaling }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("suspend")).filter(({ isTrue }) => isTrue && autoscaling),
        {
          problem: "cannot be with autoscaling",
          expected: "false with enableInTreeAutoscaling",
          fix: "Set maxReplicas: 0 instead, or turn autoscaling off.",
        },
      ),
  },
];

/** What the operator asks of the head and the worker groups. */
export const workerGroupRules: readonly ManifestRule[] = forClusters(rules);
