import { isLabelValue } from "./kubernetesNames";
import type { ManifestNode } from "./manifestNode";
import { type ClusterRule, forClusters, type ManifestRule, problemAt, problemsAt } from "./manifestRule";
import { parseQuantity } from "./quantity";
import type { ClusterParts } from "./rayManifest";

const serviceTypes: readonly string[] = ["ClusterIP", "NodePort", "LoadBalancer"];
const tolerationOperators: readonly string[] = ["", "Exists", "Equal", "Lt", "Gt"];
const tolerationEffects: readonly string[] = ["", "NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Volumes that the operator adds where they are mounted or needed. */
const operatorVolumes: readonly string[] = ["shared-mem", "ray-logs", "ray-token", "ray-tls", "gcs-storage"];

/** What remains of the names of cluster and group in the name of a pod. */
const longestPodPrefix = 50;

/** A group's name stands in the names of its pods, in small letters and cut, and in a label. */
function fitsPods(groupName: string, clusterName: string): boolean {
  const isPodName = (name: string) => name.split(".").every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part));
  const cut = `${clusterName}-${groupName}`.slice(0, longestPodPrefix).toLowerCase();
  return isLabelValue(groupName) && isPodName(groupName.toLowerCase()) && !cut.endsWith(".");
}

/** Containers of all pods, those that run before Ray among them. */
function containersOf({ podGroups }: ClusterParts): readonly ManifestNode[] {
  return podGroups.flatMap(({ pod, containers }) => [...pod.get("initContainers").items, ...containers]);
}

/** The nodes whose text an earlier one has too. */
function repeated(nodes: readonly ManifestNode[]): readonly ManifestNode[] {
  const seen = new Set<string>();
  return nodes.filter(({ text }) => {
    const isAgain = text !== "" && seen.has(text);
    seen.add(text);
    return isAgain;
  });
}

/** Resources that cannot be promised twice, such as `nvidia.com/gpu`. */
function isExtended(resource: string): boolean {
  const [domain = "", name] = resource.split("/");
  return name !== undefined && domain !== "kubernetes.io" && !domain.endsWith(".kubernetes.io");
}

