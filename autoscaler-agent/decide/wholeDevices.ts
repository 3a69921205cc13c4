import { type Capacity, type Need, type Units, unitsPerOne } from "./resources";

/** Works and rooms with more resources for each kind of accelerator of which more than half a device is asked for. */
export interface WholeDevices<Work> {
  readonly works: readonly Work[];
  /** How many resources there are with these. */
  readonly resources: number;
  /** The room with its devices. `isEmpty`: nothing is on its devices yet. */
  roomOf(capacity: Capacity, isEmpty: boolean): Capacity;
}

/** What a piece counts for on a device, so that no pieces that share one count for more than one. */
interface Rule {
  /** Of the accelerator. */
  readonly position: number;
  count(fraction: Units): Units;
}

/**
 * What a bound may know of devices. Every rule is one more resource of which each device has one:
 *
 * - Two pieces of more than a half never share a device: each counts for a whole one, one of exactly a half for a half, a smaller one for nothing.
 * - Beside the large fraction that most pieces ask for, only small ones have room: it counts for a whole device, those that fit beside it for nothing,
 *   and what is between them as asked.
 *
 * However pieces are laid on devices, they keep to both, so the bound stays true.
 *
 * `accelerators`: their positions among so many `resources`.
 */
export function wholeDevices<Work extends { readonly need: Need; readonly count: number }>(
  works: readonly Work[],
  { accelerators, resources }: { readonly accelerators: Iterable<number>; readonly resources: number },
): WholeDevices<Work> {
  const rules = [...accelerators].flatMap((position) => rulesOf(works, position));
  // Behind the resources there may be the rests of single devices.
  if (rules.length === 0) return { works, resources, roomOf: (capacity) => capacity.subarray(0, resources) };
  return {
    works: works.map((work) => ({ ...work, need: withRules(work.need, rules, resources) })),
    resources: resources + rules.length,
    roomOf: (capacity, isEmpty) =>
      Float64Array.of(...capacity.subarray(0, resources), ...rules.map(({ position }) => devicesIn(capacity[position] ?? 0, isEmpty))),
  };
}

function rulesOf(works: readonly { readonly need: Need; readonly count: number }[], position: number): readonly Rule[] {
  const pieces = new Map<Units, number>();
  for (const { need, count } of works) {
    const units = unitsAt(need, position);
    if (isLargeFraction(units)) pieces.set(units, (pieces.get(units) ?? 0) + count);
  }
  const [most] = [...pieces].sort(([one, ofOne], [other, ofOther]) => ofOther - ofOne || other - one);
  if (most === undefined) return [];
  const [large] = most;
  return [
    { position, count: (fraction) => (2 * fraction === unitsPerOne ? fraction : isLargeFraction(fraction) ? unitsPerOne : 0) },
    { position, count: (fraction) => (fraction >= large ? unitsPerOne : fraction + large <= unitsPerOne ? 0 : fraction) },
  ];
}

function unitsAt({ at, units }: Need, position: number): Units {
  return units[at.indexOf(position)] ?? 0;
}

function isLargeFraction(units: Units): boolean {
  return 2 * units > unitsPerOne && units < unitsPerOne;
}

function withRules({ at, units }: Need, rules: readonly Rule[], resources: number): Need {
  const taken = rules.map(({ position, count }) => {
    const asked = unitsAt({ at, units }, position);
    return asked >= unitsPerOne ? asked : count(asked);
  });
  return {
    at: [...at, ...taken.flatMap((amount, i) => (amount > 0 ? [resources + i] : []))],
    units: [...units, ...taken.filter((amount) => amount > 0)],
  };
}

/**
 * How free room is spread over devices is not known where work is on them: three rests of 0.6, 0.6 and 0.8 hold three large pieces and are 2. No rule
 * counts a piece for more than twice what it asks for.
 */
function devicesIn(units: Units, isEmpty: boolean): Units {
  return isEmpty && units % unitsPerOne === 0 ? units : 2 * units;
}
