import type { ClusterSpec, WorkerGroupSpec } from "../../contract/clusterSpec";
import { type MachineType, machineType } from "./machineTypes";
import { chooseInstanceTypes } from "./needs";
import { nodeMemory } from "./nodeMemory";

/** A worker group with its machine types, resources and price worked out. */
export interface WorkerGroupPlan {
  readonly spec: WorkerGroupSpec;
  readonly groupName: string;
  /** In order of preference; all of one architecture. */
  readonly instanceTypes: readonly string[];
  /** What one node offers to Ray at least: the smallest of the machine types, custom resources added. */
  readonly resources: Readonly<Record<string, number>>;
  /** The user's, with `ray.io/node-group` and, where it is known, `ray.io/accelerator-type` and `ray.io/market-type`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly idleTimeoutSeconds: number | "auto";
  /** Estimate for one node at the on-demand list price of the first type; absent when the table has none. */
  readonly pricePerHourUsd?: number;
  readonly hasGpu: boolean;
  /** Root disk, GiB: the user's, or enough for the default image and what Ray installs. */
  readonly rootDiskGiB: number;
  /** Every one of the machine types has local disks. */
  readonly hasInstanceStore: boolean;
}

const defaultRootDiskGiB = 50;

/** AWS's Deep Learning image alone takes much of it. */
const defaultGpuRootDiskGiB = 150;

/** The group's machine types by name: the user's list, or what its needs come to. */
export function groupInstanceTypes(spec: WorkerGroupSpec): readonly string[] {
  return spec.instanceTypes ?? (spec.needs === undefined ? [] : chooseInstanceTypes(spec.needs).instanceTypes);
}

/** The GPU that all of the types have; undefined when they differ or have none. */
function sameGpuType(types: readonly MachineType[]): string | undefined {
  const [first, ...others] = new Set(types.map((type) => type.gpuType));
  return others.length === 0 ? first : undefined;
}

function nodeResources(spec: WorkerGroupSpec, types: readonly MachineType[]): Readonly<Record<string, number>> {
  const smallest = (value: (type: MachineType) => number): number => Math.min(...types.map(value));
  const gpus = smallest((type) => type.gpuCount);
  const gpuType = sameGpuType(types);
  const { memoryBytes } = nodeMemory({
    memoryMiB: smallest((type) => type.memoryMiB),
    objectStoreMemoryGiB: spec.objectStoreMemoryGiB,
  });
  return {
    CPU: smallest((type) => type.vCpus),
    ...(gpus > 0 ? { GPU: gpus } : {}),
    ...(gpuType === undefined ? {} : { [`accelerator_type:${gpuType}`]: 1 }),
    memory: memoryBytes,
    ...spec.resources,
  };
}

/** What the group's nodes are bought as, when that is one thing for all of them. */
function marketType(spec: WorkerGroupSpec): string | undefined {
  if (spec.capacityType === "on-demand") {
    return "on-demand";
  }
  return spec.capacityType === "spot" && spec.onDemandBaseReplicas === 0 ? "spot" : undefined;
}

function nodeLabels(spec: WorkerGroupSpec, types: readonly MachineType[]): Readonly<Record<string, string>> {
  const gpuType = sameGpuType(types);
  const market = marketType(spec);
  return {
    ...spec.labels,
    "ray.io/node-group": spec.groupName,
    ...(gpuType === undefined ? {} : { "ray.io/accelerator-type": gpuType }),
    ...(market === undefined ? {} : { "ray.io/market-type": market }),
  };
}

function planWorkerGroup(spec: WorkerGroupSpec, clusterIdleTimeoutSeconds: number | "auto"): WorkerGroupPlan {
  const instanceTypes = groupInstanceTypes(spec);
  const types = instanceTypes.flatMap((name) => machineType(name) ?? []);
  if (types.length === 0 || types.length < instanceTypes.length) {
    throw new RangeError(
      `workerGroups ${spec.groupName}: has machine types that are not in the table; got ${instanceTypes.join(", ") || "none"}; ` +
        "expected known ones. Pass a specification that parseClusterSpec accepted.",
    );
  }
  const price = types[0]?.pricePerHourUsd;
  const hasGpu = types.some((type) => type.gpuCount > 0);
  return {
    spec,
    groupName: spec.groupName,
    instanceTypes,
    resources: nodeResources(spec, types),
    labels: nodeLabels(spec, types),
    idleTimeoutSeconds: spec.idleTimeoutSeconds ?? clusterIdleTimeoutSeconds,
    ...(price === undefined ? {} : { pricePerHourUsd: price }),
    hasGpu,
    rootDiskGiB: spec.rootDiskGiB ?? (hasGpu ? defaultGpuRootDiskGiB : defaultRootDiskGiB),
    hasInstanceStore: types.every((type) => type.instanceStoreGiB > 0),
  };
}

/**
 * Works out every worker group of a checked specification, in its order.
 *
 * Guarantees: `resources` is no more than any of the group's types offers; at least one machine type each; same input, same plan.
 *
 * @throws RangeError when a machine type is not in the table, which `parseClusterSpec` refuses
 */
export function planWorkerGroups(spec: ClusterSpec): readonly WorkerGroupPlan[] {
  return spec.workerGroups.map((group) => planWorkerGroup(group, spec.idleTimeoutSeconds));
}
