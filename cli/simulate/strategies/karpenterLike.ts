import type { DecisionRequest } from "../../../contract/decision";
import { matchesSelectors, takeFrom, timesFitting } from "../resourceSpace";
import { growthStrategy } from "./growthStrategy";
import type { Growth } from "./limits";
import { largestFirst, neededIdleNodes, type Option, openWork, placeOnRooms, priceOf, repeatsOf, settle, type Wish } from "./openWork";
import type { Strategy } from "./strategy";

/** Empty nodes go at once; a round of validation takes about so long. */
const emptyForSeconds = 30;

/**
 * Karpenter's rules, re-made from their description: a node is filled as long as any type still holds it, and becomes the cheapest that does.
 *
 * @param idleSeconds time-out of empty nodes instead of its own
 */
export function karpenterLikeStrategy(idleSeconds = emptyForSeconds): Strategy {
  return growthStrategy({
    name: "karpenter-like",
    description: `largest first into a node that grows as long as a type holds it, then the cheapest such type; empty nodes end after ${idleSeconds} s`,
    idleSeconds,
    growth,
  });
}

function growth(request: DecisionRequest): Growth {
  const { options, rooms, wishes, gangs } = openWork(request);
  const pending = largestFirst([...gangs.flat(), ...wishes], options);
  placeOnRooms(rooms, pending);
  const launch: { groupName: string; count: number }[] = [];
  for (;;) {
    const open = options.filter(({ room, group }) => room > 0 && group.unavailable !== true);
    const planned = growNode(open, pending);
    if (planned === undefined) return { launch, needed: neededIdleNodes(rooms) };
    const nodes = Math.min(planned.option.room, repeatsOf(planned.times, pending));
    settle(planned.times, pending, nodes);
    planned.option.room -= nodes;
    launch.push({ groupName: planned.option.group.groupName, count: nodes });
  }
}

/** One node that takes wish after wish as long as some type has room for all it holds. */
function growNode(open: readonly Option[], pending: readonly Wish[]): { option: Option; times: Float64Array } | undefined {
  let candidates = open.map((option) => ({ option, free: option.capacity.slice() }));
  let isEmpty = true;
  const times = new Float64Array(pending.length);
  for (const [i, one] of pending.entries()) {
    const fits = candidates.map(({ option, free }) =>
      one.left > 0 && matchesSelectors(option.labels, one.selectors) ? Math.min(one.left, timesFitting(free, one.wanted)) : 0,
    );
    const most = fits.reduce((largest, fit) => Math.max(largest, fit), 0);
    if (most === 0) continue;
    times[i] = most;
    isEmpty = false;
    candidates = candidates.filter((_, position) => fits[position] === most);
    for (const { free } of candidates) takeFrom(free, one.wanted, most);
  }
  const cheapest = candidates.sort((one, other) => priceOf(one.option) - priceOf(other.option))[0];
  return isEmpty || cheapest === undefined ? undefined : { option: cheapest.option, times };
}
