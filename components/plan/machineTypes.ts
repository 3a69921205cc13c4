import table from "./data/awsMachineTypes.json";
import { nearestKey } from "./nearestKey";

/** One machine type of the cloud, as its list of types says. */
export interface MachineType {
  readonly name: string;
  /** Threads, as Ray counts CPUs. */
  readonly vCpus: number;
  /** Nominal; the operating system sees a little less. */
  readonly memoryMiB: number;
  /** `x86_64`, `arm64`, or that of a Mac. */
  readonly architecture: string;
  readonly gpuCount: number;
  /** Ray's name of the accelerator (`L4`, `A10G`, `H100`); absent without a GPU. */
  readonly gpuType?: string;
  /** The GPU is a slice of a card that others use too. */
  readonly sharedGpu: boolean;
  /** Has an accelerator that is not a GPU (Neuron, FPGA, media). */
  readonly otherAccelerator: boolean;
  /** Local disks, all together; 0 without. */
  readonly instanceStoreGiB: number;
  readonly currentGeneration: boolean;
  readonly bareMetal: boolean;
  /** Full speed only while its CPU credits last. */
  readonly burstable: boolean;
  /** On-demand Linux list price in {@link priceList}'s region; absent: unknown. */
  readonly pricePerHourUsd?: number;
}

/** Where the prices come from, for everything that shows one. */
export const priceList = { source: table.priceSource, asOf: table.pricesAsOf, region: table.priceRegion } as const;

type Cell = string | number | null | undefined;

function text(cell: Cell): string {
  if (typeof cell !== "string") {
    throw new TypeError(
      `machine type table: is damaged; got ${String(cell)}; expected text. Make it again with scripts/makeMachineTypes.ts.`,
    );
  }
  return cell;
}

function amount(cell: Cell): number {
  if (typeof cell !== "number") {
    throw new TypeError(
      `machine type table: is damaged; got ${String(cell)}; expected a number. Make it again with scripts/makeMachineTypes.ts.`,
    );
  }
  return cell;
}

const columnOf = new Map(table.columns.map((name, index) => [name, index]));

function readRow(row: readonly Cell[]): MachineType {
  const cell = (column: string): Cell => row[columnOf.get(column) ?? -1];
  const gpuType = cell("gpuType");
  const price = cell("pricePerHourUsd");
  return {
    name: text(cell("name")),
    vCpus: amount(cell("vCpus")),
    memoryMiB: amount(cell("memoryMiB")),
    architecture: text(cell("architecture")),
    gpuCount: amount(cell("gpuCount")),
    ...(typeof gpuType === "string" ? { gpuType } : {}),
    sharedGpu: cell("sharedGpu") === 1,
    otherAccelerator: cell("otherAccelerator") === 1,
    instanceStoreGiB: amount(cell("instanceStoreGiB")),
    currentGeneration: cell("currentGeneration") === 1,
    bareMetal: cell("bareMetal") === 1,
    burstable: cell("burstable") === 1,
    ...(typeof price === "number" ? { pricePerHourUsd: price } : {}),
  };
}

/** Every machine type known, in order of name. */
export const machineTypes: readonly MachineType[] = table.rows.map(readRow);

const byName = new Map(machineTypes.map((type) => [type.name, type]));

/** The machine type of this exact name; undefined when the table has none. */
export function machineType(name: string): MachineType | undefined {
  return byName.get(name);
}

/** The known name that comes nearest to a mistyped one (`m7i.4xlrage` → `m7i.4xlarge`); undefined when nothing is near. */
export function nearestMachineType(name: string): string | undefined {
  return nearestKey(name, [...byName.keys()]);
}

/** Every known type of the same family as a name (`r5dn` of `r5dn.huge`), smallest first; empty when there is no such family. */
export function machineTypesOfFamily(name: string): readonly MachineType[] {
  const family = name.slice(0, name.indexOf(".") + 1);
  const types = family === "" ? [] : machineTypes.filter((type) => type.name.startsWith(family));
  return [...types].sort((left, right) => left.vCpus - right.vCpus || left.name.length - right.name.length);
}
