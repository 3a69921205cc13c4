import type { GroupAssessment } from "./groups";
import type { Memory } from "./memory";

/** So many nodes may leave in a minute, whatever share of the workers they are. */
const FEW_NODES = 10;
/** Else so large a share of the workers. */
const SHARE = 0.1;
/** For so long nodes that left show whether they are missed, in milliseconds. An agent that has just started removes nothing either. */
const PROOF_MS = 60_000;
/** So long is remembered what left. */
const WINDOW_MS = 600_000;
/** When more than this share of what left in that time was wanted back, the bound holds for the whole of it. */
const REGRETTED_SHARE = 0.1;

/** Nodes that were asked to leave for having no work in one tick. */
export interface IdleRemovals {
  /** Monotonic milliseconds. */
  readonly atMs: number;
  readonly asked: number;
  /** Of these, those that Ray let go. */
  readonly left: number;
  /** Nodes that had left earlier and were bought again in this tick before new ones could have booted. */
  readonly regretted: number;
}

/** How many more nodes may leave now, and the sentence for those that may not. */
export interface IdleRemovalRoom {
  readonly room: number;
  readonly why: string;
}

/**
 * The bound on removals for being idle (S7): a wrong view of what is needed may cost a part of the cluster and not all of it, and many idle nodes must not be paid
 * for long.
 *
 * In any minute at most ten nodes or a tenth of the running workers leave, or twice as many as left in the minute before and are gone from Ray: each minute in which nobody
 * missed them doubles the pace. When more than a tenth of what left in ten minutes was wanted back, ten nodes or a tenth are all that leave in ten minutes.
 * Nothing leaves in an agent's first minute, so that one that dies and comes back again and again is bounded as well.
 */
export function idleRemovalRoom(memory: Memory, groups: readonly GroupAssessment[], nowMs: number): IdleRemovalRoom {
  const instances = groups.flatMap((group) => group.instances);
  const workers = instances.filter(({ phase }) => phase === "running").length;
  const first = Math.max(FEW_NODES, Math.ceil(SHARE * workers));
  if (nowMs - memory.startedMs < PROOF_MS) {
    return { room: 0, why: "the agent has just started and lets nothing go in its first minute" };
  }
  const ticks = recent(memory.idleRemovals, nowMs);
  const regretted = sum(ticks, "regretted");
  if (regretted > REGRETTED_SHARE * sum(ticks, "left")) {
    const why = `${regretted} nodes that left in the last 10 minutes were wanted back, so ${first} leave in 10 minutes and no more`;
    return { room: Math.max(0, first - sum(ticks, "asked")), why };
  }
  const lastMinute = ticks.filter(({ atMs }) => nowMs - atMs < PROOF_MS);
  const minuteBefore = ticks.filter(({ atMs }) => nowMs - atMs >= PROOF_MS && nowMs - atMs < 2 * PROOF_MS);
  const stillThere = instances.filter((known) => known.memory.drain !== undefined && known.node !== undefined).length;
  const bound = Math.max(first, 2 * Math.max(0, sum(minuteBefore, "left") - stillThere));
  return {
    room: Math.max(0, bound - sum(lastMinute, "asked")),
    why: `${bound} leave in a minute, and twice as many when nobody misses them`,
  };
}

/** What is remembered after a tick in which something left or was wanted back. */
export function afterIdleRemovals(before: readonly IdleRemovals[] | undefined, tick: IdleRemovals): readonly IdleRemovals[] | undefined {
  const kept = recent(before, tick.atMs);
  const all = tick.asked + tick.regretted === 0 ? kept : [...kept, tick];
  return all.length === 0 ? undefined : all;
}

function recent(ticks: readonly IdleRemovals[] | undefined, nowMs: number): readonly IdleRemovals[] {
  return (ticks ?? []).filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
}

function sum(ticks: readonly IdleRemovals[], of: "asked" | "left" | "regretted"): number {
  return ticks.reduce((total, tick) => total + tick[of], 0);
}
