import type { NodeId } from "../../ray/nodeId";
import type { RayNode } from "../../ray/rayControl";

/**
 * A node that leaves sooner than this after joining never really came up. Where a firewall stops the head's health checks, Ray calls a node dead 15 s (refused) to
 * some 70 s (dropped) after it joined.
 */
export const STABLE_AFTER_MS = 90_000;

/** So many lives in a row that ended so soon are no accident. */
const SHORT_LIVES_TO_END = 3;

/** How the node of a machine has stayed in Ray. Times are monotonic milliseconds. */
export interface NodeStay {
  /** The node that is in Ray now, and since when without a gap; absent: none. */
  readonly life?: { readonly nodeId: NodeId; readonly sinceMs: number; readonly draining: boolean };
  /** How often in a row it was lost soon after it joined; absent: never. */
  readonly shortLives?: number;
  /** When it had first stayed long enough to count as one that came up; absent: not yet. */
  readonly stableMs?: number;
}

interface Look {
  readonly node: RayNode | undefined;
  readonly rayComplete: boolean;
  readonly headAliveSinceMs: number;
  readonly nowMs: number;
}

/** The stay after one more look. While Ray cannot be seen as a whole nothing is concluded; what left with its head, or was drained, was not lost. */
export function stayAfter(before: NodeStay, { node, rayComplete, headAliveSinceMs, nowMs }: Look): NodeStay {
  if (!rayComplete) return before;
  const { life, stableMs } = before;
  const goesOn = life !== undefined && node?.nodeId === life.nodeId;
  const lost = life !== undefined && !goesOn && !life.draining && life.sinceMs >= headAliveSinceMs;
  const shortLives = (before.shortLives ?? 0) + (lost && nowMs - life.sinceMs < STABLE_AFTER_MS ? 1 : 0);
  if (node === undefined) return stay({ shortLives, stableMs });
  const sinceMs = goesOn ? life.sinceMs : nowMs;
  const stable = nowMs - sinceMs >= STABLE_AFTER_MS;
  return {
    ...stay({ shortLives: stable ? 0 : shortLives, stableMs: stable ? (stableMs ?? nowMs) : stableMs }),
    life: { nodeId: node.nodeId, sinceMs, draining: node.status === "draining" },
  };
}

/** How long a machine's first node was in Ray before it was missing, in milliseconds; undefined: it never came, or is not missing. */
export function livedMs({
  joinedMs,
  missingSinceMs,
}: {
  readonly joinedMs?: number;
  readonly missingSinceMs?: number;
}): number | undefined {
  return joinedMs === undefined || missingSinceMs === undefined ? undefined : missingSinceMs - joinedMs;
}

/** True for a machine whose node comes and goes again and again: what Ray runs on it is lost each time. */
export function comesAndGoes({ shortLives = 0 }: NodeStay): boolean {
  return shortLives >= SHORT_LIVES_TO_END;
}

/** True while the node is in Ray and has been lost never, or not since it last stayed. */
export function isProven({ life, shortLives, stableMs }: NodeStay): boolean {
  return life !== undefined && shortLives === undefined && stableMs !== undefined;
}

function stay({ shortLives, stableMs }: { shortLives: number; stableMs: number | undefined }): NodeStay {
  return { ...(shortLives === 0 ? {} : { shortLives }), ...(stableMs === undefined ? {} : { stableMs }) };
}
