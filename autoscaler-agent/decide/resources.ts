/**
 * Amounts as whole numbers, so that 0.1 + 0.2 fits into 0.3: one ten-thousandth as in Ray's core, and one byte for what Ray counts in bytes
 * (ten-thousandths of a byte would not be exact any more from 900 GB on).
 */
export type Units = number;

const unitsPerOne = 10_000;
const byteResources: ReadonlySet<string> = new Set(["memory", "object_store_memory"]);
/** Whole numbers are exact up to here. */
const mostUnits: Units = Number.MAX_SAFE_INTEGER;

/** Ray gives every node one of each of these without listing them. */
const implicitResourcePrefix = "node:__internal_implicit_resource_";

/** Resources of which nodes are kept free from other work where possible, as Ray does. */
const acceleratorResources: readonly string[] = ["GPU", "TPU", "NPU", "HPU", "neuron_cores"];

type Amounts = Readonly<Record<string, number>>;

/** What a node must have for one piece of work: only what is not zero. `at[i]` is the position of the resource, `units[i]` the amount. */
export interface Need {
  readonly at: readonly number[];
  readonly units: readonly Units[];
}

/** What a node has, one amount per resource of the table. */
export type Capacity = Float64Array;

/** The resources that some work names and some node has, in the order of their names. */
export interface ResourceTable {
  readonly names: readonly string[];
  readonly positions: ReadonlyMap<string, number>;
}

/** Beyond what is exact, an amount that is needed is more than any node has. */
export function neededUnits(name: string, amount: number): Units {
  const units = Math.round(byteResources.has(name) ? amount : amount * unitsPerOne);
  return units > mostUnits ? Number.POSITIVE_INFINITY : units;
}

function offeredUnits(name: string, amount: number): Units {
  return Math.min(mostUnits, Math.round(byteResources.has(name) ? amount : amount * unitsPerOne));
}

/** Makes the table. What no node offers is left out: `readNeed` finds out that nothing can serve it. */
export function resourceTable(needed: Iterable<string>, offered: ReadonlySet<string>): ResourceTable {
  const names = [...new Set(needed)].filter((name) => offered.has(name) || name.startsWith(implicitResourcePrefix)).sort(compareText);
  return { names, positions: new Map(names.map((name, position) => [name, position])) };
}

/** The shape as a need, or undefined when it asks for a resource that nothing in sight has. */
export function readNeed(table: ResourceTable, shape: Amounts): Need | undefined {
  const at: number[] = [];
  const units: Units[] = [];
  for (const name of Object.keys(shape).sort(compareText)) {
    const needed = neededUnits(name, shape[name] ?? 0);
    if (needed === 0) continue;
    const position = table.positions.get(name);
    if (position === undefined) return undefined;
    at.push(position);
    units.push(needed);
  }
  return { at, units };
}

export function readCapacity(table: ResourceTable, amounts: Amounts): Capacity {
  const capacity = new Float64Array(table.names.length);
  table.names.forEach((name, position) => {
    const amount = Object.hasOwn(amounts, name) ? amounts[name] : undefined;
    capacity[position] = offeredUnits(name, amount ?? (name.startsWith(implicitResourcePrefix) ? 1 : 0));
  });
  return capacity;
}

/** Both on one node. */
export function addNeeds(one: Need, other: Need): Need {
  const sum = new Map(one.at.map((position, i) => [position, one.units[i] ?? 0]));
  other.at.forEach((position, i) => {
    sum.set(position, (sum.get(position) ?? 0) + (other.units[i] ?? 0));
  });
  const at = [...sum.keys()].sort((a, b) => a - b);
  return { at, units: at.map((position) => sum.get(position) ?? 0) };
}

/** The same work so many times. */
export function multiplyNeed(need: Need, count: number): Need {
  return { at: need.at, units: need.units.map((units) => units * count) };
}

/** How often the need fits; without end for a need of nothing. */
export function fitCount(free: Capacity, need: Need): number {
  let fit = Number.POSITIVE_INFINITY;
  for (let i = 0; i < need.at.length; i += 1) {
    const has = free[need.at[i] ?? 0] ?? 0;
    const units = need.units[i] ?? 0;
    if (units > has) return 0;
    const times = Math.floor(has / units);
    // A quotient can be rounded up to the next whole number when both numbers are very large.
    fit = Math.min(fit, times * units > has ? times - 1 : times);
  }
  return fit;
}

/** Takes the need away so many times, in place. */
export function takeFrom(free: Capacity, need: Need, times: number): void {
  for (let i = 0; i < need.at.length; i += 1) {
    const position = need.at[i] ?? 0;
    free[position] = (free[position] ?? 0) - (need.units[i] ?? 0) * times;
  }
}

/** What was taken between the two states of one node. */
export function takenNeed(before: Capacity, after: Capacity): Need {
  const at: number[] = [];
  const units: Units[] = [];
  for (let position = 0; position < before.length; position += 1) {
    const taken = (before[position] ?? 0) - (after[position] ?? 0);
    if (taken === 0) continue;
    at.push(position);
    units.push(taken);
  }
  return { at, units };
}

/** The need as a share of what is there, summed over its resources: small is easy to place. */
export function shareOf(need: Need, capacity: Capacity): number {
  let share = 0;
  for (let i = 0; i < need.at.length; i += 1) {
    const has = capacity[need.at[i] ?? 0] ?? 0;
    share += has > 0 ? (need.units[i] ?? 0) / has : 1e9;
  }
  return share;
}

export function isAccelerator(name: string): boolean {
  return acceleratorResources.includes(name);
}

export function hasAccelerator(amounts: Amounts): boolean {
  return acceleratorResources.some((name) => (amounts[name] ?? 0) > 0);
}

/** Compares by code unit, which is the same on every machine. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A text that is equal for equal shapes, whatever the order of their resources; what is zero does not count. */
export function shapeKey(shape: Amounts): string {
  return JSON.stringify(
    Object.keys(shape)
      .sort(compareText)
      .map((name) => [name, neededUnits(name, shape[name] ?? 0)])
      .filter(([, units]) => units !== 0),
  );
}

/** The shape for a person: `{CPU: 2, memory: 4 GiB}`. */
export function shapeText(shape: Amounts): string {
  const parts = Object.keys(shape)
    .sort(compareText)
    .filter((name) => (shape[name] ?? 0) > 0)
    .map((name) => `${name}: ${amountText(name, shape[name] ?? 0)}`);
  return `{${parts.join(", ")}}`;
}

/** The amount for a person; bytes in GiB. */
export function amountText(name: string, amount: number): string {
  return byteResources.has(name) ? `${Number((amount / 2 ** 30).toPrecision(4))} GiB` : String(Number(amount.toPrecision(10)));
}
