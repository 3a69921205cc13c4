import { deviceShare } from "./deviceShare";
import { type DeviceColumns, type DeviceNeed, type DevicePieces, fitOnDevices, mostDevices, takeFromDevices, writeRests } from "./devices";

/**
 * Amounts as whole numbers, so that 0.1 + 0.2 fits into 0.3: one ten-thousandth as in Ray's core, and one byte for what Ray counts in bytes
 * (ten-thousandths of a byte would not be exact any more from 900 GB on).
 */
export type Units = number;

/** Of everything but bytes. */
export const unitsPerOne: Units = 10_000;
const byteResources: ReadonlySet<string> = new Set(["memory", "object_store_memory"]);
/** Whole numbers are exact up to here. */
const mostUnits: Units = Number.MAX_SAFE_INTEGER;

/** Ray gives every node one of each of these without listing them. */
const implicitResourcePrefix = "node:__internal_implicit_resource_";

/**
 * Resources that come in devices, of which Ray takes a fraction from one device (its `predefined_unit_instance_resources` and
 * `custom_unit_instance_resources`). Nodes that have them are kept free from other work where possible, as Ray does.
 */
const acceleratorResources: readonly string[] = ["GPU", "TPU", "NPU", "HPU", "RBLN", "FURIOSA", "TTNPU", "MBLT", "neuron_cores"];

type Amounts = Readonly<Record<string, number>>;

/** What a node must have for one piece of work: only what is not zero. `at[i]` is the position of the resource, `units[i]` the amount. */
export interface Need {
  readonly at: readonly number[];
  readonly units: readonly Units[];
  /** The amounts as they were asked for, which is what a bound may count on. @default `units` */
  readonly asked?: readonly Units[];
  /** What it wants of single devices, where the table has columns for them; `units` are then as asked. @default nothing */
  readonly onDevices?: readonly DeviceNeed[];
}

/** What a node has, one amount per resource of the table; behind them the rests of its devices, where the table has columns for them. */
export type Capacity = Float64Array;

/** The resources that some work names and some node has, in the order of their names. */
export interface ResourceTable {
  readonly names: readonly string[];
  readonly positions: ReadonlyMap<string, number>;
  /** Of resources of which different fractions are asked for, or one that leaves a rest: only then it matters which piece is on which device. */
  readonly devices: readonly DeviceColumns[];
}

/** What a node must have for the amount: of devices more than is asked for, where a device cannot be used up. */
export function neededUnits(name: string, amount: number): Units {
  const units = askedUnits(name, amount);
  return isAccelerator(name) ? deviceShare(units, unitsPerOne) : units;
}

/** Beyond what is exact, an amount that is asked for is more than any node has. */
function askedUnits(name: string, amount: number): Units {
  const units = Math.round(byteResources.has(name) ? amount : amount * unitsPerOne);
  return units > mostUnits ? Number.POSITIVE_INFINITY : units;
}

/** What a node offers. */
export function offeredUnits(name: string, amount: number): Units {
  return Math.min(mostUnits, Math.round(byteResources.has(name) ? amount : amount * unitsPerOne));
}

/** Makes the table. What no node offers is left out: `readNeed` finds out that nothing can serve it. */
export function resourceTable(needed: Iterable<string>, offered: ReadonlySet<string>): ResourceTable {
  const names = [...new Set(needed)].filter((name) => offered.has(name) || name.startsWith(implicitResourcePrefix)).sort(compareText);
  return { names, positions: new Map(names.map((name, position) => [name, position])), devices: [] };
}

/** The table with columns for the devices of which such fractions are asked for. `shapes`: all that is asked for; `offers`: what nodes have. */
export function withDevices(table: ResourceTable, shapes: Iterable<Amounts>, offers: Iterable<Amounts>): ResourceTable {
  const fractions = new Map<string, Set<Units>>();
  for (const shape of shapes) {
    for (const name of acceleratorResources) {
      const units = askedUnits(name, shape[name] ?? 0);
      if (units > 0 && units < unitsPerOne) fractions.set(name, (fractions.get(name) ?? new Set()).add(units));
    }
  }
  const isUneven = (asked: ReadonlySet<Units>) => asked.size > 1 || [...asked].some((units) => deviceShare(units, unitsPerOne) !== units);
  const shared = table.names.filter((name) => isUneven(fractions.get(name) ?? new Set()));
  if (shared.length === 0) return table;
  const most = new Map<string, number>();
  for (const offer of offers) {
    for (const name of shared) most.set(name, Math.max(most.get(name) ?? 0, Math.min(mostDevices, Math.ceil(offer[name] ?? 0))));
  }
  let start = table.names.length;
  const devices = shared.map((name): DeviceColumns => {
    const columns = { position: table.positions.get(name) ?? 0, start, width: most.get(name) ?? 0 };
    start += columns.width;
    return columns;
  });
  return { ...table, devices: devices.filter(({ width }) => width > 0) };
}

/** The shape as a need, or undefined when it asks for a resource that nothing in sight has. */
export function readNeed(table: ResourceTable, shape: Amounts): Need | undefined {
  const at: number[] = [];
  const units: Units[] = [];
  const asked: Units[] = [];
  for (const name of Object.keys(shape).sort(compareText)) {
    const amount = shape[name] ?? 0;
    const needed = neededUnits(name, amount);
    if (needed === 0) continue;
    const position = table.positions.get(name);
    if (position === undefined) return undefined;
    at.push(position);
    units.push(needed);
    asked.push(askedUnits(name, amount));
  }
  const columns = table.devices.filter(({ position }) => at.includes(position));
  if (columns.length > 0) return needOnDevices({ at, units, asked }, columns);
  return units.every((amount, i) => amount === asked[i]) ? { at, units } : { at, units, asked };
}

