import type { RayNode, Resources } from "../ray/rayControl";

/**
 * Ray collects what waits and what runs from its nodes one by one, about once a second: the two are up to so far apart, and work that has just
 * started on one node may still be listed as waiting by another. In milliseconds, with room for a slow answer.
 */
const COLLECTION_LAG_MS = 1_500;

/** What a node had free when it was looked at. */
export interface FreeLook {
  readonly atMs: number;
  readonly free: Resources;
}

/** Adds this look. Kept are those within the lag, and the one before whatever its age; a node that has just joined was free as a whole. */
export function addFreeLook(looks: readonly FreeLook[] | undefined, node: RayNode, nowMs: number): readonly FreeLook[] {
  const before = looks ?? [{ atMs: nowMs, free: node.total }];
  const recent = before.filter((look) => nowMs - look.atMs <= COLLECTION_LAG_MS);
  return [...(recent.length > 0 ? recent : before.slice(-1)), { atMs: nowMs, free: node.available }];
}

/**
 * What the node may have had free when the waiting work was counted: the most of each resource in the kept looks.
 *
 * Counting it so buys nothing for work that runs already; work that really waits shows a shortage in the next look, too, and is bought for then.
 */
export function freeWhenCounted(looks: readonly FreeLook[]): Record<string, number> {
  const most: Record<string, number> = {};
  for (const { free } of looks) {
    for (const [name, amount] of Object.entries(free)) {
      most[name] = Math.max(most[name] ?? 0, amount);
    }
  }
  return most;
}
