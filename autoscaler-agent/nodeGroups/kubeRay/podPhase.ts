import { conditionOf, type LivePod, timeOf } from "./liveObjects";
import type { WorkerGroup } from "./workerGroup";

/** True: somebody has asked for its end. A pod that is named in workersToDelete is ended by the operator, sooner or later. */
export function isLeaving({ metadata }: LivePod, { leaving }: Pick<WorkerGroup, "leaving">): boolean {
  return metadata.deletionTimestamp !== undefined || leaving.includes(metadata.name);
}

/** True: nothing of it will ever run again. The operator takes it away and makes another one. */
export function hasEnded({ status }: LivePod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

/** True: there is no machine for it yet. */
export function waitsForNode({ spec, status }: LivePod): boolean {
  return spec?.nodeName === undefined && (status?.phase ?? "Pending") === "Pending";
}

/** Epoch milliseconds from which the pod could have started: it may have waited for hours before it got a node. */
export function launchedMs(pod: LivePod): number | undefined {
  const scheduled = conditionOf(pod, "PodScheduled");
  const sinceMs = scheduled?.status === "True" ? timeOf(scheduled.lastTransitionTime) : undefined;
  return sinceMs ?? timeOf(pod.metadata.creationTimestamp);
}
