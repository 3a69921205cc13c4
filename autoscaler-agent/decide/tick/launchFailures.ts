import type { LaunchFailure } from "../../nodeGroups/backend";

/** The cloud's time stamps are whole seconds, in milliseconds. */
const STAMP_MS = 1000;

/** What the cloud says of failed launches of a group that waits for machines. */
export interface FailureLook {
  /** Newest first; empty also when it was not asked, or did not say. */
  readonly listed: readonly LaunchFailure[];
  /** Failures up to here belong to an earlier wait, in epoch milliseconds of the cloud's clock; undefined: none was ever listed. */
  readonly knownToMs: number | undefined;
  /** When the wait began, in epoch milliseconds of the agent's own clock. */
  readonly waitEpochMs: number;
}

/**
 * The failures that belong to this wait, newest first.
 *
 * Time stamps of the cloud are compared with one another, because the agent's clock may be hours off; with its own clock only as long as there is nothing else.
 */
export function failuresOfWait({ listed, knownToMs, waitEpochMs }: FailureLook): readonly LaunchFailure[] {
  return listed.filter(({ atMs }) => (knownToMs === undefined ? atMs >= waitEpochMs - STAMP_MS : atMs > knownToMs));
}

/** `knownToMs` after a look in the middle of a wait, or of a pause: everything listed is known. */
export function knownAfterLook({ listed, knownToMs }: Pick<FailureLook, "listed" | "knownToMs">): number | undefined {
  return newest(listed, knownToMs);
}

/** `knownToMs` after the look with which a wait begins: what is listed as older than the wait is not its own. A failure just now may be. */
export function knownAtBegin({ listed, knownToMs, waitEpochMs }: FailureLook): number | undefined {
  return newest(
    listed.filter(({ atMs }) => atMs < waitEpochMs - STAMP_MS),
    knownToMs,
  );
}

function newest(failures: readonly LaunchFailure[], knownToMs: number | undefined): number | undefined {
  const times = [...failures.map(({ atMs }) => atMs), ...(knownToMs === undefined ? [] : [knownToMs])];
  return times.length === 0 ? undefined : Math.max(...times);
}
