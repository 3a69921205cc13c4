import type { DrainChoice, Held } from "../../contract/decision";
import { type NodePool, nodeRank } from "./nodePool";
import type { GroupModel, NodeModel, Problem } from "./problem";
import { idleReason, keptReason, notIdleLongEnoughReason, strangerReason, surplusReason } from "./reasons";
import { compareText } from "./resources";

/** True when the node has been idle for the time that its group allows. Never true of a head, nor when no time-out is set. */
export function isEndable({ head, state, group, idleSeconds }: NodeModel): boolean {
  const timeout = group?.idleTimeoutSeconds;
  return !head && state === "running" && timeout !== undefined && idleSeconds !== undefined && idleSeconds >= timeout;
}

/** Workers that are there and not on their way out. */
export function isStandingWorker({ head, state }: NodeModel): boolean {
  return !head && state !== "draining";
}

/** Longest idle first, equal ones by id. */
export function longestIdleFirst(one: NodeModel, other: NodeModel): number {
  return (other.idleSeconds ?? 0) - (one.idleSeconds ?? 0) || compareText(one.id, other.id);
}

/**
 * Idle nodes that are more than a group or the cluster may have. They are taken out before anything is placed, so that no plan counts on them.
 * A group is never brought under its `minReplicas`, and busy nodes stay.
 */
export function chooseSurplus({ groups, nodes, limits }: Problem): ReadonlyMap<string, DrainChoice> {
  const chosen = new Map<string, DrainChoice>();
  const standing = nodes.filter(isStandingWorker);
  const counts = countByGroup(groups, standing);
  const candidates = standing.filter(isIdleOfGroup).sort(longestIdleFirst);
  const take = (node: NodeModel & { group: GroupModel }, most: number, whose: "group" | "cluster") => {
    chosen.set(node.id, { id: node.id, reason: surplusReason(node, most, whose) });
    counts[node.group.position] = (counts[node.group.position] ?? 0) - 1;
  };
  for (const node of candidates) {
    if ((counts[node.group.position] ?? 0) > node.group.maxReplicas) take(node, node.group.maxReplicas, "group");
  }
  const most = limits.maxReplicas ?? Number.POSITIVE_INFINITY;
  for (const node of candidates) {
    if (standing.length - chosen.size <= most) break;
    if (!chosen.has(node.id) && (counts[node.group.position] ?? 0) > node.group.minReplicas) take(node, most, "cluster");
  }
  return chosen;
}

function isIdleOfGroup(node: NodeModel): node is NodeModel & { group: GroupModel } {
  return node.state === "running" && node.group !== undefined && node.idleSeconds !== undefined;
}

/** Workers of each group. */
export function countByGroup(groups: readonly GroupModel[], nodes: readonly NodeModel[]): Float64Array {
  const counts = new Float64Array(groups.length);
  for (const { group } of nodes) if (group !== undefined) counts[group.position] = (counts[group.position] ?? 0) + 1;
  return counts;
}

/** Ids of the endable nodes on which something was placed. */
export function usedIds(pool: NodePool): ReadonlySet<string> {
  return new Set(pool.inOrder().flatMap(({ rank, used, ids }) => (rank === nodeRank.endable && used ? ids : [])));
}

interface Needed {
  /** Chosen before; the problem has them as draining. */
  readonly surplus: ReadonlyMap<string, DrainChoice>;
  readonly forDemand: ReadonlySet<string>;
  readonly forRequested: ReadonlySet<string>;
}

/** Which idle nodes go in all, longest idle first, and why the other idle ones stay. */
export function chooseDrains(
  { groups, nodes }: Problem,
  { surplus, forDemand, forRequested }: Needed,
): { drain: DrainChoice[]; held: Held[] } {
  const drain = [...surplus.values()];
  const held: Held[] = [];
  const staying = nodes.filter((node) => isStandingWorker(node));
  const counts = countByGroup(groups, staying);
  for (const node of staying.filter(isIdleNode).sort(longestIdleFirst)) {
    const { id, group } = node;
    if (group === undefined) held.push({ id, reason: strangerReason });
    else if (!isEndable(node)) held.push(...heldForTime(node));
    else if (forDemand.has(id)) held.push({ id, reason: keptReason("kept-for-demand") });
    else if (forRequested.has(id)) held.push({ id, reason: keptReason("kept-for-requested-resources") });
    else if ((counts[group.position] ?? 0) <= group.minReplicas) held.push({ id, reason: keptReason("kept-for-min-replicas") });
    else {
      drain.push({ id, reason: idleReason(node) });
      counts[group.position] = (counts[group.position] ?? 0) - 1;
    }
  }
  return { drain, held };
}

function isIdleNode({ state, idleSeconds }: NodeModel): boolean {
  return state === "running" && idleSeconds !== undefined;
}

/** Without a time-out nobody expects the node to end, so there is nothing to say; nor when it has become idle just now. */
function heldForTime(node: NodeModel): Held[] {
  return node.group?.idleTimeoutSeconds === undefined || node.idleSeconds === 0
    ? []
    : [{ id: node.id, reason: notIdleLongEnoughReason(node) }];
}
