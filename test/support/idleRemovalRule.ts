/** S7 worked out apart from the agent: how many nodes may be asked to leave for being idle. Times in milliseconds. */
export class IdleRemovalRule {
  readonly #startedMs: number;
  #asked: readonly { readonly atMs: number; readonly isGone: boolean }[] = [];

  /** @param startedMs when the agent started. */
  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  /** One more is asked at `calledMs`, on a look at Ray from `atMs`, when the minutes are counted. What is wrong with that; undefined: nothing. */
  ask(atMs: number, { workers, isGone, calledMs }: { workers: number; isGone: boolean; calledMs: number }): string | undefined {
    this.#asked = [...this.#asked.filter((one) => atMs - one.atMs < 120_000), { atMs, isGone }];
    if (calledMs - this.#startedMs < 60_000) return "S7: an idle node is asked to leave in the first minute of the agent";
    const within = (from: number, to: number) => this.#asked.filter((one) => atMs - one.atMs >= from && atMs - one.atMs < to);
    const before = within(60_000, 120_000).filter((one) => one.isGone).length;
    const most = Math.max(10, Math.ceil(workers / 10), 2 * before);
    const now = within(0, 60_000).length;
    return now > most
      ? `S7: ${now} idle nodes are asked to leave in a minute, of ${workers} and after ${before} in the minute before`
      : undefined;
  }
}
