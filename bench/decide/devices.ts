/** What Ray takes a fraction of from one device, never from two. */
const inDevices: ReadonlySet<string> = new Set(["GPU", "TPU", "NPU", "HPU", "neuron_cores"]);

const tolerance = 1e-6;

/** So many pieces that ask for this much of a resource each. */
export interface DevicePieces {
  readonly amount: number;
  readonly times: number;
}

/** Places that are tried before the pieces count as too many; with the largest first, hardly any are tried in vain. */
const mostTries = 100_000;

/** True when the pieces can be put on the devices one by one; also for what does not come in devices. */
export function fitsOnDevices(resource: string, devices: number, pieces: readonly DevicePieces[]): boolean {
  if (!inDevices.has(resource)) return true;
  const free = Array.from({ length: Math.floor(devices) }, () => 1);
  const singles = pieces.flatMap(({ amount, times }) => Array.from({ length: times }, () => amount)).flatMap(wholeAndFraction);
  const tries = { left: mostTries };
  return putAll(
    singles.filter((amount) => amount > 0).sort((one, other) => other - one),
    { free, tries },
  );
}

/** More than one device is had only whole. */
function wholeAndFraction(amount: number): number[] {
  return amount <= 1 ? [amount] : Array.from({ length: Math.ceil(amount - tolerance) }, () => 1);
}

/** Tries every device for the first piece, and for each of them all the others. */
function putAll(pieces: readonly number[], { free, tries }: { free: readonly number[]; tries: { left: number } }, next = 0): boolean {
  const piece = pieces[next];
  if (piece === undefined) return true;
  return free.some((room, at) => {
    if (room < piece - tolerance || free.indexOf(room) !== at || tries.left <= 0) return false;
    tries.left -= 1;
    return putAll(pieces, { free: free.with(at, room - piece), tries }, next + 1);
  });
}
