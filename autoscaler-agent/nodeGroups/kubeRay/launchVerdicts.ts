import type { BackendErrorCode, LaunchFailure } from "../backend";
import type { ClusterPlace } from "./clusterPlace";
import { conditionOf, type LiveEvent, type LivePod, timeOf } from "./liveObjects";

/**
 * A pod that nobody says anything about but the scheduler is waited for so long, in milliseconds: whoever brings nodes (Cluster Autoscaler looks every 10 s,
 * Karpenter waits up to 10 s for more pods) has spoken by then.
 */
const NOBODY_COMES_MS = 60_000;
const MOST_LETTERS = 500;

type Verdicts = readonly (readonly [RegExp, BackendErrorCode])[];

/**
 * Cluster Autoscaler counts node groups by reason: "pod didn't trigger scale-up: 2 node(s) didn't match Pod's node affinity/selector, 1 max node group size
 * reached". One that would do but for its maximum, or for a back-off, says more than those that never will.
 */
const clusterAutoscaler: Verdicts = [
  [/in backoff after failed scale-up|out of resources|stockout|insufficient capacity|\bnot ready\b/i, "capacity"],
  [/max (?:node group size|cluster|total nodes)|limit (?:reached|exceeded)|quota|exceeded/i, "quota"],
  [/didn't match|untolerated taint|insufficient|too many pods|wouldn't fit|affinity|volume/i, "misconfigured"],
];

/** Karpenter joins what each node pool lacks; an offering is what it can buy of a type now. */
const karpenter: Verdicts = [
  [/exceed limits for nodepool/i, "quota"],
  [/required offering/i, "capacity"],
  [/no nodepools found|did not tolerate|incompatible|no instance type|minValues/i, "misconfigured"],
];

/** What no node more would mend. */
const scheduler: Verdicts = [
  [/persistentvolumeclaim .*not found|unbound immediate PersistentVolumeClaims|not supported/i, "misconfigured"],
];

/** What the API server says when the operator makes a pod. */
const podCreation: Verdicts = [
  [/exceeded quota|failed quota/i, "quota"],
  [/cannot create resource|is not allowed|unauthorized/i, "unauthorized"],
  [
    /connection refused|timeout|timed out|deadline exceeded|EOF|no endpoints available|failed calling webhook|object has been modified/i,
    "unreachable",
  ],
];

/** Somebody brings a node for the pod. */
const nodeIsComing: ReadonlySet<string> = new Set(["TriggeredScaleUp", "Nominated"]);

/** Epoch milliseconds at which it was said last. */
export function saidMs({ series, lastTimestamp, eventTime, metadata }: LiveEvent): number {
  return timeOf(series?.lastObservedTime) ?? timeOf(lastTimestamp) ?? timeOf(eventTime) ?? timeOf(metadata?.creationTimestamp) ?? 0;
}

/** What was said of a pod that waits for a node. */
export interface PodWait {
  readonly pod: LivePod;
  readonly events: readonly LiveEvent[];
  /** For how long it was seen to wait. */
  readonly waitedMs: number;
}

/** Why the pod gets no node; `coming`: one is on its way, so far as anybody says; undefined: nobody has decided yet. */
export function podVerdict({ pod, events, waitedMs }: PodWait): LaunchFailure | "coming" | undefined {
  const newest = events
    .filter((event) => nodeIsComing.has(event.reason ?? "") || refusalOf(event) !== undefined)
    .sort((one, other) => saidMs(other) - saidMs(one))[0];
  if (newest !== undefined) return nodeIsComing.has(newest.reason ?? "") ? "coming" : refusalOf(newest);
  const { status, reason, message = "", lastTransitionTime } = conditionOf(pod, "PodScheduled") ?? {};
  if (status !== "False" || reason !== "Unschedulable" || waitedMs < NOBODY_COMES_MS) return undefined;
  const atMs = (timeOf(lastTransitionTime) ?? timeOf(pod.metadata.creationTimestamp) ?? 0) + waitedMs;
  return failure(codeOf(message, scheduler, "capacity"), `FailedScheduling: ${message}`, atMs);
}

function refusalOf(event: LiveEvent): LaunchFailure | undefined {
  const { reason = "", message = "" } = event;
  const text = `${reason}: ${message}`;
  switch (reason) {
    case "NotTriggerScaleUp":
      // Without reasons it has looked at no node group, as with a wrong cluster name.
      return failure(codeOf(message, clusterAutoscaler, "capacity"), text, saidMs(event));
    case "FailedScaleUp":
      return failure(/quota/i.test(message) ? "quota" : "capacity", text, saidMs(event));
    case "FailedScheduling":
      // The scheduler uses the same word for every pod without a node, also when one is on its way; Karpenter only when it brings none.
      return (event.source?.component ?? event.reportingComponent) === "karpenter"
        ? failure(codeOf(message, karpenter, "capacity"), text, saidMs(event))
        : undefined;
    default:
      return undefined;
  }
}

/** Pods of the group that the operator could not make, and specs that it does not take, newest first. */
export function operatorFailures(events: readonly LiveEvent[], place: ClusterPlace, groupName: string): readonly LaunchFailure[] {
  return events.flatMap((event) => {
    const { reason = "", message = "" } = event;
    const text = `${reason}: ${message}`;
    if (reason === "InvalidRayClusterSpec" || reason === "InvalidRayClusterMetadata") {
      return [failure("misconfigured", text, saidMs(event))];
    }
    return reason === "FailedToCreateWorkerPod" && concerns(message, place, groupName)
      ? [failure(codeOf(message, podCreation, "misconfigured"), text, saidMs(event))]
      : [];
  });
}

/** The message names the pod only, as the operator would have called it; one that names no pod is about every group. */
function concerns(message: string, { rayClusterName }: ClusterPlace, groupName: string): boolean {
  const podName = /\bpods? "([^"]+)"/i.exec(message)?.[1];
  const prefix = `${rayClusterName}-${groupName}`.slice(0, 50).toLowerCase();
  return podName === undefined || podName.replace(/-worker-[a-z0-9]*$/, "") === prefix;
}

function codeOf(message: string, verdicts: Verdicts, otherwise: BackendErrorCode): BackendErrorCode {
  return verdicts.find(([pattern]) => pattern.test(message))?.[1] ?? otherwise;
}

function failure(code: BackendErrorCode, text: string, atMs: number): LaunchFailure {
  return { code, message: text.replace(/\s+/g, " ").trim().slice(0, MOST_LETTERS), atMs };
}