function needOnDevices({ at, units, asked }: Required<Omit<Need, "onDevices">>, columns: readonly DeviceColumns[]): Need {
  const onDevices = columns.map((column): DeviceNeed => {
    const place = at.indexOf(column.position);
    const [share = 0, wanted = 0] = [units[place], asked[place]];
    const piece = wanted < unitsPerOne ? { units: wanted, times: 1 } : { units: unitsPerOne, times: share / unitsPerOne };
    return { ...column, pieces: [piece], asked: wanted, share };
  });
  // Of other devices, whose fractions are all alike, shares are exact.
  const isColumn = (position: number) => columns.some((column) => column.position === position);
  const planned = units.map((amount, i) => (isColumn(at[i] ?? 0) ? (asked[i] ?? 0) : amount));
  return planned.every((amount, i) => amount === asked[i]) ? { at, units: planned, onDevices } : { at, units: planned, asked, onDevices };
}

/** `totals`: what the node has in all, where `amounts` are what is free of it. @default all is free */
export function readCapacity(table: ResourceTable, amounts: Amounts, totals = amounts): Capacity {
  const columns = table.devices.reduce((sum, { width }) => sum + width, 0);
  const capacity = new Float64Array(table.names.length + columns);
  table.names.forEach((name, position) => {
    const amount = Object.hasOwn(amounts, name) ? amounts[name] : undefined;
    capacity[position] = offeredUnits(name, amount ?? (name.startsWith(implicitResourcePrefix) ? 1 : 0));
  });
  for (const device of table.devices) {
    const name = table.names[device.position] ?? "";
    const total = offeredUnits(name, Object.hasOwn(totals, name) ? (totals[name] ?? 0) : 0);
    writeRests(capacity, device, { free: capacity[device.position] ?? 0, total, perDevice: unitsPerOne });
  }
  return capacity;
}

/** Work that asks for other amounts of the same resources, each above 0. */
export function resizedNeed({ at, onDevices }: Need, asked: readonly Units[]): Need {
  if (onDevices === undefined) return { at, units: asked };
  const isOnDevices = (position: number) => onDevices.some((one) => one.position === position);
  const units = asked.map((amount, i) => (isOnDevices(at[i] ?? 0) ? deviceShare(amount, unitsPerOne) : amount));
  return needOnDevices({ at, units, asked }, onDevices);
}

/** Both on one node. */
export function addNeeds(one: Need, other: Need): Need {
  const at = [...new Set([...one.at, ...other.at])].sort((a, b) => a - b);
  const sum = ({ units: some }: Need, { units: others }: Need) =>
    at.map((position) => (some[one.at.indexOf(position)] ?? 0) + (others[other.at.indexOf(position)] ?? 0));
  const units = sum(one, other);
  const onDevices = addDeviceNeeds(one.onDevices ?? [], other.onDevices ?? []);
  return {
    at,
    units,
    ...(one.asked === undefined && other.asked === undefined ? {} : { asked: sum(askedNeed(one), askedNeed(other)) }),
    ...(onDevices.length === 0 ? {} : { onDevices }),
  };
}

function addDeviceNeeds(some: readonly DeviceNeed[], others: readonly DeviceNeed[]): readonly DeviceNeed[] {
  const positions = [...new Set([...some, ...others].map(({ position }) => position))];
  return positions.flatMap((position) => {
    const both = [...some, ...others].filter((one) => one.position === position);
    const [first] = both;
    if (first === undefined) return [];
    const sum = (amountOf: (one: DeviceNeed) => Units) => both.reduce((total, one) => total + amountOf(one), 0);
    return { ...first, pieces: piecesTogether(both), asked: sum(({ asked }) => asked), share: sum(({ share }) => share) };
  });
}

function piecesTogether(needs: readonly DeviceNeed[]): readonly DevicePieces[] {
  const times = new Map<Units, number>();
  for (const { pieces } of needs) for (const one of pieces) times.set(one.units, (times.get(one.units) ?? 0) + one.times);
  return [...times].map(([units, count]) => ({ units, times: count })).sort((one, other) => other.units - one.units);
}

/** The same work so many times. */
export function multiplyNeed({ at, units, asked, onDevices }: Need, count: number): Need {
  const times = (amounts: readonly Units[]) => amounts.map((amount) => amount * count);
  const devices = onDevices?.map((one) => ({
    ...one,
    pieces: one.pieces.map((piece) => ({ ...piece, times: piece.times * count })),
    asked: one.asked * count,
    share: one.share * count,
  }));
  return {
    at,
    units: times(units),
    ...(asked === undefined ? {} : { asked: times(asked) }),
    ...(devices === undefined ? {} : { onDevices: devices }),
  };
}

/** The need as it was asked for, were devices divisible. */
export function askedNeed(need: Need): Need {
  return need.asked === undefined && need.onDevices === undefined ? need : { at: need.at, units: need.asked ?? need.units };
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
  if (need.onDevices !== undefined) for (const one of need.onDevices) fit = Math.min(fit, fitOnDevices(free, one));
  return fit;
}

/** Takes the need away so many times, in place. */
export function takeFrom(free: Capacity, need: Need, times: number): void {
  for (let i = 0; i < need.at.length; i += 1) {
    const position = need.at[i] ?? 0;
    free[position] = (free[position] ?? 0) - (need.units[i] ?? 0) * times;
  }
  if (need.onDevices !== undefined) for (const one of need.onDevices) takeFromDevices(free, one, times);
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
      .map((name) => [name, askedUnits(name, shape[name] ?? 0)])
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
