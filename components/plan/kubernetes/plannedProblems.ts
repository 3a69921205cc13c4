import type { RayKind } from "../../../contract/kuberay/kubeRayFields";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { formatSpecPath, type SpecPath, type SpecProblem } from "../specProblem";
import { planClusterJobs } from "./planRayJob";
import { planRayObject } from "./planRayObject";
import { checkManifests, type ManifestProblem } from "./rules/checkManifests";

/** Beginnings of places in a manifest, and what a stack file calls them. */
type Words = readonly (readonly [manifest: SpecPath, stackFile: SpecPath])[];

const clusterWords: Words = [
  [["workerGroupSpecs"], ["workerGroups"]],
  [["headGroupSpec"], ["head"]],
  [["enableInTreeAutoscaling"], ["autoscaler"]],
];

const jobWords: Words = [
  [["runtimeEnvYAML"], ["runtimeEnv"]],
  [["submitterPodTemplate"], ["submitterPod"]],
];

const metadataWords: Words = [
  [["metadata", "name"], ["name"]],
  [
    ["metadata", "labels", "kueue.x-k8s.io/queue-name"],
    ["kueue", "queueName"],
  ],
];

/** The same words at a place further inside, or under another key. */
function within(words: Words, manifest: SpecPath, stackFile: SpecPath): Words {
  return words.map(([from, to]) => [
    [...manifest, ...from],
    [...stackFile, ...to],
  ]);
}

/** The first that fits holds. What stands nowhere in it is called as in the manifest. */
const words: Readonly<Record<RayKind, Words>> = {
  RayCluster: [...metadataWords],
  RayJob: [
    ...metadataWords,
    ...within(clusterWords, ["spec", "rayClusterSpec"], []),
    ...within(jobWords, ["spec"], ["rayJob"]),
    [["spec"], ["rayJob"]],
  ],
  RayService: [
    ...metadataWords,
    [
      ["metadata", "annotations", "ray.io/initializing-timeout"],
      ["rayService", "initializingTimeoutSeconds"],
    ],
    ...within(clusterWords, ["spec", "rayClusterConfig"], []),
    [
      ["spec", "serveConfigV2"],
      ["rayService", "serveConfig"],
    ],
    [["spec"], ["rayService"]],
  ],
  RayCronJob: [
    ...metadataWords,
    ...within(clusterWords, ["spec", "jobTemplate", "rayClusterSpec"], []),
    ...within(jobWords, ["spec", "jobTemplate"], ["rayCronJob", "job"]),
    [
      ["spec", "jobTemplate"],
      ["rayCronJob", "job"],
    ],
    [["spec"], ["rayCronJob"]],
  ],
};

function clusterJobWords(index: number): Words {
  const at = ["clusterJobs", index];
  return [
    [
      ["metadata", "name"],
      [...at, "name"],
    ],
    ...within(jobWords, ["spec"], at),
    [["spec"], at],
  ];
}

function inStackWords({ kind, keys, path }: ManifestProblem, known: Words): string {
  const found = known.find(([from]) => from.every((part, index) => keys[index] === part));
  return found === undefined ? `${kind}.${path}` : formatSpecPath([...found[1], ...keys.slice(found[0].length)]);
}

/** What the rules about KubeRay's objects say of the planned ones: whatever no rule about a key has caught, in the words of the stack file. */
export function plannedProblems(spec: KubernetesClusterSpec): readonly SpecProblem[] {
  const { version, featureGates } = spec.operator;
  const context = {
    operatorVersion: version,
    featureGates,
    kueue: spec.kueue !== undefined,
    webhook: false,
    // The plan writes its YAML itself; that of a user is read by the provider, and by `rayfleet check`.
    parseYaml: () => undefined,
  };
  const jobs = planClusterJobs(spec);
  return checkManifests([planRayObject(spec), ...jobs], context).problems.map((found) => {
    const { problem, got, expected, fix, object, kind } = found;
    return { path: inStackWords(found, object === 0 ? words[kind as RayKind] : clusterJobWords(object - 1)), problem, got, expected, fix };
  });
}
