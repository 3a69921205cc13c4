import { type Pause, readPause } from "../contract/pause";
import type { Clock } from "./clock";

/** A stop should be felt at once; a read every tick would be many. */
const REFRESH_MS = 5_000;

/** The kill switch as far as it is known. */
export interface KillSwitch {
  /** The pause that holds now; absent: none. */
  readonly pause?: Pause;
  /** Why the switch could not be read last; absent: it could. */
  readonly problem?: string;
}

/** What the switch is read from. */
export interface PauseSourceOptions {
  /** The text of the switch, or undefined when there is none, with a deadline of its own. */
  readonly fetch: (clusterName: string, signal: AbortSignal) => Promise<string | undefined>;
  readonly clock: Clock;
}

/**
 * The kill switch, read again every 5 seconds. While it cannot be read it stays as it was last: a pause does not end because the network does, and one
 * that nobody has ever seen does not begin.
 */
export class PauseSource {
  readonly #options: PauseSourceOptions;
  #text: string | undefined;
  #problem: string | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(options: PauseSourceOptions) {
    this.#options = options;
  }

  /** The switch now. Throws only the signal's reason. */
  async current(clusterName: string, signal: AbortSignal): Promise<KillSwitch> {
    const { clock, fetch } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#readMs >= REFRESH_MS) {
      this.#readMs = nowMs;
      try {
        this.#text = await fetch(clusterName, signal);
        this.#problem = undefined;
      } catch (thrown) {
        signal.throwIfAborted();
        this.#problem = thrown instanceof Error ? thrown.message : String(thrown);
      }
    }
    const pause = this.#text === undefined ? undefined : readPause(this.#text, clock.epochMs());
    return { ...(pause === undefined ? {} : { pause }), ...(this.#problem === undefined ? {} : { problem: this.#problem }) };
  }
}
