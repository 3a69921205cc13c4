import type { ClusterSpec } from "../../contract/clusterSpec";
import { HEAD_GROUP_NAME } from "../../contract/machineConfig";
import { machineType } from "./machineTypes";
import { nodeMemory } from "./nodeMemory";

/** The head with its machine type, memory and price worked out. */
export interface HeadPlan {
  readonly groupName: typeof HEAD_GROUP_NAME;
  readonly instanceType: string;
  readonly vCpus: number;
  readonly memoryGiB: number;
  /** Shared memory for objects: the user's, or 30 % of what is left beside the system. */
  readonly objectStoreMemoryBytes: number;
  readonly hasInstanceStore: boolean;
  /** On-demand list price; absent: unknown. */
  readonly pricePerHourUsd?: number;
}

const mibPerGiB = 1024;

/**
 * Works out the head of a checked specification.
 *
 * @throws RangeError when its machine type is not in the table, which `parseClusterSpec` refuses
 */
export function planHead(spec: ClusterSpec): HeadPlan {
  const { instanceType, objectStoreMemoryGiB } = spec.head;
  const type = machineType(instanceType);
  if (type === undefined) {
    throw new RangeError(
      `head.instanceType: is not in the table; got "${instanceType}"; expected a known machine type. Pass a specification that parseClusterSpec accepted.`,
    );
  }
  return {
    groupName: HEAD_GROUP_NAME,
    instanceType,
    vCpus: type.vCpus,
    memoryGiB: type.memoryMiB / mibPerGiB,
    objectStoreMemoryBytes: nodeMemory({ memoryMiB: type.memoryMiB, objectStoreMemoryGiB }).objectStoreBytes,
    hasInstanceStore: type.instanceStoreGiB > 0,
    ...(type.pricePerHourUsd === undefined ? {} : { pricePerHourUsd: type.pricePerHourUsd }),
  };
}
