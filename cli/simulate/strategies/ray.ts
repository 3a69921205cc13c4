import type { DecisionRequest } from "../../../contract/decision";
import { takeFrom } from "../resourceSpace";
import { type Growth, idleNodes, mergedLaunches, missingToMinimum, withinLimits } from "./limits";
import { fillInOrder, neededIdleNodes, type OpenWork, type Option, openWork, type Room, repeatsOf, settle, type Wish } from "./openWork";
import { configuredIdleTimeout, type Strategy } from "./strategy";

/** Launches that Ray has under way at a time at most (`max_concurrent_launches`), and so per loop. */
const mostLaunchesPerLoop = 10;

/** Ray 2.60's second autoscaler, re-made from its description: node after node by its utilisation score, which knows no prices. */
export const rayStrategy: Strategy = {
  name: "ray",
  description: "utilisation score of Ray's autoscaler v2, loop of 5 s, 10 launches at a time, its rate of growth; no prices, no back-off",
  loopSeconds: 5,
  idleTimeoutSeconds: configuredIdleTimeout,
  choose({ request }) {
    const { launch: wanted, needed } = growth(request);
    const launch = mergedLaunches([...missingToMinimum(request), ...wanted]);
    return {
      launch: withinRate(request, withinLimits(request, launch)),
      drain: idleNodes(request, { timeoutSeconds: (group) => configuredIdleTimeout(group, request.idleTimeoutSeconds), needed }),
    };
  },
};

function withinRate({ nodes, limits }: DecisionRequest, launch: readonly { groupName: string; count: number }[]) {
  let room = mostLaunchesPerLoop;
  return launch.flatMap(({ groupName, count }) => {
    const running = nodes.filter((node) => node.groupName === groupName && node.state === "running").length;
    const rate = Math.max(1, Math.ceil((limits.upscalingSpeed ?? 1) * Math.max(running, 1)));
    const allowed = Math.min(count, rate, room);
    room -= allowed;
    return allowed > 0 ? [{ groupName, count: allowed }] : [];
  });
}

function growth(request: DecisionRequest): Growth {
  const work = openWork(request);
  const launched: { groupName: string; count: number }[] = [];
  for (const gang of work.gangs) launched.push(...serveWhole(work, gang));
  const tasks = [...work.wishes].sort(hardestFirst);
  launched.push(...serve(work, tasks));
  return { launch: launched, needed: neededIdleNodes(work.rooms) };
}

/** Serves a gang, or leaves everything as it was. */
function serveWhole(work: OpenWork, gang: readonly Wish[]): { groupName: string; count: number }[] {
  const before = { rooms: work.rooms.map((room) => ({ ...room })), options: work.options.map(({ room }) => room) };
  const bought = serve(work, gang);
  if (gang.every(({ left }) => left === 0)) return bought;
  work.rooms.splice(0, work.rooms.length, ...before.rooms);
  work.options.forEach((option, i) => {
    option.room = before.options[i] ?? 0;
  });
  return [];
}

/** More resources first, then larger amounts. */
function hardestFirst(one: Wish, other: Wish): number {
  const weight = ({ shape, selectors }: Wish) => [
    selectors?.[0]?.length ?? 0,
    Object.keys(shape).length,
    Object.values(shape).reduce((a, b) => a + b, 0),
  ];
  const [left, right] = [weight(one), weight(other)];
  return left.map((value, i) => (right[i] ?? 0) - value).find((difference) => difference !== 0) ?? 0;
}

/** Ray's score: whether GPUs stay free for GPU work, kinds of resources matched, least and mean use, each weighed by its plain amount. */
type Score = readonly [gpuOk: number, kinds: number, least: number, mean: number];

interface Candidate {
  readonly room: Room;
  /** For new nodes. */
  readonly option?: Option;
  times?: Float64Array | undefined;
  score?: Score | undefined;
}

