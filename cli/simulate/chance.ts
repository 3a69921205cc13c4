/** Numbers from 0 to 1 that look random and are the same for the same seed. */
export type Chance = () => number;

/** A source of its own for each purpose, so that one policy's choices do not change another one's luck. */
export function seededChance(seed: number, purpose: string): Chance {
  let state = seed >>> 0;
  for (const character of purpose) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Time until the next of events that come at random, `mean` apart. */
export function waitingTime(chance: Chance, mean: number): number {
  return -Math.log(1 - chance()) * mean;
}

/** From (included) to (not included), seconds. */
export interface Period {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Mean length of a time without capacity. Spot probes of 2022 and 2023 show medians from 20 to 45 minutes. */
const meanOutageSeconds = 1800;

/** Periods without capacity that come at random and take this share of the time. */
export function randomOutages(chance: Chance, { share, untilSeconds }: { share: number; untilSeconds: number }): readonly Period[] {
  const periods: Period[] = [];
  const meanGap = (meanOutageSeconds * (1 - share)) / share;
  for (let at = waitingTime(chance, meanGap); share > 0 && at < untilSeconds; ) {
    const toSeconds = at + waitingTime(chance, meanOutageSeconds);
    periods.push({ fromSeconds: at, toSeconds });
    at = toSeconds + waitingTime(chance, meanGap);
  }
  return periods;
}
