import { headServiceName } from "./clusterPod";
import { isReady, type LiveCluster, type LivePod } from "./liveObjects";
import { desiredPods } from "./reconcilePods";

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * What the operator says of a cluster. The state stays `ready` once it was; counters count pods, those of groups that nobody names any more included.
 *
 * @param pods all of the namespace
 */
export function clusterStatus({ metadata, spec, status = {} }: LiveCluster, pods: readonly LivePod[]): Readonly<Record<string, unknown>> {
  const own = pods.filter(
    ({ metadata: { labels, deletionTimestamp } }) => labels?.["ray.io/cluster"] === metadata.name && !deletionTimestamp,
  );
  const head = own.find(({ metadata: { labels } }) => labels?.["ray.io/node-type"] === "head");
  const workers = own.filter(({ metadata: { labels } }) => labels?.["ray.io/node-type"] === "worker");
  const groups = spec.workerGroupSpecs ?? [];
  const desired = sum(groups.map(desiredPods));
  const isWhole = own.length === desired + 1 && own.every(isReady);
  const isSuspended = spec.suspend === true && own.length === 0;
  const state = isSuspended
    ? "suspended"
    : isWhole
      ? "ready"
      : spec.suspend === true || status["state"] === "suspended"
        ? undefined
        : status["state"];
  const condition = (type: string, is: boolean) => ({
    type,
    status: is ? "True" : "False",
    reason: type,
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });
  return {
    observedGeneration: metadata.generation ?? 0,
    state: state ?? null,
    desiredWorkerReplicas: desired,
    availableWorkerReplicas: workers.filter(({ status: is }) => is?.phase === "Running").length,
    readyWorkerReplicas: workers.filter(isReady).length,
    minWorkerReplicas: sum(groups.map(({ minReplicas = 0, numOfHosts = 1 }) => minReplicas * numOfHosts)),
    maxWorkerReplicas: Math.min(
      2_147_483_647,
      sum(groups.map(({ maxReplicas = 2_147_483_647, numOfHosts = 1 }) => maxReplicas * numOfHosts)),
    ),
    head: {
      serviceName: headServiceName(metadata.name),
      ...(head === undefined ? {} : { podName: head.metadata.name, podIP: head.status?.podIP ?? "" }),
    },
    conditions: [
      condition("HeadPodReady", head !== undefined && isReady(head)),
      condition("RayClusterProvisioned", state === "ready"),
      condition("RayClusterSuspending", spec.suspend === true && !isSuspended),
      condition("RayClusterSuspended", isSuspended),
    ],
  };
}
