import type { Units } from "./resources";

/**
 * How much of a node's devices a piece of work uses up, in ten-thousandths of a device.
 *
 * Ray takes a fraction of a GPU from one device, never from two. A device holds ⌊1/f⌋ pieces of f and nothing more of that kind, so each of them costs
 * that part of a device: 0.6 costs 1, 0.4 a half, 0.3 a third. Rounded down, so that the pieces of one device are never more than the device.
 * More than one device is had only whole.
 *
 * `units`: what the work asks for; `perDevice`: the units of one device.
 */
export function deviceShare(units: Units, perDevice: Units): Units {
  if (units <= 0) return units;
  if (units >= perDevice) return Math.ceil(units / perDevice) * perDevice;
  return Math.floor(perDevice / Math.floor(perDevice / units));
}
