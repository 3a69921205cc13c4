import type { GroupInstance, InstanceLifecycle, NodeGroupState } from "../backend";
import { conditionOf, type LivePod } from "./liveObjects";
import { hasEnded, isLeaving, waitsForNode } from "./podPhase";
import type { WorkerGroup } from "./workerGroup";

/** Of why pods wait so much is told. */
const MOST_LETTERS = 300;
const INSTANCE_TYPE = "node.kubernetes.io/instance-type";
const ZONE = "topology.kubernetes.io/zone";

/**
 * The group as the loop knows groups: a pod that has a node is a machine, and one that waits for a node is a place that is not filled yet. So a cluster without
 * room is a cloud without capacity: other groups are asked at once, and the place is given back.
 *
 * @param pods all of the group, read after it.
 */
export function groupState(group: WorkerGroup, pods: readonly LivePod[]): NodeGroupState {
  const waiting = pods.filter((pod) => waitsForNode(pod) && !isLeaving(pod, group));
  const unfilledBecause = whyWaiting(waiting);
  return {
    desired: group.desired,
    min: group.min,
    max: group.max,
    instances: pods.filter((pod) => !waitsForNode(pod)).map((pod) => groupInstance(pod, group)),
    launchSuspended: group.suspended,
    ...(unfilledBecause === undefined ? {} : { unfilledBecause }),
  };
}

function groupInstance(pod: LivePod, group: WorkerGroup): GroupInstance {
  const { metadata, spec, status } = pod;
  const ends = isLeaving(pod, group) || hasEnded(pod);
  return {
    instanceId: metadata.name,
    lifecycle: ends ? "terminating" : (lifecycles[status?.phase ?? ""] ?? "unknown"),
    cloudState: stateText(pod, group),
    instanceType: spec?.nodeSelector?.[INSTANCE_TYPE] ?? "pod",
    // Nodes themselves are not read: that needs rights in the whole cluster. Kubernetes 1.35 and later put the zone on the pod when it is bound.
    zone: metadata.labels?.[ZONE] ?? spec?.nodeSelector?.[ZONE] ?? "",
    fillsDesired: !ends,
    // The agent's own give-back names what it takes away. A person who lowers replicas is not held off by anything: the operator ends pods at once.
    protectedFromScaleIn: true,
  };
}

const lifecycles: Readonly<Record<string, InstanceLifecycle>> = { Pending: "pending", Running: "in-service" };

function stateText({ metadata, status }: LivePod, group: WorkerGroup): string {
  const phase = status?.phase ?? "without a phase";
  const reason = status?.reason === undefined ? phase : `${phase}: ${status.reason}`;
  if (metadata.deletionTimestamp !== undefined) return `${reason}, being deleted`;
  return group.leaving.includes(metadata.name) ? `${reason}, in workersToDelete` : reason;
}

function whyWaiting(waiting: readonly LivePod[]): string | undefined {
  if (waiting.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const pod of waiting) counts.set(waitText(pod), (counts.get(waitText(pod)) ?? 0) + 1);
  const [most = ""] = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))[0] ?? [];
  const pods = waiting.length === 1 ? "1 pod waits" : `${waiting.length} pods wait`;
  return `${pods} for a node: ${most}`.slice(0, MOST_LETTERS);
}

function waitText(pod: LivePod): string {
  const { status, reason, message } = conditionOf(pod, "PodScheduled") ?? {};
  return status === "False" ? (message ?? reason ?? "the scheduler does not say why") : "the scheduler has not looked at it yet";
}
