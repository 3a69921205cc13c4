/** Sums that are looked at. With more, the next one is hardly above the bound. */
const mostLooks = 5_000;

/** Sums that differ by less, in proportion to themselves or to the least price, are equal. */
const nearlyEqual = 1e-9;

/**
 * The least sum of whole nodes at these prices that is not under the bound: nobody can pay anything between the two.
 * The bound itself when there are too many sums to look at, or no price above 0.
 */
export function leastSumFrom(prices: readonly number[], bound: number): number {
  const distinct = [...new Set(prices.filter((price) => price > 0))].sort((one, other) => other - one);
  const last = distinct.length - 1;
  if (last < 0) return bound;
  // Where nothing more is needed the bound is often not 0 but a rounding error, which must not be raised to a whole node.
  const target = bound - nearlyEqual * Math.max(bound, distinct[last] ?? 0);
  if (target <= 0) return 0;
  let best = Number.POSITIVE_INFINITY;
  let looks = 0;
  const look = (at: number, sum: number): void => {
    const price = distinct[at] ?? 0;
    const enough = Math.max(0, Math.ceil((target - sum) / price));
    looks += 1;
    best = Math.min(best, sum + enough * price);
    if (at === last) return;
    for (let count = 0; count < enough && looks <= mostLooks; count += 1) look(at + 1, sum + count * price);
  };
  look(0, 0);
  return looks > mostLooks ? bound : Math.max(bound, best);
}
