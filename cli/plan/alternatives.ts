import type { DecisionGroup, DecisionRequest, Demand } from "../../contract/decision";
import { labelsOf, matchesSelectors, ResourceSpace, timesFitting } from "../simulate/resourceSpace";

/** How a group stands to a shape. */
export type Standing =
  | {
      readonly groupName: string;
      /** On one empty node; `null`: any number. */
      readonly fitsPerNode: number | null;
      /** Of one piece on a node that holds nothing else; absent: the price is not known, or it costs nothing. */
      readonly pricePerPieceUsd?: number;
    }
  | {
      readonly groupName: string;
      /** What it lacks: `GPU 0 of 1`, or that its labels do not match. */
      readonly lacks: readonly string[];
    };

/** A shape that is asked for, and what each group offers for it: the cheapest per piece first, those that cannot hold it last. */
export interface Alternatives {
  readonly shape: Demand["shape"];
  readonly selectors?: Demand["selectors"];
  readonly count: number;
  readonly groups: readonly Standing[];
}

/** Every different shape of demands, gangs and requested resources, in order of first mention. */
export function alternativesOf({ groups, demands, gangs, requested }: DecisionRequest): readonly Alternatives[] {
  const bundles = gangs.flatMap((gang) => gang.bundles.map(({ shape, count = 1, selectors }) => ({ shape, count, selectors })));
  const wishes = new Map<string, { shape: Demand["shape"]; selectors: Demand["selectors"]; count: number }>();
  for (const { shape, count, selectors } of [...demands, ...bundles, ...requested]) {
    const key = JSON.stringify([Object.entries(shape).sort(), selectors ?? []]);
    const known = wishes.get(key);
    if (known === undefined) wishes.set(key, { shape, selectors, count });
    else known.count += count;
  }
  return [...wishes.values()].map(({ shape, selectors, count }) => ({
    shape,
    ...(selectors === undefined ? {} : { selectors }),
    count,
    groups: groups.map((group) => standing(group, { shape, selectors })).sort(bestFirst),
  }));
}

function standing(group: DecisionGroup, { shape, selectors }: Pick<Demand, "shape"> & { selectors: Demand["selectors"] }): Standing {
  const { groupName, resources, pricePerHourUsd } = group;
  const space = new ResourceSpace([resources, shape]);
  const lacks = Object.entries(shape).flatMap(([name, wanted]) => {
    const one = { [name]: wanted };
    return timesFitting(space.offered(resources), space.wanted(one)) > 0 ? [] : [`${name} ${resources[name] ?? 0} of ${wanted}`];
  });
  if (!matchesSelectors(labelsOf(group), selectors)) lacks.push("labels");
  if (group.maxReplicas === 0) lacks.push("maxReplicas 0");
  if (lacks.length > 0) return { groupName, lacks };
  const fits = timesFitting(space.offered(resources), space.wanted(shape));
  if (!Number.isFinite(fits)) return { groupName, fitsPerNode: null };
  return { groupName, fitsPerNode: fits, ...(pricePerHourUsd === undefined ? {} : { pricePerPieceUsd: pricePerHourUsd / fits }) };
}

function bestFirst(one: Standing, other: Standing): number {
  const rank = (standing: Standing) => ("lacks" in standing ? Number.MAX_VALUE : (standing.pricePerPieceUsd ?? Number.MAX_SAFE_INTEGER));
  return rank(one) - rank(other);
}
