import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { KueueSpec } from "../../../contract/kubernetes/kueueSpec";
import type { KubernetesObject, SpecifiedObject } from "./kubernetesObject";
import { clusterWideMetadata, objectMetadata, sortedMap } from "./objectMetadata";
import { isOlderRelease } from "./rules/releaseVersion";
import { withoutAbsent } from "./withoutAbsent";

/** An object of Kueue's with a `spec`. */
type KueueObject = SpecifiedObject<Readonly<Record<string, unknown>>>;
type ClusterQueue = KueueSpec["clusterQueues"][number];
type Quota = ClusterQueue["resourceGroups"][number]["flavors"][number]["resources"][string];

/** The first release that serves the second beta, in which some words are others. */
const secondBeta = "0.15.0";

/** The version in which Kueue's objects are written for a release. */
export function kueueApiVersion(release: string): "kueue.x-k8s.io/v1beta1" | "kueue.x-k8s.io/v1beta2" {
  return isOlderRelease(release, secondBeta) ? "kueue.x-k8s.io/v1beta1" : "kueue.x-k8s.io/v1beta2";
}

function quantities({ nominalQuota, borrowingLimit, lendingLimit }: Quota): Readonly<Record<string, string>> {
  const given = Object.entries(withoutAbsent({ nominalQuota, borrowingLimit, lendingLimit }));
  return Object.fromEntries(given.map(([name, amount]) => [name, String(amount)]));
}

/** Kueue wants the resources of each flavor in the order in which the group lists them. */
function resourceGroup({ flavors }: ClusterQueue["resourceGroups"][number]): Readonly<Record<string, unknown>> {
  const coveredResources = [...new Set(flavors.flatMap(({ resources }) => Object.keys(resources)))].sort();
  return {
    coveredResources,
    flavors: flavors.map(({ name, resources }) => ({
      name,
      resources: coveredResources.flatMap((resource) => {
        const quota = resources[resource];
        return quota === undefined ? [] : [{ name: resource, ...quantities(quota) }];
      }),
    })),
  };
}

function preemption({ preemption: rules }: ClusterQueue): Readonly<Record<string, unknown>> {
  const { withinClusterQueue, reclaimWithinCohort, borrowWithinCohort } = rules;
  const { policy, maxPriorityThreshold } = borrowWithinCohort;
  return {
    withinClusterQueue,
    reclaimWithinCohort,
    ...(policy === "Never" ? {} : { borrowWithinCohort: { policy, ...withoutAbsent({ maxPriorityThreshold }) } }),
  };
}

/** The first beta had two words for what stops the search. */
function fungibility({ flavorFungibility }: ClusterQueue, isFirstBeta: boolean): Readonly<Record<string, string>> {
  const { whenCanBorrow, whenCanPreempt } = flavorFungibility;
  const word = (when: string, old: string) => (isFirstBeta && when === "MayStopSearch" ? old : when);
  return { whenCanBorrow: word(whenCanBorrow, "Borrow"), whenCanPreempt: word(whenCanPreempt, "Preempt") };
}

function clusterQueueSpec(spec: KubernetesClusterSpec, queue: ClusterQueue, isFirstBeta: boolean): KueueObject["spec"] {
  const { cohortName, queueingStrategy, admissionChecks, fairSharingWeight, stopPolicy } = queue;
  const namespaces = queue.namespaceSelector?.matchLabels ?? { "kubernetes.io/metadata.name": spec.namespace };
  const checks = admissionChecks.map(({ name, onFlavors }) => ({ name, ...(onFlavors.length === 0 ? {} : { onFlavors }) }));
  return {
    ...(cohortName === undefined ? {} : { [isFirstBeta ? "cohort" : "cohortName"]: cohortName }),
    namespaceSelector: withoutAbsent({ matchLabels: sortedMap(namespaces) }),
    queueingStrategy,
    resourceGroups: queue.resourceGroups.map(resourceGroup),
    preemption: preemption(queue),
    flavorFungibility: fungibility(queue, isFirstBeta),
    ...(checks.length === 0 ? {} : { admissionChecksStrategy: { admissionChecks: checks } }),
    ...(fairSharingWeight === undefined ? {} : { fairSharing: { weight: String(fairSharingWeight) } }),
    stopPolicy,
  };
}

function resourceFlavorSpec(flavor: KueueSpec["resourceFlavors"][number]): KueueObject["spec"] {
  const { nodeLabels, nodeTaints, tolerations, topologyName } = flavor;
  return {
    ...withoutAbsent({ nodeLabels: sortedMap(nodeLabels) }),
    ...(nodeTaints.length === 0 ? {} : { nodeTaints: nodeTaints.map(withoutAbsent) }),
    ...(tolerations.length === 0 ? {} : { tolerations: tolerations.map(withoutAbsent) }),
    ...withoutAbsent({ topologyName }),
  };
}

/** Kueue's own objects that a specification asks for, each after those that it names. */
export function planKueue(spec: KubernetesClusterSpec): readonly KubernetesObject[] {
  const { kueue } = spec;
  if (kueue === undefined) return [];
  const apiVersion = kueueApiVersion(kueue.version);
  const isFirstBeta = apiVersion.endsWith("v1beta1");
  const wide = (kind: string, name: string) => ({ apiVersion, kind, metadata: clusterWideMetadata(spec, name) });
  return [
    ...kueue.resourceFlavors.map((flavor) => ({ ...wide("ResourceFlavor", flavor.name), spec: resourceFlavorSpec(flavor) })),
    ...kueue.workloadPriorityClasses.map(({ name, value, description }) => ({
      ...wide("WorkloadPriorityClass", name),
      value,
      ...withoutAbsent({ description }),
    })),
    ...kueue.clusterQueues.map((queue) => ({
      ...wide("ClusterQueue", queue.name),
      spec: clusterQueueSpec(spec, queue, isFirstBeta),
    })),
    ...kueue.localQueues.map(({ name, clusterQueue, stopPolicy }) => ({
      apiVersion,
      kind: "LocalQueue",
      metadata: objectMetadata(spec, name),
      spec: { clusterQueue, stopPolicy },
    })),
  ];
}
