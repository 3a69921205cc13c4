import type { InstanceAssessment } from "./instances";

/** From so many boot times on they say how long a boot may take. */
const BOOT_TIMES_TO_TRUST = 5;
/** A machine may take so many times as long as the slowest of them. */
const SLOWEST_TIMES = 4;
/** Less is never asked for, in seconds. */
const LEAST_DEADLINE_SECONDS = 120;

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

/**
 * How long a machine of the group may take from launch to node, seconds: as configured, and less once the group's own boot times are known. After a machine that failed
 * it is what is configured again, so that a group whose boots became slow is not ended over and over.
 *
 * @param configuredSeconds the group's `bootDeadlineSeconds`: never more than that.
 */
export function learnedBootDeadline(
  configuredSeconds: number,
  { bootSeconds, bootFailures }: { readonly bootSeconds: readonly number[]; readonly bootFailures: number },
): number {
  if (bootFailures > 0 || bootSeconds.length < BOOT_TIMES_TO_TRUST) return configuredSeconds;
  return Math.min(configuredSeconds, Math.max(LEAST_DEADLINE_SECONDS, Math.ceil(SLOWEST_TIMES * Math.max(...bootSeconds))));
}
