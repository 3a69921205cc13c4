import type { Held } from "../../contract/decision";
import { buyMinReplicas } from "./floors";
import { isEndable } from "./idle";
import { Rooms } from "./limits";
import { addNewNodes, type Bought, Market } from "./market";
import { NodePool, type NodeRank, nodeRank } from "./nodePool";
import type { NodeModel, Problem } from "./problem";
import type { Progress } from "./serve";
import { serveLinesInTurns, serveWaitingInTurns, type Turns } from "./serveInTurns";
import type { Waiting } from "./serveWaiting";

/** Everything placed once, with the nodes there are and those bought so far. */
export interface Round {
  readonly rooms: Rooms;
  readonly book: readonly Bought[];
  /** By what is free: demands and gangs. */
  readonly freePool: NodePool;
  /** By what there is in all: `request_resources()`. */
  readonly totalPool: NodePool;
  readonly demands: readonly Progress[];
  readonly requested: readonly Progress[];
  readonly gangs: Waiting["gangs"];
  readonly heldForMinReplicas: readonly Held[];
}

/**
 * Plays one round: what the groups must have, what was asked for by `request_resources()`, gangs, single work; each with what the ones before it
 * have bought. The nodes bought in an earlier round count as starting ones, exactly as the next decision will see them.
 * `launched`: how many of each group. `turns`: work that goes first.
 */
export function playRound(problem: Problem, launched: Float64Array, turns: Turns = []): Round {
  const rooms = new Rooms(problem, launched);
  const book: Bought[] = [];
  const nodes = problem.nodes.filter(({ state }) => state !== "draining");
  const heldForMinReplicas = buyMinReplicas(problem, { market: new Market(rooms, book, "min-replicas"), nodes, launched });
  const withFloor = launched.map((count, position) => count + (rooms.boughtNow()[position] ?? 0));

  const nodesForRequested = problem.requested.length === 0 ? [] : nodes;
  const totalPool = makePool(problem, { nodes: nodesForRequested, launched: withFloor, capacityOf: ({ total }) => total });
  const forRequested = { problem, pool: totalPool, market: new Market(rooms, book, "requested-resources") };
  const requested = serveLinesInTurns(forRequested, problem.requested, turns);
  const now = launched.map((count, position) => count + (rooms.boughtNow()[position] ?? 0));

  const freePool = makePool(problem, { nodes, launched: now, capacityOf: ({ free }) => free });
  for (const group of problem.groups) {
    const later = rooms.boughtLater()[group.position] ?? 0;
    if (later > 0) addNewNodes(freePool, group, { rank: nodeRank.later, count: later });
  }
  const waiting = serveWaitingInTurns({ problem, pool: freePool, market: new Market(rooms, book, "pending-demand") }, turns);
  return { rooms, book, freePool, totalPool, requested, ...waiting, heldForMinReplicas };
}

interface PoolMaking {
  readonly nodes: readonly NodeModel[];
  readonly launched: Float64Array;
  readonly capacityOf: (node: NodeModel) => NodeModel["free"];
}

/** The nodes come in the order in which alike ones are given work. */
function makePool(problem: Problem, { nodes, launched, capacityOf }: PoolMaking): NodePool {
  const pool = new NodePool(problem.reference);
  for (const node of nodes) {
    const { group, accelerator, labels, antiLabels } = node;
    const rank = rankOf(node);
    const kind = { rank, group, accelerator, labels, antiLabels, free: capacityOf(node), used: false };
    pool.add(kind, 1, rank === nodeRank.endable ? [node.id] : []);
  }
  for (const group of problem.groups) {
    const count = launched[group.position] ?? 0;
    if (count > 0) addNewNodes(pool, group, { rank: nodeRank.starting, count });
  }
  return pool;
}

function rankOf(node: NodeModel): NodeRank {
  if (node.head) return nodeRank.head;
  if (node.state === "starting") return nodeRank.starting;
  return isEndable(node) ? nodeRank.endable : nodeRank.staying;
}
