import type { BackendError, EndOfInstance } from "../backend";
import type { LivePod } from "./liveObjects";
import { hasEnded, isLeaving, waitsForNode } from "./podPhase";
import type { WorkerGroup } from "./workerGroup";

/** One operation of a JSON patch. @see RFC 6902 */
export interface PatchOperation {
  readonly op: "test" | "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

/** A patch, or why there is none. `nothing`: it is so already. */
export type Patch =
  | { readonly kind: "patch"; readonly operations: readonly PatchOperation[] }
  | { readonly kind: "nothing" }
  | { readonly kind: "refused"; readonly error: BackendError };

/**
 * A larger size.
 *
 * @param gone names in the group's workersToDelete whose pods are known to be gone.
 */
export function planGrowth(group: WorkerGroup, desired: number, gone: ReadonlySet<string>): Patch {
  const outside = outsideBounds(group, desired);
  if (outside !== undefined) return outside;
  return desired === group.desired
    ? { kind: "nothing" }
    : { kind: "patch", operations: operations(group, { replicas: desired, leaving: group.leaving.filter((name) => !gone.has(name)) }) };
}

/**
 * A smaller size, which only gives back places without a machine.
 *
 * With Ray's autoscaler off the operator ends any pods that are more than the replicas, at once and of its own choice. It leaves out those in workersToDelete when it
 * counts, so whatever is to be less must be named: the pods that have no node yet, and those that are on their way out by somebody else's doing.
 *
 * @param pods all of the group, read after it.
 */
export function planGiveBack(group: WorkerGroup, desired: number, pods: readonly LivePod[]): Patch {
  const outside = outsideBounds(group, desired);
  if (outside !== undefined) return outside;
  const staying = pods.filter((pod) => !isLeaving(pod, group) && !hasEnded(pod));
  const without = staying.filter(waitsForNode).sort(newestFirst);
  const withNode = staying.length - without.length;
  if (desired < withNode) {
    const message = `replicas ${desired} is below the ${withNode} pods that have a node, and the operator would choose which of them to end`;
    return { kind: "refused", error: { code: "unknown", message } };
  }
  const taken = new Set([
    ...without.slice(0, Math.max(0, staying.length - desired)),
    ...pods.filter((pod) => isLeaving(pod, group) || hasEnded(pod)),
  ]);
  return {
    kind: "patch",
    operations: operations(group, { replicas: desired, leaving: [...taken].map(({ metadata }) => metadata.name).sort() }),
  };
}

/** The end of this one pod, and of its place where it is to go with it. */
export function planEnd(group: WorkerGroup, { instanceId, desiredSize }: EndOfInstance, gone: ReadonlySet<string>): Patch {
  const replicas = desiredSize === "lower" ? group.desired - 1 : group.desired;
  if (replicas < group.min) {
    return { kind: "refused", error: { code: "misconfigured", message: `the group is at its minimum of ${group.min}` } };
  }
  const leaving = [...group.leaving.filter((name) => !gone.has(name)), instanceId];
  return { kind: "patch", operations: operations(group, { replicas, leaving }) };
}

function outsideBounds({ min, max }: WorkerGroup, desired: number): Patch | undefined {
  return desired < min || desired > max
    ? {
        kind: "refused",
        error: { code: "misconfigured", message: `replicas ${desired} is outside minReplicas ${min} to maxReplicas ${max}` },
      }
    : undefined;
}

/**
 * Takes effect only where the group still stands at this position of this very cluster and has the numbers that were read. A name is never taken out of
 * workersToDelete before its pod is gone: the operator would count that pod again, and end another one.
 */
function operations(
  { index, uid, generation, spec, desired, leaving }: WorkerGroup,
  to: { readonly replicas: number; readonly leaving: readonly string[] },
): readonly PatchOperation[] {
  const at = `/spec/workerGroupSpecs/${index}`;
  const { replicas, scaleStrategy, groupName } = spec;
  const list = to.leaving.length === leaving.length && to.leaving.every((name, place) => name === leaving[place]);
  return [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path: `${at}/groupName`, value: groupName },
    // What is absent cannot be tested; then no change of the spec at all is let pass.
    ...(replicas === undefined || scaleStrategy === undefined
      ? [{ op: "test", path: "/metadata/generation", value: generation } as const]
      : []),
    ...(replicas === undefined ? [] : [{ op: "test", path: `${at}/replicas`, value: replicas } as const]),
    ...(scaleStrategy === undefined ? [] : [{ op: "test", path: `${at}/scaleStrategy`, value: scaleStrategy } as const]),
    ...(to.replicas === desired ? [] : [{ op: "add", path: `${at}/replicas`, value: to.replicas } as const]),
    ...(list ? [] : [{ op: "add", path: `${at}/scaleStrategy`, value: { ...scaleStrategy, workersToDelete: to.leaving } } as const]),
  ];
}

function newestFirst({ metadata: one }: LivePod, { metadata: other }: LivePod): number {
  const [first = "", second = ""] = [one.creationTimestamp, other.creationTimestamp];
  return first === second ? order(one.name, other.name) : order(second, first);
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
