/** Time as the agent sees it. Injected, so that a test can run a day in a second. */
export interface Clock {
  /** Never jumps, in milliseconds from an arbitrary start. Every duration is measured with it. */
  monotonicMs(): number;
  /** Wall clock, epoch milliseconds. Only for time stamps that others wrote or will read. */
  epochMs(): number;
  /** Waits; resolves early, without error, when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
