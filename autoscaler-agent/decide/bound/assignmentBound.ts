import type { BoundProblem, NodePrices, WorkPrices } from "./boundProblem";
import { InteriorPoint } from "./interiorPoint";

/** Steps of the search at most; about 15 are usual. */
const mostSteps = 40;

/** The search ends when the bound is so close to what fractions of nodes cost. */
const closeEnough = 5e-4;

/**
 * Prices of the parts of nodes, one entry per source, that make the bound of `workPrices` about as high as it can be: the dual of the linear program
 * that gives fractions of the work to the cheapest fractions of nodes.
 */
export function assignmentPrices(problem: BoundProblem): readonly NodePrices[] {
  const search = new InteriorPoint(problem);
  let best = search.nodePrices();
  let bestUsd = workPrices(problem, best).boundUsd;
  for (let step = 0; step < mostSteps && search.advance(); step += 1) {
    const prices = search.nodePrices();
    const { boundUsd } = workPrices(problem, prices);
    if (boundUsd > bestUsd) [best, bestUsd] = [prices, boundUsd];
    if (bestUsd >= (1 - closeEnough) * search.costUsd()) break;
  }
  return best;
}

/** A problem of which each source is looked at once, one after the other. */
export interface PricedProblem extends Omit<BoundProblem, "sources"> {
  readonly sources: Iterable<BoundProblem["sources"][number]>;
}

/**
 * What work is worth at these prices of nodes: a piece is worth the least that any node asks for it. The sum of what all pieces are worth, less what
 * the nodes are worth that are paid, is a bound, whatever the prices are; a search that ends early does no harm.
 */
export function workPrices({ counts, sources, resources }: PricedProblem, nodePrices: readonly NodePrices[]): WorkPrices {
  const worths = new Float64Array(counts.length).fill(Number.POSITIVE_INFINITY);
  let boundUsd = 0;
  let position = 0;
  for (const { priceUsd, fits, shares } of sources) {
    const asked = nodePrices[position];
    position += 1;
    if (asked === undefined) continue;
    const sum = asked.resources.reduce((total, usd) => total + usd, 0) + asked.roomsUsd;
    // What is shared out must be the price, whatever the search made of it. A node that is paid may be worth anything, and is taken off the bound.
    const scale = priceUsd === undefined ? 1 : priceUsd / sum;
    if (priceUsd === undefined) boundUsd -= sum;
    for (let item = 0; item < counts.length; item += 1) {
      const fit = fits[item] ?? 0;
      if (fit === 0) continue;
      let usd = (asked.rooms[item] ?? 0) / fit;
      for (let i = 0; i < resources; i += 1) usd += (asked.resources[i] ?? 0) * (shares[item * resources + i] ?? 0);
      worths[item] = Math.min(worths[item] ?? 0, usd * scale);
    }
  }
  for (let item = 0; item < counts.length; item += 1) boundUsd += (counts[item] ?? 0) * (worths[item] ?? 0);
  return Number.isFinite(boundUsd) ? { boundUsd, worths } : { boundUsd: 0, worths: worths.fill(0) };
}
