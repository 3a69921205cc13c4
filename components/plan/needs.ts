import type { WorkerGroupSpec } from "../../contract/clusterSpec";
import { type MachineType, machineTypes } from "./machineTypes";

/** What a node must have at least. */
export type Needs = NonNullable<WorkerGroupSpec["needs"]>;

/** The machine types for a need, best first; without one, what stands in the way. */
export interface NeedsChoice {
  readonly instanceTypes: readonly string[];
  /** With no instance types: the type that comes nearest, and what it lacks: `GPU 1 of 2, CPU 4 of 8`. */
  readonly nearest?: { readonly instanceType: string; readonly lacks: string };
}

/** More types than this add names, not capacity. */
const mostTypes = 6;

/** A type is similar to the cheapest when it costs at most this much more and is at most twice as large. */
const similarPrice = 1.5;
const similarSize = 2;

interface PricedType extends MachineType {
  readonly pricePerHourUsd: number;
}

function isPriced(type: MachineType): type is PricedType {
  return type.pricePerHourUsd !== undefined;
}

function byPrice(left: PricedType, right: PricedType): number {
  return left.pricePerHourUsd - right.pricePerHourUsd || (left.name < right.name ? -1 : 1);
}

/**
 * What may be picked without being named: x86_64, of the current generation, virtual, with a price, at full speed all the time
 * (neither burstable nor "flex"), with no accelerator that Ray would leave idle and no slice of a shared GPU.
 */
function isOffered(type: MachineType): boolean {
  const steady = !type.burstable && !type.name.includes("-flex");
  return type.architecture === "x86_64" && type.currentGeneration && !type.bareMetal && steady && !type.otherAccelerator && !type.sharedGpu;
}

const offered: readonly PricedType[] = machineTypes.filter(isOffered).filter(isPriced).sort(byPrice);

const mibPerGiB = 1024;

function shortfall(type: MachineType, needs: Needs): readonly string[] {
  const gpuCount = needs.gpu?.count ?? 0;
  const memoryGiB = type.memoryMiB / mibPerGiB;
  return [
    ...(needs.gpu?.type !== undefined && type.gpuType !== needs.gpu.type
      ? [`GPU type ${type.gpuType ?? "none"} for ${needs.gpu.type}`]
      : []),
    ...(type.gpuCount < gpuCount ? [`GPU ${type.gpuCount} of ${gpuCount}`] : []),
    ...(type.vCpus < (needs.cpu ?? 0) ? [`CPU ${type.vCpus} of ${needs.cpu}`] : []),
    ...(memoryGiB < (needs.memoryGiB ?? 0) ? [`memory ${memoryGiB} of ${needs.memoryGiB} GiB`] : []),
  ];
}

function mayServe(type: MachineType, needs: Needs): boolean {
  return needs.gpu !== undefined || type.gpuCount === 0;
}

function isSimilar(type: PricedType, cheapest: PricedType): boolean {
  return (
    type.pricePerHourUsd <= cheapest.pricePerHourUsd * similarPrice &&
    type.vCpus <= cheapest.vCpus * similarSize &&
    type.memoryMiB <= cheapest.memoryMiB * similarSize &&
    type.gpuCount === cheapest.gpuCount &&
    type.gpuType === cheapest.gpuType
  );
}

/** More than everything else together: another GPU is no substitute. */
const wrongGpuDistance = 4;

/** How far a type is from the need; each kind counts for as much of it as is missing. */
function distance(type: MachineType, needs: Needs): number {
  const missing = (has: number, wanted: number): number => (wanted <= 0 ? 0 : Math.max(0, 1 - has / wanted));
  const wrongGpu = needs.gpu?.type !== undefined && type.gpuType !== needs.gpu.type ? wrongGpuDistance : 0;
  return (
    wrongGpu +
    missing(type.gpuCount, needs.gpu?.count ?? 0) +
    missing(type.vCpus, needs.cpu ?? 0) +
    missing(type.memoryMiB / mibPerGiB, needs.memoryGiB ?? 0)
  );
}

function nearestTo(needs: Needs): NeedsChoice["nearest"] {
  const ranked = offered
    .filter((type) => mayServe(type, needs))
    .map((type) => ({ type, distance: distance(type, needs) }))
    .sort((left, right) => left.distance - right.distance);
  const type = ranked[0]?.type;
  return type === undefined ? undefined : { instanceType: type.name, lacks: shortfall(type, needs).join(", ") };
}

/**
 * Picks machine types for a need: the cheapest that has everything, then similar ones, cheapest first, six at most.
 *
 * Several types are what keeps a group supplied when one of them is short, above all on spot.
 * Never: bare metal, previous generations, arm64, burstable types, GPU types when no GPU was asked for, different GPUs in one answer.
 */
export function chooseInstanceTypes(needs: Needs): NeedsChoice {
  const fitting = offered.filter((type) => mayServe(type, needs) && shortfall(type, needs).length === 0);
  const cheapest = fitting[0];
  if (cheapest !== undefined) {
    const similar = fitting.filter((type) => isSimilar(type, cheapest)).slice(0, mostTypes);
    return { instanceTypes: similar.map((type) => type.name) };
  }
  const nearest = nearestTo(needs);
  return { instanceTypes: [], ...(nearest === undefined ? {} : { nearest }) };
}

/** Types with this GPU that are of a previous generation, cheapest first: never picked, but there for who names them. */
export function previousTypesWithGpu(gpuType: string): readonly string[] {
  return machineTypes
    .filter(isPriced)
    .filter((type) => type.gpuType === gpuType && !type.currentGeneration && !type.bareMetal && type.architecture === "x86_64")
    .sort(byPrice)
    .map((type) => type.name);
}

/** Names of the GPUs that some offered type has, in alphabetical order. */
export const offeredGpuTypes: readonly string[] = [...new Set(offered.flatMap((type) => type.gpuType ?? []))].sort();
