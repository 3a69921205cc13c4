import type { BackendError } from "../../autoscaler-agent/nodeGroups/backend";
import type { RuleLedger } from "./ruleLedger";

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 1_800_000;
/** Half of 2 s, doubled with each throttled tick in a row, half of a minute at most: waits are spread over their second half. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** A group at one moment. */
export interface GroupPast {
  readonly atMs: number;
  /** Machines that it has ever had. */
  readonly launched: number;
  /** Launches of it that ever failed. */
  readonly failed: number;
}

/** What a group was refused. Times are monotonic milliseconds. */
interface Refusals {
  readonly inARow: number;
  readonly notBeforeMs: number;
}

/** S8 worked out apart from the agent: when a group may be asked to grow again, and when the cloud may be called again. One agent's. */
export class RefusalRules {
  readonly #ledger: RuleLedger;
  readonly #asked = new Map<string, GroupPast>();
  readonly #refused = new Map<string, Refusals>();
  #throttledInARow = 0;
  #callNotBeforeMs = Number.NEGATIVE_INFINITY;
  #throttledNow = false;
  #calledNow = false;

  constructor(ledger: RuleLedger) {
    this.#ledger = ledger;
  }

  /** A call to the cloud begins. */
  called(nowMs: number): void {
    this.#calledNow = true;
    if (this.#throttledInARow === 0) return;
    this.#ledger.demand(
      "S8",
      nowMs >= this.#callNotBeforeMs,
      `the cloud is called ${this.#callNotBeforeMs - nowMs} ms too early after it throttled`,
    );
  }

  answered(error: BackendError | undefined): void {
    this.#throttledNow ||= error?.code === "throttled";
  }

  /** The group is asked to grow. */
  grows(groupName: string, now: GroupPast): void {
    const before = this.#asked.get(groupName);
    if (before !== undefined && now.launched > before.launched) this.#refused.delete(groupName);
    const { notBeforeMs = Number.NEGATIVE_INFINITY, inARow = 0 } = this.#refused.get(groupName) ?? {};
    const early = Math.round((notBeforeMs - now.atMs) / 1000);
    this.#ledger.demand("S8", early <= 0, `${groupName} is asked to grow ${early} s too early after ${inARow} refusals`);
    this.#asked.set(groupName, now);
  }

  /** The agent is told of failed launches of the group, which has one zone. */
  told(groupName: string, now: GroupPast): void {
    const asked = this.#asked.get(groupName);
    if (asked === undefined || now.launched > asked.launched || now.failed === asked.failed) return;
    const { inARow = 0, notBeforeMs = Number.NEGATIVE_INFINITY } = this.#refused.get(groupName) ?? {};
    // Once for each time that it was asked.
    if (asked.atMs < notBeforeMs) return;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** inARow);
    this.#refused.set(groupName, { inARow: inARow + 1, notBeforeMs: now.atMs + pauseMs });
  }

  endTick(nowMs: number): void {
    if (this.#throttledNow) {
      this.#callNotBeforeMs = nowMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#throttledInARow);
      this.#throttledInARow += 1;
    } else if (this.#calledNow) {
      this.#throttledInARow = 0;
    }
    this.#throttledNow = false;
    this.#calledNow = false;
  }
}
