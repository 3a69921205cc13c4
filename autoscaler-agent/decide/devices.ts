import type { Capacity, Units } from "./resources";

/**
 * Where the free rests of a node's devices of one kind stand: behind the amounts of all resources, smallest rest first, 0 for devices that it does not
 * have. Where only the sum of the rests is known, the first is `unknownRests`.
 */
export interface DeviceColumns {
  /** Of the resource. */
  readonly position: number;
  readonly start: number;
  readonly width: number;
}

/** So many pieces, each of which wants to be on one device. */
export interface DevicePieces {
  readonly units: Units;
  readonly times: number;
}

/** What one piece of work wants of the devices of one kind. */
export interface DeviceNeed extends DeviceColumns {
  /** Largest first, each size once. */
  readonly pieces: readonly DevicePieces[];
  /** Their sum. */
  readonly asked: Units;
  /** What they count for where only the sum of the rests is known: see `deviceShare`. */
  readonly share: Units;
}

const unknownRests = -1;

/** Nodes with more devices of a kind have too many to look at one by one. */
export const mostDevices = 16;

/**
 * Writes the rests into the capacity: of `total`, what is `free`. They are known where nothing or everything is free, and where there is one device.
 * `perDevice`: the units of one device.
 */
export function writeRests(
  capacity: Capacity,
  columns: DeviceColumns,
  { free, total, perDevice }: Record<"free" | "total" | "perDevice", Units>,
): void {
  const { start, width } = columns;
  const devices = Math.ceil(total / perDevice);
  if (devices > width || (free !== total && free !== 0 && devices > 1)) {
    capacity[start] = unknownRests;
    return;
  }
  for (let i = 0; i < devices; i += 1) capacity[start + width - 1 - i] = Math.min(perDevice, Math.max(0, free - i * perDevice));
}

/** How often the pieces fit on the devices. */
export function fitOnDevices(free: Capacity, need: DeviceNeed): number {
  const { start, width, position, share, pieces } = need;
  if (free[start] === unknownRests) return Math.floor((free[position] ?? 0) / share);
  const [only] = pieces;
  if (only === undefined) return Number.POSITIVE_INFINITY;
  if (pieces.length === 1) return Math.floor(roomFor(free, { start, width }, only.units) / only.times);
  const rests = free.slice(start, start + width);
  let fit = 0;
  while (putAll(rests, { start: 0, width }, pieces)) fit += 1;
  return fit;
}

/** Takes the pieces from the devices so many times, in place. They must fit. */
export function takeFromDevices(free: Capacity, need: DeviceNeed, times: number): void {
  const { start, width, position, share, asked, pieces } = need;
  if (free[start] === unknownRests) {
    // What is asked for is taken with all other resources.
    free[position] = (free[position] ?? 0) - (share - asked) * times;
    return;
  }
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) {
    put(free, { start, width }, { units: only.units, times: only.times * times });
  } else {
    for (let i = 0; i < times; i += 1) putAll(free, { start, width }, pieces);
  }
}

type Rests = Pick<DeviceColumns, "start" | "width">;

function roomFor(free: Capacity, { start, width }: Rests, units: Units): number {
  let room = 0;
  for (let i = start + width - 1; i >= start; i -= 1) {
    const rest = free[i] ?? 0;
    if (rest < units) break;
    room += Math.floor(rest / units);
  }
  return room;
}

/** False, with some of them put, when not all fit. */
function putAll(free: Capacity, rests: Rests, pieces: readonly DevicePieces[]): boolean {
  return pieces.every((one) => put(free, rests, one));
}

/** Puts pieces where the smallest rest is that holds one, as Ray does: large rests remain. */
function put(free: Capacity, { start, width }: Rests, { units, times }: DevicePieces): boolean {
  const end = start + width;
  let left = times;
  for (let i = start; i < end && left > 0; i += 1) {
    const rest = free[i] ?? 0;
    if (rest < units) continue;
    const count = Math.min(left, Math.floor(rest / units));
    free[i] = rest - count * units;
    left -= count;
  }
  free.subarray(start, end).sort();
  return left === 0;
}
