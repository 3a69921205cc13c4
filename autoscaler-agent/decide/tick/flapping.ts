/** A group that turned from shrinking to growing so often in so long a time, in milliseconds, is flapping. */
const MOST_TURNS = 5;
const WINDOW_MS = 600_000;

/** How a group's size has moved. */
export interface Turns {
  /** Its last move made it smaller. */
  readonly isShrinking: boolean;
  /** When it grew after it had shrunk, monotonic milliseconds, oldest first, of the last ten minutes. */
  readonly turnedMs: readonly number[];
}

const noTurns: Turns = { isShrinking: false, turnedMs: [] };

/** The moves after one more. */
export function afterMove(turns: Turns = noTurns, move: "grown" | "shrunk", nowMs: number): Turns {
  const recent = turns.turnedMs.filter((turnedMs) => nowMs - turnedMs < WINDOW_MS);
  const turned = move === "grown" && turns.isShrinking;
  return { isShrinking: move === "shrunk", turnedMs: turned ? [...recent, nowMs] : recent };
}

/**
 * True while the group flaps: what it lets go it buys again, over and over, faster than anybody's work could want. It then keeps what it has, which costs idle machines and no
 * work, until the oldest of the turns is ten minutes old.
 */
export function isFlapping(turns: Turns | undefined, nowMs: number): boolean {
  return (turns?.turnedMs ?? []).filter((turnedMs) => nowMs - turnedMs < WINDOW_MS).length >= MOST_TURNS;
}
