import type { VcpuQuota } from "../../contract/decision";
import type { GroupModel, Problem } from "./problem";
import { compareText } from "./resources";

/** A quota on vCPUs, read for one decision. */
export interface QuotaModel {
  readonly given: VcpuQuota;
  /** vCPUs of one node, by position of its group; 0: the quota does not count the group. */
  readonly vcpusOf: Float64Array;
}

/** A quota that has no room for one more node of a group. */
export interface ShortQuota {
  readonly name: string;
  readonly maxVcpus: number;
  /** By what exists, what is bought, and what else it counts. */
  readonly usedVcpus: number;
  readonly vcpusPerNode: number;
}

/** The quotas by name, so that their order in the request decides nothing. */
export function readQuotas({ limits, groups }: Pick<Problem, "limits" | "groups">): readonly QuotaModel[] {
  if (limits.quotas === undefined || limits.quotas.length === 0) return [];
  const positions = new Map(groups.map(({ groupName, position }) => [groupName, position]));
  return [...limits.quotas]
    .sort((one, other) => compareText(one.name, other.name))
    .map((given) => {
      const vcpusOf = new Float64Array(groups.length);
      for (const { groupName, vcpusPerNode } of given.groups) {
        const position = positions.get(groupName);
        if (position !== undefined) vcpusOf[position] = vcpusPerNode;
      }
      return { given, vcpusOf };
    });
}

/** vCPUs that a quota counts when each group has so many nodes. */
export function vcpusInUse({ given, vcpusOf }: QuotaModel, members: Float64Array): number {
  return vcpusOf.reduce((sum, vcpus, position) => sum + vcpus * (members[position] ?? 0), given.otherVcpus ?? 0);
}

/** How many more nodes of the group the quotas allow; below 0 when they are exceeded already. `used`: vCPUs, one for each quota. */
export function roomInQuota(quotas: readonly QuotaModel[], used: Float64Array, { position }: GroupModel): number {
  return quotas.reduce((least, { given, vcpusOf }, i) => {
    const vcpus = vcpusOf[position] ?? 0;
    return vcpus === 0 ? least : Math.min(least, Math.floor((given.maxVcpus - (used[i] ?? 0)) / vcpus));
  }, Number.POSITIVE_INFINITY);
}

/** The first quota by name that has no room for one more node of the group. */
export function shortQuota(quotas: readonly QuotaModel[], used: Float64Array, group: GroupModel): ShortQuota | undefined {
  const index = quotas.findIndex((quota, i) => roomInQuota([quota], used.subarray(i, i + 1), group) < 1);
  const quota = quotas[index];
  if (quota === undefined) return undefined;
  const { name, maxVcpus } = quota.given;
  return { name, maxVcpus, usedVcpus: used[index] ?? 0, vcpusPerNode: quota.vcpusOf[group.position] ?? 0 };
}
