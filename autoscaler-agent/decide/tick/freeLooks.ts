import type { RayNode, Resources } from "../../ray/rayControl";

/**
 * How long work that has been given its place may still be listed as waiting, in milliseconds. Ray takes a task's resources from the node first and starts a
 * Python process for it then; until that runs the task counts as waiting, though its resources are taken. Seconds on a machine of its own, several times that
 * where many processes start at once.
 */
const WORKER_START_MS = 15_000;

/** What a node had free when it was looked at. */
export interface FreeLook {
  readonly atMs: number;
  readonly free: Resources;
}

/** Adds this look to those before. Kept are the looks of the last seconds, and the one before them whatever its age. */
export function addFreeLook(looks: readonly FreeLook[], node: RayNode, nowMs: number): readonly FreeLook[] {
  const recent = looks.filter((look) => nowMs - look.atMs <= WORKER_START_MS);
  return [...(recent.length > 0 ? recent : looks.slice(-1)), { atMs: nowMs, free: node.available }];
}

/**
 * What of a node the waiting work that is listed now may already have: the most that it had free of each resource in the kept looks.
 *
 * Counting it as free buys nothing for work that has its place already. Work that really waits still shows a shortage when the looks have passed, and is
 * bought for then.
 */
export function freeWhenCounted(looks: readonly FreeLook[]): Record<string, number> {
  // A map, because a resource may be called "constructor".
  const most = new Map<string, number>();
  for (const { free } of looks) {
    for (const [name, amount] of Object.entries(free)) {
      most.set(name, Math.max(most.get(name) ?? 0, amount));
    }
  }
  return Object.fromEntries(most);
}
