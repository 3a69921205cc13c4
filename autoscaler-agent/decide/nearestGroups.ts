import type { Demand, LabelRule } from "../../contract/decision";
import { type GroupModel, groupLabels } from "./problem";
import { compareText, neededUnits, offeredUnits } from "./resources";
import { satisfies } from "./selectors";

/** What must find a place on one node. */
export interface Wish {
  readonly shape: Demand["shape"];
  /** Each must be satisfied by one of its alternatives. */
  readonly selectorLists: readonly Demand["selectors"][];
}

/** What every group has of one resource. */
interface Offered {
  readonly amounts: Float64Array;
  readonly units: Float64Array;
}

/** The different values of one label, and which of them each group has. */
interface LabelValues {
  readonly values: readonly (string | undefined)[];
  readonly valueAt: Int32Array;
}

/**
 * Finds the group that comes nearest to holding something. The groups are read once, by resource and by label: a request may have a hundred thousand
 * shapes that fit nowhere.
 */
export class NearestGroups {
  private readonly offered = new Map<string, Offered>();
  private readonly labels = new Map<string, LabelValues>();

  private readonly labelsOfGroups: readonly Readonly<Record<string, string>>[];

  constructor(private readonly groups: readonly GroupModel[]) {
    this.labelsOfGroups = groups.map(({ given }) => groupLabels(given));
  }

  /** The fewest label rules that fail, then the smallest sum of missing shares, then the fewest resources that are short, then the first. */
  nearestTo({ shape, selectorLists }: Wish): GroupModel | undefined {
    const failed = new Float64Array(this.groups.length);
    const distance = new Float64Array(this.groups.length);
    const lacking = new Float64Array(this.groups.length);
    for (const selectors of selectorLists) addTo(failed, this.failuresOf(selectors));
    for (const name of Object.keys(shape).sort(compareText)) this.addShortage(name, shape[name] ?? 0, { distance, lacking });
    let best = 0;
    for (let i = 1; i < this.groups.length; i += 1) {
      const order =
        (failed[i] ?? 0) - (failed[best] ?? 0) || (distance[i] ?? 0) - (distance[best] ?? 0) || (lacking[i] ?? 0) - (lacking[best] ?? 0);
      if (order < 0) best = i;
    }
    return this.groups[best];
  }

  private addShortage(name: string, wanted: number, { distance, lacking }: { distance: Float64Array; lacking: Float64Array }): void {
    const needed = neededUnits(name, wanted);
    const { amounts, units } = this.offeredOf(name);
    for (let i = 0; i < units.length; i += 1) {
      if (needed <= (units[i] ?? 0)) continue;
      lacking[i] = (lacking[i] ?? 0) + 1;
      distance[i] = (distance[i] ?? 0) + (wanted - (amounts[i] ?? 0)) / wanted;
    }
  }

  private offeredOf(name: string): Offered {
    const known = this.offered.get(name);
    if (known !== undefined) return known;
    const amounts = Float64Array.from(this.groups, ({ given }) =>
      Object.hasOwn(given.resources, name) ? (given.resources[name] ?? 0) : 0,
    );
    const read = { amounts, units: amounts.map((amount) => offeredUnits(name, amount)) };
    // Names that no group has are of any number, and all look the same.
    if (amounts.some((amount) => amount > 0)) this.offered.set(name, read);
    return read;
  }

  /** For each group, how many rules fail of the alternative with the fewest failures. */
  private failuresOf(selectors: Demand["selectors"]): Float64Array {
    const least = new Float64Array(this.groups.length);
    selectors?.forEach((rules, alternative) => {
      const failures = new Float64Array(this.groups.length);
      for (const rule of rules) addTo(failures, this.failuresOfRule(rule));
      for (let i = 0; i < least.length; i += 1) {
        least[i] = alternative === 0 ? (failures[i] ?? 0) : Math.min(least[i] ?? 0, failures[i] ?? 0);
      }
    });
    return least;
  }

  private failuresOfRule(rule: LabelRule): Float64Array {
    const { values, valueAt } = this.valuesOf(rule.key);
    const fails = values.map((value) => (satisfies(value === undefined ? {} : { [rule.key]: value }, rule) ? 0 : 1));
    return Float64Array.from(valueAt, (value) => fails[value] ?? 0);
  }

  private valuesOf(key: string): LabelValues {
    const known = this.labels.get(key);
    if (known !== undefined) return known;
    const places = new Map<string | undefined, number>();
    const valueAt = Int32Array.from(this.labelsOfGroups, (labels) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      const place = places.get(value) ?? places.size;
      places.set(value, place);
      return place;
    });
    const read = { values: [...places.keys()], valueAt };
    if (read.values.length > 1) this.labels.set(key, read);
    return read;
  }
}

function addTo(sums: Float64Array, amounts: Float64Array): void {
  for (let i = 0; i < sums.length; i += 1) sums[i] = (sums[i] ?? 0) + (amounts[i] ?? 0);
}
