const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

/** When the cloud may be called again after it asked for fewer calls. */
export interface Pace {
  readonly refusalsInARow: number;
  readonly notBeforeMs: number;
}

export const unhurried: Pace = { refusalsInARow: 0, notBeforeMs: 0 };

/**
 * The pace after a tick that called the cloud. Waits double from 2 to 60 seconds with each throttled tick in a row and are spread by `random` (0 to 1) over their second half,
 * so that the agents of several clusters do not come back at the same moment. One good tick ends it.
 */
export function nextPace(pace: Pace, tick: { throttled: boolean; nowMs: number; random: number }): Pace {
  if (!tick.throttled) return unhurried;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** pace.refusalsInARow);
  return { refusalsInARow: pace.refusalsInARow + 1, notBeforeMs: tick.nowMs + longest * (0.5 + tick.random / 2) };
}
