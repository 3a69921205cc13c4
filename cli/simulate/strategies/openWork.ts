import type { DecisionGroup, DecisionNode, DecisionRequest, Demand } from "../../../contract/decision";
import { labelsOf, matchesSelectors, ResourceSpace, takeFrom, timesFitting } from "../resourceSpace";

/** Tasks that are alike. */
export interface Wish {
  readonly shape: Demand["shape"];
  readonly wanted: Float64Array;
  readonly selectors: Demand["selectors"];
  /** Still without a place. */
  left: number;
}

/** A worker group, and how many more nodes of it may be bought. */
export interface Option {
  readonly group: DecisionGroup;
  readonly capacity: Float64Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly running: number;
  room: number;
}

/** Nodes that are alike. */
export interface Room {
  readonly labels: Readonly<Record<string, string>>;
  readonly total: Float64Array;
  readonly free: Float64Array;
  /** The group, where these are running nodes that hold no work. */
  readonly idleOf: string | undefined;
  count: number;
  /** So many of them are meant for work that waits. */
  used: number;
}

/** A request as the compared policies see it: whole numbers, and the nodes that are alike taken together. */
export interface OpenWork {
  readonly space: ResourceSpace;
  readonly options: readonly Option[];
  readonly rooms: Room[];
  readonly wishes: readonly Wish[];
  /** Each to be placed as a whole. */
  readonly gangs: readonly (readonly Wish[])[];
}

/** Reads a request for a policy that decides otherwise than rayfleet does. */
export function openWork(request: DecisionRequest): OpenWork {
  const space = new ResourceSpace([
    ...request.groups.map(({ resources }) => resources),
    ...request.demands.map(({ shape }) => shape),
    ...request.gangs.flatMap(({ bundles }) => bundles.map(({ shape }) => shape)),
  ]);
  const options = request.groups.map((group): Option => {
    const ours = request.nodes.filter(({ groupName }) => groupName === group.groupName);
    return {
      group,
      capacity: space.offered(group.resources),
      labels: labelsOf(group),
      running: ours.filter(({ state }) => state === "running").length,
      room: Math.max(0, group.maxReplicas - ours.length),
    };
  });
  return {
    space,
    options,
    rooms: roomsOf(space, request.nodes, options),
    wishes: request.demands.map((demand) => wish(space, demand)),
    gangs: request.gangs.map(({ bundles }) => bundles.map(({ count = 1, ...bundle }) => wish(space, { ...bundle, count }))),
  };
}

function wish(space: ResourceSpace, { shape, count, selectors }: Demand): Wish {
  return { shape, wanted: space.wanted(shape), selectors, left: count };
}

function roomsOf(space: ResourceSpace, nodes: readonly DecisionNode[], options: readonly Option[]): Room[] {
  const optionOf = new Map(options.map((option) => [option.group.groupName, option]));
  const rooms = new Map<string, Room>();
  for (const node of nodes) {
    const option = optionOf.get(node.groupName);
    if (option === undefined || node.state === "draining") continue;
    const free = node.available === undefined ? option.capacity : space.offered(node.available);
    const idleOf = node.idleSeconds === undefined ? undefined : node.groupName;
    const key = `${node.groupName} ${idleOf ?? ""} ${free.join(" ")}`;
    const known = rooms.get(key);
    if (known !== undefined) known.count += 1;
    else rooms.set(key, { labels: node.labels ?? option.labels, total: option.capacity, free, idleOf, count: 1, used: 0 });
  }
  return [...rooms.values()];
}

/** What is put on one node: for each wish, how many. Undefined when nothing fits. */
export function fillInOrder(free: Float64Array, labels: Room["labels"], wishes: readonly Wish[]): Float64Array | undefined {
  const left = free.slice();
  let isEmpty = true;
  const times = Float64Array.from(wishes, (one) => {
    if (one.left === 0 || !matchesSelectors(labels, one.selectors)) return 0;
    const fitting = Math.min(one.left, timesFitting(left, one.wanted));
    if (fitting > 0) {
      isEmpty = false;
      takeFrom(left, one.wanted, fitting);
    }
    return fitting;
  });
  return isEmpty ? undefined : times;
}

/** On how many nodes the same can be put with what is left. */
export function repeatsOf(times: Float64Array, wishes: readonly Wish[]): number {
  return wishes.reduce(
    (least, { left }, i) => ((times[i] ?? 0) > 0 ? Math.min(least, Math.floor(left / (times[i] ?? 1))) : least),
    Infinity,
  );
}

/** Books what was put on so many nodes. */
export function settle(times: Float64Array, wishes: readonly Wish[], nodes: number): void {
  wishes.forEach((one, i) => {
    one.left -= (times[i] ?? 0) * nodes;
  });
}

/** Takes away what fits on the nodes there are, node after node and wish after wish: what remains needs new nodes. */
export function placeOnRooms(rooms: readonly Room[], wishes: readonly Wish[]): void {
  for (const room of rooms) {
    for (let nodes = room.count; nodes > 0; ) {
      const times = fillInOrder(room.free, room.labels, wishes);
      if (times === undefined) break;
      const repeats = Math.min(nodes, repeatsOf(times, wishes));
      settle(times, wishes, repeats);
      nodes -= repeats;
      room.used += repeats;
    }
  }
}

/** Largest first: by the share of the largest node that it takes, as first-fit-decreasing wants it. */
export function largestFirst(wishes: readonly Wish[], options: readonly Option[]): readonly Wish[] {
  const largest = (position: number) => options.reduce((most, { capacity }) => Math.max(most, capacity[position] ?? 0), 0);
  const size = ({ wanted }: Wish) =>
    wanted.reduce((sum, amount, position) => sum + (amount > 0 ? amount / Math.max(1, largest(position)) : 0), 0);
  const sized = wishes.map((one, index) => ({ one, index, size: size(one) }));
  return sized.sort((left, right) => right.size - left.size || left.index - right.index).map(({ one }) => one);
}

/** Where a group without a price stands: it is compared as if a CPU cost this much. */
const guessedUsdPerPiece = 0.05;

export function priceOf({ group }: Option): number {
  return group.pricePerHourUsd ?? guessedUsdPerPiece * Math.max(1, group.resources["CPU"] ?? 0);
}

/** Idle nodes of each group that are meant for work that waits: no policy ends those. */
export function neededIdleNodes(rooms: readonly Room[]): ReadonlyMap<string, number> {
  const needed = new Map<string, number>();
  for (const { idleOf, used } of rooms) if (idleOf !== undefined) needed.set(idleOf, (needed.get(idleOf) ?? 0) + used);
  return needed;
}
