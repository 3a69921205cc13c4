import type { DecisionRequest } from "../../../contract/decision";
import { growthStrategy } from "./growthStrategy";
import type { Growth } from "./limits";
import { fillInOrder, largestFirst, neededIdleNodes, type Option, openWork, placeOnRooms, repeatsOf, settle, type Wish } from "./openWork";
import type { Strategy } from "./strategy";

const ownIdleSeconds = 600;

/**
 * The rules of Kubernetes' Cluster Autoscaler, re-made from their description: one node group a loop, the one that wastes least.
 *
 * @param idleSeconds time-out of idle nodes instead of its own
 */
export function clusterAutoscalerLikeStrategy(idleSeconds = ownIdleSeconds): Strategy {
  return growthStrategy({
    name: "cluster-autoscaler-like",
    description: `one group in each loop of 10 s, first-fit-decreasing, least waste of CPU and memory, idle nodes end after ${idleSeconds} s`,
    idleSeconds,
    growth,
  });
}

interface Estimate {
  readonly option: Option;
  readonly nodes: number;
  readonly waste: number;
}

function growth(request: DecisionRequest): Growth {
  const { options, rooms, wishes, gangs, space } = openWork(request);
  const pending = largestFirst([...gangs.flat(), ...wishes], options);
  placeOnRooms(rooms, pending);
  const judged = ["CPU", "memory"].flatMap((name) => space.positionOf(name) ?? []);
  const estimates = options.flatMap((option) => estimate(option, pending, judged) ?? []);
  const best = estimates.sort(
    (one, other) => one.waste - other.waste || (one.option.group.groupName < other.option.group.groupName ? -1 : 1),
  )[0];
  return {
    launch: best === undefined ? [] : [{ groupName: best.option.group.groupName, count: best.nodes }],
    needed: neededIdleNodes(rooms),
  };
}

/** What the group would take if it alone grew. */
function estimate(option: Option, pending: readonly Wish[], judged: readonly number[]): Estimate | undefined {
  if (option.group.unavailable === true) return undefined;
  const wishes = pending.map((one) => ({ ...one }));
  const used = new Float64Array(option.capacity.length);
  let nodes = 0;
  while (nodes < option.room) {
    const times = fillInOrder(option.capacity, option.labels, wishes);
    if (times === undefined) break;
    const repeats = Math.min(option.room - nodes, repeatsOf(times, wishes));
    settle(times, wishes, repeats);
    nodes += repeats;
    for (const [i, one] of wishes.entries()) {
      for (const position of judged) used[position] = (used[position] ?? 0) + (times[i] ?? 0) * repeats * (one.wanted[position] ?? 0);
    }
  }
  if (nodes === 0) return undefined;
  const wastes = judged.flatMap((position) => {
    const offered = nodes * (option.capacity[position] ?? 0);
    return offered > 0 ? [1 - (used[position] ?? 0) / offered] : [];
  });
  return { option, nodes, waste: wastes.reduce((sum, share) => sum + share, 0) / Math.max(1, wastes.length) };
}
