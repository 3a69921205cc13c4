import type { DecisionGroup, Demand } from "../../contract/decision";

/** Ray counts these in whole bytes, everything else in ten-thousandths. */
const byteResources: ReadonlySet<string> = new Set(["memory", "object_store_memory"]);
const unitsPerPiece = 10_000;

/** Amounts of all resources that occur, as whole numbers at fixed positions: sums of them are exact. */
export class ResourceSpace {
  private readonly names: string[];
  private readonly positions: ReadonlyMap<string, number>;

  constructor(resources: Iterable<Demand["shape"]>) {
    const names = new Set<string>();
    for (const one of resources) for (const name of Object.keys(one)) names.add(name);
    this.names = [...names].sort();
    this.positions = new Map(this.names.map((name, position) => [name, position]));
  }

  positionOf(name: string): number | undefined {
    return this.positions.get(name);
  }

  /** What a node offers: rounded down. */
  offered(resources: DecisionGroup["resources"]): Float64Array {
    return this.units(resources, (amount) => Math.floor(amount + 1e-6));
  }

  /** What a task takes: rounded up. */
  wanted(shape: Demand["shape"]): Float64Array {
    return this.units(shape, (amount) => Math.ceil(amount - 1e-6));
  }

  /** Back to Ray's amounts; what is 0 is left out. */
  amounts(units: Float64Array): Record<string, number> {
    const amounts: Record<string, number> = {};
    for (const [position, name] of this.names.entries()) {
      const value = units[position] ?? 0;
      if (value > 0) amounts[name] = value / unitsPer(name);
    }
    return amounts;
  }

  private units(resources: Demand["shape"], round: (amount: number) => number): Float64Array {
    return Float64Array.from(this.names, (name) => round((resources[name] ?? 0) * unitsPer(name)));
  }
}

/** Whole units in one piece of a resource. */
export function unitsPer(name: string): number {
  return byteResources.has(name) ? 1 : unitsPerPiece;
}

/** How many of `wanted` fit into `free`; infinite for a wish of nothing. */
export function timesFitting(free: Float64Array, wanted: Float64Array): number {
  let times = Number.POSITIVE_INFINITY;
  for (let position = 0; position < wanted.length; position += 1) {
    const amount = wanted[position] ?? 0;
    if (amount > 0) {
      const fits = Math.floor((free[position] ?? 0) / amount);
      if (fits < times) times = fits;
      if (times === 0) return 0;
    }
  }
  return times;
}

/** Takes `times` × `wanted` from `free`; negative `times` give it back. */
export function takeFrom(free: Float64Array, wanted: Float64Array, times: number): void {
  for (let position = 0; position < wanted.length; position += 1) {
    free[position] = (free[position] ?? 0) - times * (wanted[position] ?? 0);
  }
}

/** True when the labels satisfy one of the alternatives; without any, always. */
export function matchesSelectors(labels: Readonly<Record<string, string>>, selectors: Demand["selectors"]): boolean {
  if (selectors === undefined || selectors.length === 0) return true;
  return selectors.some((rules) =>
    rules.every(({ key, operator, values }) => {
      const value = labels[key];
      return value !== undefined && values.includes(value) ? operator === "In" : operator === "NotIn";
    }),
  );
}

/** What Ray knows of a new node of the group. */
export function labelsOf(group: DecisionGroup): Readonly<Record<string, string>> {
  return { "ray.io/node-group": group.groupName, ...group.labels };
}
