import type { BackendError } from "../backend";
import { type ClusterPlace, placeText } from "./clusterPlace";
import type { LiveCluster, LiveGroup, LivePod } from "./liveObjects";

/** A worker group that the agent may size. */
export interface WorkerGroup {
  /** Where it stands in the list: JSON patches go by position. */
  readonly index: number;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly spec: LiveGroup;
  readonly min: number;
  readonly max: number;
  /** What the operator brings it to: the spec's replicas within its bounds. */
  readonly desired: number;
  /** True: the operator ends all its pods and makes none. */
  readonly suspended: boolean;
  /** Names in its workersToDelete. */
  readonly leaving: readonly string[];
}

/** The operator's name for itself. */
const OPERATOR = "ray.io/kuberay-operator";
/** How the operator names the container of Ray's autoscaler in the head's pod. */
const AUTOSCALER_CONTAINER = "autoscaler";
/** As the CRD fills it in. */
const NO_MAXIMUM = 2_147_483_647;

/**
 * The group of that name, or why the agent keeps its hands off: beside another autoscaler, or where a number would not mean what it seems to mean, it neither
 * counts nor writes.
 *
 * @param headPods the head's; a head that was made while Ray's autoscaler was on keeps it until its pod is made anew, whatever the spec says now.
 */
export function findWorkerGroup(
  place: ClusterPlace,
  { cluster, headPods }: { readonly cluster: LiveCluster; readonly headPods: readonly LivePod[] },
  groupName: string,
): { readonly group: WorkerGroup } | { readonly error: BackendError } {
  const { metadata = {}, spec = {} } = cluster;
  if (metadata.deletionTimestamp !== undefined) return { error: { code: "gone", message: `${placeText(place)}: is being deleted` } };
  const groups = spec.workerGroupSpecs ?? [];
  const named = groups.flatMap((group, index) => (group.groupName === groupName ? [{ group, index }] : []));
  const problem = clusterProblem(cluster, headPods) ?? groupProblem(groups, named, groupName);
  const [only] = named;
  if (problem !== undefined || only === undefined) {
    return { error: { code: "misconfigured", message: `${placeText(place)}: ${problem ?? ""}` } };
  }
  const { uid, generation, resourceVersion } = metadata;
  return uid === undefined || generation === undefined || resourceVersion === undefined
    ? { error: { code: "unknown", message: `${placeText(place)}: the answer lacks its uid, generation or version` } }
    : { group: workerGroup(only.group, { index: only.index, uid, generation, resourceVersion, clusterSuspended: spec.suspend === true }) };
}

function workerGroup(
  spec: LiveGroup,
  { clusterSuspended, ...where }: Pick<WorkerGroup, "index" | "uid" | "generation" | "resourceVersion"> & { clusterSuspended: boolean },
): WorkerGroup {
  return {
    ...where,
    ...sizes(spec),
    spec,
    suspended: clusterSuspended || spec.suspend === true,
    leaving: spec.scaleStrategy?.workersToDelete ?? [],
  };
}

/** The group's bounds, and what the operator brings it to. */
export function sizes({
  minReplicas: min = 0,
  maxReplicas: max = NO_MAXIMUM,
  replicas,
}: LiveGroup): Pick<WorkerGroup, "min" | "max" | "desired"> {
  return { min, max, desired: Math.max(min, Math.min(max, replicas ?? min)) };
}

function clusterProblem({ spec = {} }: LiveCluster, headPods: readonly LivePod[]): string | undefined {
  if (spec.enableInTreeAutoscaling === true) {
    return "spec.enableInTreeAutoscaling: Ray's autoscaler would write the same numbers; got true; expected false. Set autoscaler: rayfleet in the stack and run `pulumi up`, or stop this agent.";
  }
  const withAutoscaler = headPods.find(({ spec: pod }) => pod?.containers?.some(({ name }) => name === AUTOSCALER_CONTAINER));
  if (withAutoscaler !== undefined) {
    return `pod "${withAutoscaler.metadata.name}": still runs Ray's autoscaler; got a container "${AUTOSCALER_CONTAINER}"; expected none. The operator leaves a pod as it was made: delete the head's pod, and it is made anew without it.`;
  }
  return spec.managedBy !== undefined && spec.managedBy !== OPERATOR
    ? `spec.managedBy: this cluster's pods are made elsewhere; got "${spec.managedBy}"; expected "${OPERATOR}". Run the agent where they are made.`
    : undefined;
}

function groupProblem(
  groups: readonly LiveGroup[],
  named: readonly { readonly group: LiveGroup; readonly index: number }[],
  groupName: string,
): string | undefined {
  const [first] = named;
  if (first === undefined) {
    const names = groups.map((group) => group.groupName ?? "").join(", ");
    return `spec.workerGroupSpecs: has no group "${groupName}"; got ${names === "" ? "none" : names}; expected one of each group of the agent's configuration. Apply the stack's RayCluster, or take the group out of the stack.`;
  }
  if (named.length > 1) {
    const places = named.map(({ index }) => `[${index}]`).join(" and ");
    return `spec.workerGroupSpecs${places}: two groups have one name; got "${groupName}" ${named.length} times; expected it once. Rename all but one of them.`;
  }
  return (first.group.numOfHosts ?? 1) > 1
    ? `spec.workerGroupSpecs[${first.index}].numOfHosts: a replica is more than one pod; got ${first.group.numOfHosts}; expected 1. Use autoscaler: kuberay for groups of several hosts.`
    : undefined;
}
