import type { Held } from "../../contract/decision";
import { blockerOfGroup } from "./blocker";
import { countByGroup, isStandingWorker } from "./idle";
import type { Market } from "./market";
import type { GroupModel, NodeModel, Problem } from "./problem";
import { blockedReason } from "./reasons";

interface Standing {
  readonly market: Market;
  /** The nodes that stay, draining ones not among them. */
  readonly nodes: readonly NodeModel[];
  /** New nodes of each group that this decision has bought already. */
  readonly launched: Float64Array;
}

/**
 * Buys what the groups lack of `minReplicas`, by priority where a limit is short. The rate of growth does not hold it back.
 * Returns what could not be bought.
 */
export function buyMinReplicas(problem: Problem, { market, nodes, launched }: Standing): readonly Held[] {
  const counts = countByGroup(problem.groups, nodes.filter(isStandingWorker));
  const held: Held[] = [];
  for (const group of [...problem.groups].sort(firstServed)) {
    const missing = group.minReplicas - (counts[group.position] ?? 0) - (launched[group.position] ?? 0);
    if (missing <= 0) continue;
    const count = Math.min(missing, market.rooms.roomOf(group));
    if (count > 0) market.buyAtOnce(group, count);
    const blocker = count < missing ? blockerOfGroup(group, market.rooms) : undefined;
    if (blocker !== undefined) {
      held.push({ groupName: group.groupName, count: missing - count, reason: blockedReason(problem, blocker) });
    }
  }
  return held;
}

function firstServed(one: GroupModel, other: GroupModel): number {
  return other.priority - one.priority || one.position - other.position;
}
