import type { BackendError, EndOfInstance } from "../backend";
import type { LivePod } from "./liveObjects";
import { hasEnded, isLeaving, waitsForNode } from "./podPhase";
import type { WorkerGroup } from "./workerGroup";

/**
 * A replica without a pod is left for so long, in milliseconds: a pod that the operator makes while the number is lowered would be one too many, and the operator
 * might end another one for it. One that cannot make pods (a quota) tries again less and less often.
 */
const OPERATOR_AT_WORK_MS = 60_000;

/** One operation of a JSON patch. @see RFC 6902 */
export interface PatchOperation {
  readonly op: "test" | "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

/** A patch, or why there is none. `nothing`: it is so already. `later`: it would do harm now, and will not soon. */
export type Patch =
  | { readonly kind: "patch"; readonly operations: readonly PatchOperation[] }
  | { readonly kind: "nothing" }
  | { readonly kind: "later"; readonly reason: string }
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
 * counts, so the pods that have no node yet are named together with the smaller number. It counts and then replaces pods that somebody else ends, so nothing is
 * given back while there are such.
 *
 * @param pods all of the group, read after it.
 * @param lackedMs for how long there were fewer pods than replicas.
 */
export function planGiveBack(
  group: WorkerGroup,
  desired: number,
  { pods, lackedMs }: { readonly pods: readonly LivePod[]; readonly lackedMs: number },
): Patch {
  const outside = outsideBounds(group, desired);
  if (outside !== undefined) return outside;
  const named = new Set(group.leaving);
  const counted = pods.filter(({ metadata }) => !named.has(metadata.name));
  const going = counted.filter((pod) => isLeaving(pod, group) || hasEnded(pod)).length;
  if (going > 0) {
    const [some, them] = going === 1 ? ["1 pod is", "it"] : [`${going} pods are`, "them"];
    return {
      kind: "later",
      reason: `${some} on the way out, and the operator is about to replace ${them}; places are given back after that`,
    };
  }
  if (counted.length < group.desired && lackedMs < OPERATOR_AT_WORK_MS) {
    return { kind: "later", reason: "the operator may be making pods just now; places are given back when it has made none for a minute" };
  }
  const without = counted.filter(waitsForNode).sort(newestFirst);
  const withNode = counted.length - without.length;
  if (desired < withNode) {
    const message = `replicas ${desired} is below the ${withNode} pods that have a node, and the operator would choose which of them to end`;
    return { kind: "refused", error: { code: "unknown", message } };
  }
  const taken = without.slice(0, Math.max(0, counted.length - desired)).map(({ metadata }) => metadata.name);
  const leaving = [...group.leaving.filter((name) => pods.some(({ metadata }) => metadata.name === name)), ...taken];
  // The operator writes a status when a pod has come up: one that was named for having no node would have work by then.
  const unchanged = { op: "test", path: "/metadata/resourceVersion", value: group.resourceVersion } as const;
  return { kind: "patch", operations: [unchanged, ...operations(group, { replicas: desired, leaving })] };
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
