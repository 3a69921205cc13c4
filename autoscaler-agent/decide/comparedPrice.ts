import type { DecisionGroup } from "../../contract/decision";
import { hasAccelerator } from "./resources";

/**
 * Rough on-demand prices per hour of one CPU, one accelerator and one GiB, only for comparing groups of which the price is not known.
 * Source: m7i, r7i and g6 families in us-east-1, list prices of November 2026, rounded to one digit.
 */
const roughUsd = { cpu: 0.04, accelerator: 0.8, memoryGiB: 0.004, node: 0.001 };

/** A node that is free of charge is still better not launched. */
const leastUsd = 1e-9;

/** What one node of the group is compared by, in USD per hour: its price, or a guess from its size. Never 0, and never part of a sum that is shown. */
export function comparedPriceUsd({ resources, pricePerHourUsd }: Pick<DecisionGroup, "resources" | "pricePerHourUsd">): number {
  if (pricePerHourUsd !== undefined) return Math.max(leastUsd, pricePerHourUsd);
  const cpu = (resources["CPU"] ?? 0) * roughUsd.cpu;
  const memory = ((resources["memory"] ?? 0) / 2 ** 30) * roughUsd.memoryGiB;
  const accelerators = hasAccelerator(resources) ? Math.max(1, resources["GPU"] ?? 0) * roughUsd.accelerator : 0;
  return roughUsd.node + cpu + memory + accelerators;
}
