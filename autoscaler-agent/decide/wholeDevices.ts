import { type Capacity, type Need, type Units, unitsPerOne } from "./resources";

/** Works and rooms with one more resource for each kind of accelerator of which more than half a device is asked for. */
export interface WholeDevices<Work> {
  readonly works: readonly Work[];
  /** How many resources there are with these. */
  readonly resources: number;
  /** The room with its devices. `isEmpty`: nothing is on its devices yet. */
  roomOf(capacity: Capacity, isEmpty: boolean): Capacity;
}

/**
 * What a bound may know of devices: two pieces of more than a half never share one. Such a piece takes a whole device of the added resource, one of
 * exactly a half takes a half, a smaller one nothing. However pieces are laid on devices, they keep to it, so the bound stays true.
 *
 * `accelerators`: their positions among so many `resources`.
 */
export function wholeDevices<Work extends { readonly need: Need }>(
  works: readonly Work[],
  { accelerators, resources }: { readonly accelerators: Iterable<number>; readonly resources: number },
): WholeDevices<Work> {
  const shared = [...accelerators].filter((position) => works.some(({ need }) => isLargeFraction(unitsAt(need, position))));
  if (shared.length === 0) return { works, resources, roomOf: (capacity) => capacity };
  return {
    works: works.map((work) => ({ ...work, need: withDevices(work.need, shared, resources) })),
    resources: resources + shared.length,
    roomOf: (capacity, isEmpty) => Float64Array.of(...capacity, ...shared.map((position) => devicesIn(capacity[position] ?? 0, isEmpty))),
  };
}

function unitsAt({ at, units }: Need, position: number): Units {
  return units[at.indexOf(position)] ?? 0;
}

function isLargeFraction(units: Units): boolean {
  return 2 * units > unitsPerOne && units < unitsPerOne;
}

function withDevices({ at, units }: Need, shared: readonly number[], resources: number): Need {
  const taken = shared.map((position) => wholeUnits(unitsAt({ at, units }, position)));
  return {
    at: [...at, ...taken.flatMap((amount, i) => (amount > 0 ? [resources + i] : []))],
    units: [...units, ...taken.filter((amount) => amount > 0)],
  };
}

function wholeUnits(units: Units): Units {
  if (units >= unitsPerOne || 2 * units === unitsPerOne) return units;
  return isLargeFraction(units) ? unitsPerOne : 0;
}

/** How free room is spread over devices is not known where work is on them: three rests of 0.6, 0.6 and 0.8 hold three large pieces and are 2. */
function devicesIn(units: Units, isEmpty: boolean): Units {
  return isEmpty && units % unitsPerOne === 0 ? units : 2 * units;
}
