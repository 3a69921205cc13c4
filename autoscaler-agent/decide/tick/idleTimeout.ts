/** As long as a boot time or a price is not known, and what a stack file gets that says nothing, seconds. */
const UNTAUGHT_SECONDS = 300;

/** Worked-out time-outs stay between these, seconds. */
const SHORTEST_SECONDS = 30;
const LONGEST_SECONDS = 1800;

/**
 * What an hour of waiting work is held to be worth, USD. A node that is gone costs its own price while its successor boots, and somebody's time while work waits for
 * it; so a cheap node is kept for several of its boot times and a very dear one for little more than one.
 */
const WAITING_PER_HOUR_USD = 1;

/** Each regret makes the time-out so many times longer. */
const FACTOR_PER_REGRET = 1.5;

/** How long an idle node of a group is kept. */
export interface IdleTimeout {
  readonly seconds: number;
  /** A sentence; absent where it is simply what the stack file says. */
  readonly why?: string;
}

/** What a group's time-out follows from. */
export interface IdleTimeoutFacts {
  /** Seconds as the stack file says; `auto`: worked out from price and boot time. */
  readonly set: number | "auto";
  /** Seconds of the schedule that holds; it goes before `set`. */
  readonly scheduled: number | undefined;
  readonly pricePerHourUsd: number | undefined;
  /** How long a node usually takes to come; undefined: not known yet. */
  readonly bootSeconds: number | undefined;
  /** See `regretWeight`. */
  readonly regretWeight: number;
}

/**
 * How long an idle node is kept.
 *
 * Guarantees: with `auto`, between 30 s and 30 min, longer with longer boot times and shorter with higher prices; regrets only lengthen it, up to 30 min and never
 * what is longer already.
 */
export function idleTimeout(facts: IdleTimeoutFacts): IdleTimeout {
  const base = baseTimeout(facts);
  const longest = Math.max(base.seconds, LONGEST_SECONDS);
  const seconds = Math.min(longest, Math.round(base.seconds * FACTOR_PER_REGRET ** facts.regretWeight));
  if (seconds <= base.seconds) return base;
  const because = `It is ${seconds} s instead of ${base.seconds} s, because nodes were wanted back right after they had been ended.`;
  return { seconds, why: base.why === undefined ? because : `${base.why} ${because}` };
}

function baseTimeout({ set, scheduled, pricePerHourUsd, bootSeconds }: IdleTimeoutFacts): IdleTimeout {
  if (scheduled !== undefined) return { seconds: scheduled, why: `A schedule sets the time-out to ${scheduled} s.` };
  if (set !== "auto") return { seconds: set };
  if (bootSeconds === undefined || pricePerHourUsd === undefined || pricePerHourUsd === 0) {
    const unknown = bootSeconds === undefined ? "how long a node takes to come" : "what a node costs";
    return { seconds: UNTAUGHT_SECONDS, why: `The time-out is ${UNTAUGHT_SECONDS} s, because it is not known yet ${unknown}.` };
  }
  // Keeping it until that has cost as much as getting it back is never more than twice as dear as knowing the future.
  const breakEven = bootSeconds * (1 + WAITING_PER_HOUR_USD / pricePerHourUsd);
  const seconds = Math.round(Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, breakEven)));
  const price = `$${pricePerHourUsd.toFixed(2)} an hour`;
  const why = `A node costs ${price} and takes ${Math.round(bootSeconds)} s to come back; it is kept for ${seconds} s, while that costs less than getting it back.`;
  return { seconds, why };
}
