import type { Clock } from "../../autoscaler-agent/clock";

/** A clock that moves only when told to. Its wall clock can be set apart from its monotonic one. */
export class FakeClock implements Clock {
  #monotonicMs = 1_000_000;
  #offsetMs = 1_700_000_000_000;

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  epochMs(): number {
    return this.#monotonicMs + this.#offsetMs;
  }

  /** Sleeping is moving on. */
  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) {
      this.#monotonicMs += milliseconds;
    }
  }

  advance(seconds: number): void {
    this.#monotonicMs += seconds * 1000;
  }

  /** The wall clock jumps; time itself goes on. */
  jumpWallClock(seconds: number): void {
    this.#offsetMs += seconds * 1000;
  }
}
