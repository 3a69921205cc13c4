import type { Clock } from "./clock";

/**
 * When something was read, by both clocks: the monotonic one stands still while the machine is suspended, the wall clock may be set. What is older by
 * either of them is not believed.
 */
export interface Moment {
  readonly monotonicMs: number;
  readonly epochMs: number;
}

/** Now. */
export function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), epochMs: clock.epochMs() };
}

/** Milliseconds since then, by the clock that says more. A wall clock that was set ahead makes a read look old, which costs one more read. */
export function agoMs(clock: Clock, { monotonicMs, epochMs }: Moment): number {
  return Math.max(clock.monotonicMs() - monotonicMs, clock.epochMs() - epochMs);
}
