import type { InstanceAssessment } from "./instances";

/** So many boot times are remembered of a group: enough for a middle one that no single machine moves, few enough to follow a change. */
const BOOT_TIMES_KEPT = 15;

/**
 * The boot times of a group, in seconds, newest last, with those of the machines that joined in this tick.
 *
 * Not counted is what says nothing about booting: machines whose launch is not known, those that were launched before the head came up and so had to wait for it, and
 * those that took longer than they may.
 */
export function learnBootTimes(
  known: readonly number[],
  instances: readonly InstanceAssessment[],
  tick: { readonly nowMs: number; readonly headAliveSinceMs: number; readonly bootDeadlineSeconds: number },
): readonly number[] {
  const joined = instances
    .filter(({ memory }) => memory.joinedMs === tick.nowMs && memory.launchTimeKnown && memory.startedMs >= tick.headAliveSinceMs)
    .map(({ memory }) => (tick.nowMs - memory.startedMs) / 1000)
    .filter((seconds) => seconds <= tick.bootDeadlineSeconds);
  return [...known, ...joined].slice(-BOOT_TIMES_KEPT);
}

/** The middle one of the remembered boot times, seconds; undefined: none is known yet. */
export function usualBootSeconds(known: readonly number[]): number | undefined {
  const sorted = [...known].sort((one, other) => one - other);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
