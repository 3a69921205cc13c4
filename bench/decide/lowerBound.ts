import type { DecisionRequest } from "../../contract/decision";
import { type Item, type Offer, readPackingCase } from "./policies/work";

const mostRounds = 3000;
const leastRounds = 100;
/** Looks at one piece on one node type; a few seconds. */
const mostSteps = 3e7;
/** How sharply the cheapest node type counts alone, from the first round to the last. */
const blur = { first: 0.3, last: 0.002 };
const stride = 0.25;

/**
 * A cost per hour under which no nodes can hold the work of a request without nodes of its own: the price of every node type is split among its
 * resources, a piece then costs at least its cheapest share, and the split is improved step by step. Every split gives a true bound, the best one is
 * returned. Limits, gangs and whole nodes are left out, which can only lower it. Shares no code with the contestants' choosing.
 */
export function lowerBoundPerHourUsd(request: DecisionRequest): number {
  const { items, offers } = readPackingCase(request);
  const merged = mergeAlike(items);
  const priced = withoutDominated(
    offers.map((offer, position) => ({ ...offer, position })).filter(({ most }) => most > 0),
    merged,
  );
  const works = merged.flatMap(({ need, count, fitsGroup }) => {
    const shares = priced.flatMap(({ capacity, priceUsd, position }, offer) =>
      fitsGroup[position] === true
        ? [{ offer, usd: need.map((needed, i) => (needed > 0 ? (priceUsd * needed) / (capacity[i] ?? 1) : 0)) }]
        : [],
    );
    return shares.length === 0 ? [] : [{ count, shares }];
  });
  const splits = priced.map(({ capacity }) => evenSplit(capacity));
  let best = 0;
  const size = works.reduce((sum, { shares }) => sum + shares.length, 0);
  const rounds = Math.max(leastRounds, Math.min(mostRounds, Math.floor(mostSteps / (size + 1))));
  for (let round = 0; round < rounds; round += 1) {
    const softness = blur.first * (blur.last / blur.first) ** (round / rounds);
    const { bound, gradients } = lookAt(works, splits, softness);
    best = Math.max(best, bound);
    for (const [offer, split] of splits.entries()) improve(split, gradients[offer] ?? [], stride / Math.sqrt(1 + round / 100));
  }
  return best;
}

interface PricedOffer extends Offer {
  readonly position: number;
}

function mergeAlike(items: readonly Item[]): Pick<Item, "need" | "count" | "fitsGroup">[] {
  const byKey = new Map<string, Pick<Item, "need" | "count" | "fitsGroup">>();
  for (const { need, count, fitsGroup } of items) {
    const key = `${need.join()} ${fitsGroup.map(Number).join("")}`;
    byKey.set(key, { need, fitsGroup, count: count + (byKey.get(key)?.count ?? 0) });
  }
  return [...byKey.values()];
}

/** Without whole nodes, a node type is of no use when another has more of everything for its price and can hold all that it can. */
function withoutDominated(offers: readonly PricedOffer[], items: readonly Pick<Item, "fitsGroup">[]): PricedOffer[] {
  const kept: PricedOffer[] = [];
  for (const offer of [...offers].sort((one, other) => perUsd(other) - perUsd(one))) {
    const isDominated = kept.some(
      (better) =>
        offer.capacity.every((amount, i) => amount * better.priceUsd <= (better.capacity[i] ?? 0) * offer.priceUsd) &&
        items.every(({ fitsGroup }) => fitsGroup[offer.position] !== true || fitsGroup[better.position] === true),
    );
    if (!isDominated) kept.push(offer);
  }
  return kept;
}

/** A node type that dominates another one has more of this. */
function perUsd({ capacity, priceUsd }: Offer): number {
  return capacity.reduce((sum, amount) => sum + Math.log1p(amount / Math.max(1e-9, priceUsd)), 0);
}

interface PricedWork {
  readonly count: number;
  readonly shares: readonly { readonly offer: number; readonly usd: readonly number[] }[];
}

function evenSplit(capacity: readonly number[]): number[] {
  const kinds = capacity.filter((amount) => amount > 0).length;
  return capacity.map((amount) => (amount > 0 ? 1 / kinds : 0));
}

function lookAt(
  works: readonly PricedWork[],
  splits: readonly (readonly number[])[],
  softness: number,
): { bound: number; gradients: number[][] } {
  const gradients = splits.map((split) => split.map(() => 0));
  let bound = 0;
  for (const { count, shares } of works) {
    const costs = shares.map(({ offer, usd }) => usd.reduce((sum, share, i) => sum + share * (splits[offer]?.[i] ?? 0), 0));
    const least = Math.min(...costs);
    bound += count * least;
    const weights = costs.map((cost) => Math.exp(-(cost - least) / (softness * least + 1e-300)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    shares.forEach(({ offer, usd }, at) => {
      const weight = ((weights[at] ?? 0) / sum) * count;
      if (weight < 1e-9 * count) return;
      const gradient = gradients[offer] ?? [];
      for (let i = 0; i < usd.length; i += 1) gradient[i] = (gradient[i] ?? 0) + weight * (usd[i] ?? 0);
    });
  }
  return { bound, gradients };
}

/** One step of mirror ascent on the simplex, in place. */
function improve(split: number[], gradient: readonly number[], step: number): void {
  const largest = Math.max(...gradient);
  if (largest <= 0) return;
  let sum = 0;
  for (let i = 0; i < split.length; i += 1) {
    split[i] = (split[i] ?? 0) * Math.exp((step * (gradient[i] ?? 0)) / largest);
    // Nothing may vanish for ever: later rounds can need it again.
    if ((split[i] ?? 0) > 0) split[i] = Math.max(1e-9, split[i] ?? 0);
    sum += split[i] ?? 0;
  }
  for (let i = 0; i < split.length; i += 1) split[i] = (split[i] ?? 0) / sum;
}
