import { createHash } from "node:crypto";
import type { WorkerGroupSpec } from "../../../contract/kuberay/rayClusterSpec";
import { clusterPod, headPod, type PodObject } from "./clusterPod";
import type { LiveCluster, LivePod } from "./liveObjects";
import { specHash } from "./specHash";

/** What is to happen to pods now. */
export interface PodChanges {
  readonly make: readonly PodObject[];
  /** Names. */
  readonly end: readonly string[];
}

/** What a group is to have: its replicas within its bounds, each of them one pod for each host. */
export function desiredPods({ replicas = 0, minReplicas = 0, maxReplicas = 2_147_483_647, numOfHosts = 1 }: WorkerGroupSpec): number {
  return Math.min(Math.max(replicas, minReplicas), maxReplicas) * numOfHosts;
}

/**
 * What the operator does about a cluster's pods, as it was seen to do it (docs/kubernetes-tests.md). Traps included: it looks at no group that
 * the specification does not name, and ends whatever pod of the namespace `workersToDelete` names.
 *
 * @param pods all of the namespace
 */
export function reconcilePods(cluster: LiveCluster, pods: readonly LivePod[]): PodChanges {
  const own = pods.filter(({ metadata }) => metadata.labels?.["ray.io/cluster"] === cluster.metadata.name && !isLeaving(metadata));
  const { suspend, upgradeStrategy, workerGroupSpecs = [] } = cluster.spec;
  if (suspend === true) return { make: [], end: own.map(nameOf) };
  const heads = own.filter(({ metadata }) => metadata.labels?.["ray.io/node-type"] === "head");
  const madeOf = heads[0]?.metadata.annotations?.["ray.io/upgrade-strategy-hash"];
  if (upgradeStrategy?.type === "Recreate" && madeOf !== undefined && madeOf !== specHash(cluster.spec)) {
    return { make: [], end: own.map(nameOf) };
  }
  const head = reconcileHead(cluster, heads);
  const groups = workerGroupSpecs.map((group) => reconcileGroup(cluster, group, { own, all: pods }));
  return { make: [...head.make, ...groups.flatMap(({ make }) => make)], end: [...head.end, ...groups.flatMap(({ end }) => end)] };
}

function reconcileHead(cluster: LiveCluster, heads: readonly LivePod[]): PodChanges {
  if (heads.length === 0) return { make: [headPod(cluster)], end: [] };
  return { make: [], end: heads.filter(hasEnded).map(nameOf) };
}

function reconcileGroup(
  cluster: LiveCluster,
  group: WorkerGroupSpec,
  { own, all }: { readonly own: readonly LivePod[]; readonly all: readonly LivePod[] },
): PodChanges {
  const listed = new Set(group.scaleStrategy?.workersToDelete ?? []);
  const asked = all.filter(({ metadata }) => listed.has(metadata.name) && !isLeaving(metadata)).map(nameOf);
  const members = own.filter(({ metadata: { labels = {}, name } }) => labels["ray.io/group"] === group.groupName && !listed.has(name));
  const [ended, alive] = [members.filter(hasEnded), members.filter((pod) => !hasEnded(pod))];
  const lack = desiredPods(group) - alive.length;
  const make = Array.from({ length: Math.max(0, lack) }, () => clusterPod(cluster, group));
  const isScaledByRay = cluster.spec.enableInTreeAutoscaling === true;
  const surplus = lack < 0 && !isScaledByRay ? inNoOrder(alive.map(nameOf)).slice(lack) : [];
  return { make, end: [...asked, ...ended.map(nameOf), ...surplus] };
}

/** Nobody may rely on which pods go: neither the oldest nor the first by name. */
function inNoOrder(names: readonly string[]): string[] {
  const place = (name: string) => createHash("sha256").update(name).digest("hex");
  return [...names].sort((one, other) => (place(one) < place(other) ? -1 : 1));
}

function isLeaving({ deletionTimestamp }: LivePod["metadata"]): boolean {
  return deletionTimestamp !== undefined;
}

function hasEnded({ status }: LivePod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

function nameOf({ metadata }: LivePod): string {
  return metadata.name;
}
