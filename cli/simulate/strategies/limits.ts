import type { DecisionRequest, VcpuQuota } from "../../../contract/decision";
import type { Choice } from "./strategy";

/** Cuts launches to what the cluster's limits allow: number of workers, budget and vCPU quotas. Each policy is held to the same ones. */
export function withinLimits({ groups, nodes, limits }: DecisionRequest, launch: Choice["launch"]): Choice["launch"] {
  const price = new Map(groups.map((group) => [group.groupName, group.pricePerHourUsd ?? 0]));
  const workers = nodes.filter(({ head }) => head !== true);
  let room = (limits.maxReplicas ?? Number.POSITIVE_INFINITY) - workers.length;
  let budgetUsd =
    (limits.maxHourlyUsd ?? Number.POSITIVE_INFINITY) - workers.reduce((sum, { groupName }) => sum + (price.get(groupName) ?? 0), 0);
  const quotas = quotaRooms(limits.quotas ?? [], workers);
  return launch.flatMap(({ groupName, count }) => {
    const each = price.get(groupName) ?? 0;
    const affordable = each > 0 ? Math.floor(budgetUsd / each + 1e-9) : Number.POSITIVE_INFINITY;
    const ofQuotas = quotas.filter(({ vcpusPerNode }) => vcpusPerNode.has(groupName));
    const nodesLeft = ofQuotas.map(({ leftVcpus, vcpusPerNode }) => Math.floor(leftVcpus / (vcpusPerNode.get(groupName) ?? 1)));
    const allowed = Math.max(0, Math.min(count, room, affordable, ...nodesLeft));
    for (const quota of ofQuotas) quota.leftVcpus -= allowed * (quota.vcpusPerNode.get(groupName) ?? 0);
    room -= allowed;
    budgetUsd -= allowed * each;
    return allowed > 0 ? [{ groupName, count: allowed }] : [];
  });
}

interface QuotaRoom {
  leftVcpus: number;
  readonly vcpusPerNode: ReadonlyMap<string, number>;
}

function quotaRooms(quotas: readonly VcpuQuota[], workers: DecisionRequest["nodes"]): readonly QuotaRoom[] {
  return quotas.map(({ maxVcpus, otherVcpus = 0, groups }) => {
    const vcpusPerNode = new Map(groups.map((group) => [group.groupName, group.vcpusPerNode]));
    const used = workers.reduce((sum, { groupName }) => sum + (vcpusPerNode.get(groupName) ?? 0), otherVcpus);
    return { leftVcpus: maxVcpus - used, vcpusPerNode };
  });
}

/** When idle nodes go, and how many of each group have to stay for work that waits. */
interface Patience {
  timeoutSeconds(group: DecisionRequest["groups"][number]): number | undefined;
  readonly needed: ReadonlyMap<string, number>;
}

/** Idle nodes past their time-out that nothing needs, longest idle first, no group brought under its minimum. */
export function idleNodes({ groups, nodes }: DecisionRequest, { timeoutSeconds, needed }: Patience): readonly string[] {
  return groups.flatMap((group) => {
    const timeout = timeoutSeconds(group);
    const ours = nodes.filter(({ groupName }) => groupName === group.groupName);
    const idle = ours.filter(({ idleSeconds }) => idleSeconds !== undefined);
    const unneeded = idle.length - (needed.get(group.groupName) ?? 0);
    const spare = Math.max(0, Math.min(unneeded, ours.length - (group.minReplicas ?? 0)));
    return idle
      .filter(({ idleSeconds = 0 }) => timeout !== undefined && idleSeconds >= timeout)
      .sort((one, other) => (other.idleSeconds ?? 0) - (one.idleSeconds ?? 0))
      .slice(0, spare)
      .map(({ id }) => id);
  });
}

/** What brings each group to its minimum. */
export function missingToMinimum({ groups, nodes }: DecisionRequest): Choice["launch"] {
  return groups.flatMap(({ groupName, minReplicas = 0 }) => {
    const count = minReplicas - nodes.filter((node) => node.groupName === groupName).length;
    return count > 0 ? [{ groupName, count }] : [];
  });
}

/** Adds up launches of one group, in order of their first mention. */
export function mergedLaunches(launch: Choice["launch"]): Choice["launch"] {
  const counts = new Map<string, number>();
  for (const { groupName, count } of launch) counts.set(groupName, (counts.get(groupName) ?? 0) + count);
  return [...counts].map(([groupName, count]) => ({ groupName, count }));
}

/** What a policy makes of waiting work. */
export interface Growth {
  readonly launch: Choice["launch"];
  /** Idle nodes of each group that the work is meant for. */
  readonly needed: ReadonlyMap<string, number>;
}