function serve(work: OpenWork, wishes: readonly Wish[]): { groupName: string; count: number }[] {
  placeBest(work, wishes, { candidates: work.rooms.map((room): Candidate => ({ room })), onPlaced: splitRoom(work) });
  const launched: { groupName: string; count: number }[] = [];
  const fresh = work.options.map(
    (option): Candidate => ({
      option,
      room: { labels: option.labels, total: option.capacity, free: option.capacity, idleOf: undefined, count: option.room, used: 0 },
    }),
  );
  placeBest(work, wishes, {
    candidates: fresh,
    onPlaced: ({ option, room }, times, nodes) => {
      if (option === undefined) return;
      option.room -= nodes;
      launched.push({ groupName: option.group.groupName, count: nodes });
      work.rooms.push(filled(room, times, nodes));
    },
  });
  return launched;

  function filled(room: Room, times: Float64Array, count: number): Room {
    return { labels: room.labels, total: room.total, free: freeAfter(room, wishes, times), idleOf: undefined, count, used: 0 };
  }

  function splitRoom({ rooms }: OpenWork) {
    return ({ room }: Candidate, times: Float64Array, nodes: number) => {
      room.used += nodes;
      rooms.push(filled(room, times, nodes));
    };
  }
}

function freeAfter(room: Room, wishes: readonly Wish[], times: Float64Array): Float64Array {
  const free = room.free.slice();
  wishes.forEach((one, i) => {
    takeFrom(free, one.wanted, times[i] ?? 0);
  });
  return free;
}

interface Placing {
  readonly candidates: readonly Candidate[];
  onPlaced(candidate: Candidate, times: Float64Array, nodes: number): void;
}

/** Again and again the candidate with the best score takes what it can; equal ones are taken together. */
function placeBest(work: OpenWork, wishes: readonly Wish[], { candidates, onPlaced }: Placing): void {
  let open = [...candidates];
  for (;;) {
    for (const candidate of open) refresh(work, candidate, wishes);
    open = open.filter(({ room, score }) => room.count > 0 && score !== undefined);
    const best = open.reduce<Candidate | undefined>((winner, one) => (isBetter(one.score, winner?.score) ? one : winner), undefined);
    if (best?.times === undefined) return;
    const nodes = Math.min(best.room.count, repeatsOf(best.times, wishes));
    settle(best.times, wishes, nodes);
    best.room.count -= nodes;
    onPlaced(best, best.times, nodes);
  }
}

/** What a candidate would take is worked out again only when not all of it is left. */
function refresh({ space }: OpenWork, candidate: Candidate, wishes: readonly Wish[]): void {
  if (candidate.times !== undefined && repeatsOf(candidate.times, wishes) >= 1) return;
  const { room } = candidate;
  const times = fillInOrder(room.free, room.labels, wishes);
  candidate.times = times;
  candidate.score = times === undefined ? undefined : score(space, { room, wishes, times });
}

function score(space: OpenWork["space"], { room, wishes, times }: { room: Room; wishes: readonly Wish[]; times: Float64Array }): Score {
  const free = space.amounts(freeAfter(room, wishes, times));
  const total = space.amounts(room.total);
  const named = new Set(
    wishes.flatMap(({ shape }, i) => ((times[i] ?? 0) > 0 ? Object.keys(shape).filter((name) => (shape[name] ?? 0) > 0) : [])),
  );
  const uses = Object.entries(total).map(([name, amount]) => amount * ((amount - (free[name] ?? 0)) / amount) ** 3);
  return [
    total["GPU"] !== undefined && !named.has("GPU") ? 0 : 1,
    [...named].filter((name) => name in total).length,
    Math.min(...uses),
    uses.reduce((sum, use) => sum + use, 0) / Math.max(1, uses.length),
  ];
}

function isBetter(one: Score | undefined, other: Score | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  for (const [i, value] of one.entries()) {
    const difference = value - (other[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
