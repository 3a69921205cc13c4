import type { FaultCounts } from "./faultKinds";

/** Counts what the proxies saw and did. */
export class Tally {
  readonly #injected = new Map<string, number>();
  readonly #calls = new Map<string, number>();

  /** A fault came to pass. */
  injected(name: string): void {
    this.#injected.set(name, (this.#injected.get(name) ?? 0) + 1);
  }

  /** A call passed by. */
  call(action: string): void {
    this.#calls.set(action, (this.#calls.get(action) ?? 0) + 1);
  }

  counts(): FaultCounts {
    return { injected: Object.fromEntries(this.#injected), calls: Object.fromEntries(this.#calls) };
  }
}
