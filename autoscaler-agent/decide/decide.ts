import type { DecisionReply, DecisionRequest, Held, Launch } from "../../contract/decision";
import { playBestRound, servesAsMuch } from "./bestRound";
import { costPerHourUsd, lowerBoundPerHourUsd, servedWork } from "./cost";
import { chooseDrains, chooseSurplus, isStandingWorker, usedIds } from "./idle";
import type { Bought } from "./market";
import { nodeRank } from "./nodePool";
import { type GroupModel, type Problem, readProblem } from "./problem";
import { laterReason, launchReasons } from "./reasons";
import { compareText } from "./resources";
import type { Round } from "./round";
import { listUnserved } from "./unserved";

/** Rounds until the purchases have to hold. The second one nearly always only confirms the first. */
const mostRounds = 12;

interface Settled {
  readonly round: Round;
  /** New nodes of each group. */
  readonly launched: Float64Array;
  readonly book: readonly Bought[];
}

/**
 * Decides which nodes to launch and which to drain.
 *
 * Input: what there is, what waits, and the limits. Output: what to do, with a reason for every entry; and what is not served, and why.
 *
 * Guarantees:
 * - No limit is exceeded: `maxReplicas` of group and cluster, budget, rate of growth. `minReplicas` is not held back by the rate.
 * - What is not listed under `infeasible` or `overLimit` fits on the nodes there are and those that are launched.
 * - Equal input gives an equal answer, and so does the same input in another order.
 * - Asked again with the launched nodes as starting ones, it launches nothing more.
 * - The work grows with shapes, groups and different nodes, not with the numbers of tasks.
 *
 * Never: drains a head, a node with work or one that placed work needs; brings a group under `minReplicas`; launches for what fits nowhere.
 *
 * @see docs/decide.md
 */
export function decide(request: DecisionRequest): DecisionReply {
  return decideInDetail(request).reply;
}

/** A decision and the placements that it rests on, for those who want to check or to show them. */
export interface DetailedDecision {
  readonly reply: DecisionReply;
  readonly problem: Problem;
  /** Where demands and gangs were placed: its journal tells which work is on which node. */
  readonly freePool: Round["freePool"];
}

/** Decides like `decide`, and shows what the decision rests on. */
export function decideInDetail(request: DecisionRequest): DetailedDecision {
  const given = readProblem(request);
  const surplus = chooseSurplus(given);
  const problem = withoutSurplus(given, surplus);
  const { round, launched, book } = trimUnused(problem, settle(problem));
  const { drain, held } = chooseDrains(problem, { surplus, forDemand: usedIds(round.freePool), forRequested: usedIds(round.totalPool) });
  const { infeasible, overLimit } = listUnserved(request, problem, round);
  const leaving = new Set(drain.map(({ id }) => id));
  const outlook = { staying: problem.nodes.filter((node) => isStandingWorker(node) && !leaving.has(node.id)), launched };
  const servedGangs = new Set(round.gangs.filter(({ outcome }) => outcome.kind === "served").map(({ index }) => index));
  const reply: DecisionReply = {
    launch: launches(problem, launched, book),
    drain,
    infeasible,
    overLimit,
    held: [...round.heldForMinReplicas, ...heldForRate(problem, round), ...held].sort(heldOrder),
    costPerHourUsd: costPerHourUsd(problem, outlook),
    lowerBoundPerHourUsd: lowerBoundPerHourUsd(given, {
      outlook,
      served: servedWork(
        round.demands,
        problem.gangs.filter(({ index }) => servedGangs.has(index)),
      ),
      requested: servedWork(round.requested),
      canSwap: surplus.size > 0,
    }),
  };
  return { reply, problem, freePool: round.freePool };
}

/** Nodes that go because there are too many are as good as gone: no plan counts on them. */
function withoutSurplus(problem: Problem, surplus: ReturnType<typeof chooseSurplus>): Problem {
  if (surplus.size === 0) return problem;
  return { ...problem, nodes: problem.nodes.map((node) => (surplus.has(node.id) ? { ...node, state: "draining" } : node)) };
}

/** Buys until a round with all that is bought finds everything placed that the limits allow: then the next decision will find it too. */
function settle(problem: Problem): Settled {
  let launched: Float64Array = new Float64Array(problem.groups.length);
  const book: Bought[] = [];
  for (let rounds = 1; ; rounds += 1) {
    const round = playBestRound(problem, launched);
    const isFinal = round.rooms.boughtNow().every((count) => count === 0);
    book.push(...round.book);
    launched = addCounts(launched, round.rooms.boughtNow());
    if (isFinal || rounds === mostRounds) return { round, launched, book };
  }
}

function addCounts(one: Float64Array, other: Float64Array): Float64Array {
  return one.map((count, position) => count + (other[position] ?? 0));
}

/**
 * Gives back nodes that a later round left empty, if everything is still placed without them; first those too that only `request_resources()` was the
 * reason for, as what was bought for work later may be enough for it.
 */
function trimUnused(problem: Problem, settled: Settled): Settled {
  const { round, launched, book } = settled;
  for (const pools of [[round.freePool], [round.freePool, round.totalPool]]) {
    const needed = neededLaunches(problem, settled, pools);
    if (launched.every((count, position) => count <= (needed[position] ?? 0))) continue;
    const trimmed = playBestRound(problem, needed);
    const isComplete = trimmed.rooms.boughtNow().every((count) => count === 0) && servesAsMuch(problem, trimmed, round);
    if (isComplete) return { round: trimmed, launched: needed, book };
  }
  return settled;
}

function neededLaunches(problem: Problem, { launched, book }: Settled, pools: readonly Round["freePool"][]): Float64Array {
  const inUse = pools.map((pool) => startingInUse(problem, pool));
  const floors = new Float64Array(problem.groups.length);
  for (const { group, code, now } of book) {
    if (code === "min-replicas") floors[group.position] = (floors[group.position] ?? 0) + now;
  }
  return launched.map((count, position) =>
    Math.min(count, Math.max(0, floors[position] ?? 0, ...inUse.map((counts) => counts[position] ?? 0))),
  );
}

/** New nodes of each group that hold something: those in use, less the ones that started before. */
function startingInUse({ groups, nodes }: Problem, pool: Round["freePool"]): Float64Array {
  const counts = new Float64Array(groups.length);
  const add = (group: GroupModel | undefined, count: number) => {
    if (group !== undefined) counts[group.position] = (counts[group.position] ?? 0) + count;
  };
  for (const { group, rank, used, count } of pool.inOrder()) if (rank === nodeRank.starting && used) add(group, count);
  for (const { group, state } of nodes) if (state === "starting") add(group, -1);
  return counts;
}

function launches({ groups }: Problem, launched: Float64Array, book: readonly Bought[]): Launch[] {
  return groups.flatMap((group) => {
    const count = launched[group.position] ?? 0;
    const ofGroup = book.filter((bought) => bought.group === group);
    return count === 0 ? [] : [{ groupName: group.groupName, count, reasons: [...launchReasons(group, ofGroup)] }];
  });
}

function heldForRate(problem: Problem, { rooms }: Round): Held[] {
  return problem.groups.flatMap((group) => {
    const count = rooms.boughtLater()[group.position] ?? 0;
    return count === 0 ? [] : [{ groupName: group.groupName, count, reason: laterReason(problem) }];
  });
}

/** Nodes to come before nodes that stay, each by name. */
function heldOrder(one: Held, other: Held): number {
  const key = (held: Held) => ("id" in held ? `1 ${held.id}` : `0 ${held.groupName} ${held.reason.code}`);
  return compareText(key(one), key(other));
}