const rules: readonly ClusterRule[] = [
  {
    id: "group-name-form",
    caughtBy: "pod creation",
    text: "A group's name fits names of pods and labels: letters, digits, dashes and dots, at most 63, with a letter or digit at both ends. With others the head comes up and no worker does.",
    check: ({ groups, name }) =>
      problemsAt(
        groups.map(({ spec }) => spec.get("groupName")).filter(({ value, text }) => typeof value === "string" && !fitsPods(text, name)),
        {
          problem: "cannot stand in the name of a pod",
          expected: "at most 63 letters, digits and dashes, with a letter or digit at both ends",
          fix: "Rename the group.",
        },
      ),
  },
  {
    id: "toleration-form",
    caughtBy: "pod creation",
    text: "A toleration's operator and effect are ones that Kubernetes knows, and Exists has no value.",
    check: ({ podGroups }) =>
      podGroups
        .flatMap(({ pod }) => pod.get("tolerations").items)
        .flatMap((toleration) => {
          const [operator, effect, value] = [toleration.get("operator"), toleration.get("effect"), toleration.get("value")];
          const wrong = [
            ...(tolerationOperators.includes(operator.text) ? [] : [operator]),
            ...(tolerationEffects.includes(effect.text) ? [] : [effect]),
            ...(operator.text === "Exists" && value.text !== "" ? [value] : []),
          ];
          const expected = "Exists without a value, or Equal with one; NoSchedule, PreferNoSchedule or NoExecute";
          return problemsAt(wrong, { problem: "is not taken in a toleration", expected, fix: "Correct it." });
        }),
  },
  {
    id: "volume-two-sources",
    caughtBy: "pod creation",
    text: "A volume has one source.",
    check: ({ podGroups }) =>
      podGroups
        .flatMap(({ pod }) => pod.get("volumes").items)
        .flatMap((volume) => {
          const sources = volume.entries.filter(({ key, node }) => key !== "name" && node.isSet).map(({ key }) => key);
          const verdict = {
            problem: "has more than one source",
            got: sources.join(", "),
            expected: "one of them",
            fix: "Make two volumes.",
          };
          return sources.length > 1 ? [problemAt(volume, verdict)] : [];
        }),
  },
  {
    id: "mount-without-volume",
    caughtBy: "pod creation",
    text: "What a container mounts is a volume of its pod.",
    check: ({ podGroups }) =>
      podGroups.flatMap(({ pod, containers }) => {
        const volumes = new Set([...pod.get("volumes").items.map((volume) => volume.get("name").text), ...operatorVolumes]);
        const mounts = [...pod.get("initContainers").items, ...containers].flatMap((container) => container.get("volumeMounts").items);
        const names = mounts.map((mount) => mount.get("name")).filter(({ text }) => !volumes.has(text));
        return problemsAt(names, { problem: "is no volume of the pod", expected: "the name of one of volumes", fix: "Add the volume." });
      }),
  },
  {
    id: "mount-path-twice",
    caughtBy: "API server",
    text: "A container mounts one volume at a path.",
    check: (cluster) =>
      containersOf(cluster).flatMap((container) =>
        problemsAt(repeated(container.get("volumeMounts").items.map((mount) => mount.get("mountPath"))), {
          problem: "is mounted already",
          expected: "a path of its own",
          fix: "Choose another path.",
        }),
      ),
  },
  {
    id: "volume-name-twice",
    caughtBy: "API server",
    text: "Volumes of a pod have names of their own.",
    check: ({ podGroups }) =>
      podGroups.flatMap(({ pod }) =>
        problemsAt(repeated(pod.get("volumes").items.map((volume) => volume.get("name"))), {
          problem: "is the name of an earlier volume too",
          expected: "a name of its own",
          fix: "Rename one.",
        }),
      ),
  },
  {
    id: "container-name-twice",
    caughtBy: "pod creation",
    text: "Containers of a pod have names of their own, those that run before Ray among them.",
    check: ({ podGroups }) =>
      podGroups.flatMap(({ pod, containers }) =>
        problemsAt(repeated([...pod.get("initContainers").items, ...containers].map((container) => container.get("name"))), {
          problem: "is the name of an earlier container too",
          expected: "a name of its own",
          fix: "Rename one.",
        }),
      ),
  },
  {
    id: "extended-resource",
    caughtBy: "pod creation",
    text: "Resources such as nvidia.com/gpu have a limit, and a request is equal to it.",
    check: (cluster) =>
      containersOf(cluster).flatMap((container) => {
        const limits = container.at("resources", "limits");
        const requests = container.at("resources", "requests").entries.filter(({ key }) => isExtended(key));
        return requests.flatMap(({ key, node }) => {
          const limit = limits.get(key);
          const got = `${node.quoted} requested, limit ${limit.quoted}`;
          const verdict = { problem: "is not equal to its limit", got, expected: "request and limit alike", fix: "Write only the limit." };
          return parseQuantity(node.value) === parseQuantity(limit.value) ? [] : [problemAt(node, verdict)];
        });
      }),
  },
  {
    id: "request-above-limit",
    caughtBy: "pod creation",
    text: "A request is not above its limit.",
    check: (cluster) =>
      containersOf(cluster).flatMap((container) =>
        container.at("resources", "requests").entries.flatMap(({ key, node }) => {
          const limit = container.at("resources", "limits").get(key);
          const [asked, most] = [parseQuantity(node.value), parseQuantity(limit.value)];
          const got = `${node.quoted} > ${limit.quoted}`;
          const verdict = { problem: "is above its limit", got, expected: "at most the limit", fix: "Lower it or raise the limit." };
          const isAbove = !isExtended(key) && asked !== undefined && most !== undefined && asked > most;
          return isAbove ? [problemAt(node, verdict)] : [];
        }),
      ),
  },
  {
    id: "head-service-type",
    caughtBy: "pod creation",
    text: "The head's serviceType is ClusterIP, NodePort or LoadBalancer; with any other the service cannot be made and no pod is.",
    check: ({ head }) => {
      const type = head.spec.get("serviceType");
      const verdict = { problem: "is no type of service for a head", expected: `one of ${serviceTypes.join(", ")}`, fix: "Correct it." };
      return type.text === "" || serviceTypes.includes(type.text) ? [] : [problemAt(type, verdict)];
    },
  },
];

/** What is asked of pods: mostly by nobody until they are made, and then again and again. */
export const podRules: readonly ManifestRule[] = forClusters(rules);
