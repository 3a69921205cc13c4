import type { DecisionRequest } from "../../../contract/decision";
import type { Plan } from "../plan";
import { allowsAll, type Bin, copyOf, hostOf, type Item, type Offer, OutOfTime, placeFirstFit, readPackingCase } from "./work";

/** What a piece is worth for the comparison of node types, in USD per CPU, GiB and GPU: only their proportions count. */
const worthUsd: Readonly<Record<string, number>> = { CPU: 0.033 / 10_000, memory: 0.0045 / 2 ** 30, GPU: 0.7 / 10_000 };

/**
 * As Cluster Autoscaler does with its price expander: first-fit decreasing of everything that waits on each single node type; the type that costs
 * least for what it holds is bought, for all that it can hold; again for what is left. Here all turns are one decision.
 *
 * @throws OutOfTime
 */
export function clusterAutoscalerLike(request: DecisionRequest, { isLate }: { isLate: () => boolean }): Plan {
  const { resources, offers, items: given, standing } = readPackingCase(request);
  const worth = (item: Item) => item.need.reduce((sum, needed, i) => sum + needed * (worthUsd[resources[i] ?? ""] ?? 0), 0);
  const bins = standing.map(copyOf);
  let items = [...given]
    .sort((one, other) => worth(other) - worth(one))
    .map((item) => ({ ...item, count: placeFirstFit(bins, item, { accepts: ({ labels }) => allowsAll(labels, item.selectorLists) }) }))
    .filter(({ count }) => count > 0);
  const bought: Bin[] = [];
  while (items.length > 0) {
    let best: Trial | undefined;
    for (const [position, offer] of offers.entries()) {
      if (isLate()) throw new OutOfTime();
      const trial = packOn(
        offer,
        items.filter(({ fitsGroup }) => fitsGroup[position] === true),
        worth,
      );
      if (trial.worth > 0 && (best === undefined || trial.usdPerWorth < best.usdPerWorth)) best = trial;
    }
    if (best === undefined) break;
    const { left } = best;
    bought.push(...best.bins);
    items = items.map((item) => ({ ...item, count: left.get(item.piece) ?? item.count })).filter(({ count }) => count > 0);
  }
  return { hosts: [...bins.filter(({ contents }) => contents.size > 0), ...bought].map(hostOf) };
}

interface Trial {
  readonly bins: readonly Bin[];
  readonly left: ReadonlyMap<Item["piece"], number>;
  readonly worth: number;
  readonly usdPerWorth: number;
}

function packOn(offer: Offer, items: readonly Item[], worthOf: (item: Item) => number): Trial {
  const bins: Bin[] = [];
  const left = new Map<Item["piece"], number>();
  let [nodes, worth] = [0, 0];
  for (const item of items) {
    let waiting = placeFirstFit(bins, item, { accepts: () => true });
    while (waiting > 0 && nodes < offer.most) {
      const empty: Bin = {
        groupName: offer.groupName,
        labels: {},
        count: offer.most - nodes,
        free: [...offer.capacity],
        contents: new Map(),
      };
      const fresh = [empty];
      waiting = placeFirstFit(fresh, { ...item, count: waiting }, { accepts: () => true });
      const used = fresh.filter(({ contents }) => contents.size > 0).map((bin) => withOriginal(bin, item));
      nodes += used.reduce((sum, { count }) => sum + count, 0);
      bins.push(...used);
    }
    left.set(item.piece, waiting);
    worth += worthOf(item) * (item.count - waiting);
  }
  return { bins, left, worth, usdPerWorth: (nodes * offer.priceUsd) / worth };
}

/** The work under the item that the caller knows. */
function withOriginal(bin: Bin, item: Item): Bin {
  return { ...bin, contents: new Map([...bin.contents.values()].map((times) => [item, times])) };
}
