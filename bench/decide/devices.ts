/** What Ray takes a fraction of from one device, never from two. */
const inDevices: ReadonlySet<string> = new Set(["GPU", "TPU", "NPU", "HPU", "neuron_cores"]);

const tolerance = 1e-6;

/** So many pieces that ask for this much of a resource each. */
export interface DevicePieces {
  readonly amount: number;
  readonly times: number;
}

/** True when the pieces are put on the devices one by one, the largest first, and all find room; also for what does not come in devices. */
export function fitsOnDevices(resource: string, devices: number, pieces: readonly DevicePieces[]): boolean {
  if (!inDevices.has(resource)) return true;
  const free = Array.from({ length: Math.floor(devices) }, () => 1);
  const singles = pieces.flatMap(({ amount, times }) => Array.from({ length: times }, () => amount)).sort((one, other) => other - one);
  return singles.every((amount) => take(free, amount));
}

function take(free: number[], amount: number): boolean {
  if (amount === 0) return true;
  const wanted = Math.min(1, amount);
  const at = free.findIndex((room) => room >= wanted - tolerance);
  if (at < 0) return false;
  free[at] = (free[at] ?? 0) - wanted;
  return amount <= 1 || take(free, amount - 1);
}
