import type { ClusterSpec, VcpuQuotaSpec, WorkerGroupSpec } from "../../contract/clusterSpec";
import type { VcpuQuota } from "../../contract/decision";
import { machineType } from "./machineTypes";
import type { WorkerGroupPlan } from "./workerGroups";

type Family = VcpuQuotaSpec["family"];

/**
 * The letters that machine types of a family begin with. `u-6tb1` and `u7i-12tb` are high-memory ones; Macs are counted by hosts.
 *
 * @see docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
const familyOfLetters: Readonly<Record<string, Family>> = {
  ...Object.fromEntries(["a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"].map((letters) => [letters, "standard" as const])),
  g: "g",
  gr: "g",
  vt: "g",
  p: "p",
  inf: "inf",
  trn: "trn",
  dl: "dl",
  f: "f",
  x: "x",
  u: "high-memory",
  hpc: "hpc",
};

/** The family under which AWS counts a machine type; undefined for one that no vCPU quota counts, or that is not known. */
export function vcpuFamily(typeName: string): Family | undefined {
  const letters = /^[a-z]+/.exec(typeName)?.[0] ?? "";
  return Object.hasOwn(familyOfLetters, letters) ? familyOfLetters[letters] : undefined;
}

/** What the group's machines are counted with in a quota, vCPUs of one; 0: not at all. */
export function vcpusCounted(
  { market, family }: VcpuQuotaSpec,
  { capacityType, onDemandBaseReplicas }: Pick<WorkerGroupSpec, "capacityType" | "onDemandBaseReplicas">,
  typeNames: readonly string[],
): number {
  const buysOnlySpot = capacityType === "spot" && onDemandBaseReplicas === 0;
  const isCounted = market === "on-demand" ? !buysOnlySpot : capacityType !== "on-demand";
  const vcpus = typeNames.map((name) => (vcpuFamily(name) === family ? (machineType(name)?.vCpus ?? 0) : 0));
  // Which of its types AWS launches is not known before; the largest is never too few.
  return isCounted ? Math.max(0, ...vcpus) : 0;
}

/** What the head, which is never a spot machine, takes of a quota. */
export function vcpusOfHead({ market, family }: VcpuQuotaSpec, instanceType: string): number {
  return market === "on-demand" && vcpuFamily(instanceType) === family ? (machineType(instanceType)?.vCpus ?? 0) : 0;
}

/** The account's quotas with the groups that each counts; one that counts none is left out. */
export function planVcpuQuotas({ budget, head }: ClusterSpec, plans: readonly WorkerGroupPlan[]): VcpuQuota[] {
  return budget.vcpuQuotas.flatMap((quota) => {
    const groups = plans
      .map(({ groupName, spec, instanceTypes }) => ({ groupName, vcpusPerNode: vcpusCounted(quota, spec, instanceTypes) }))
      .filter(({ vcpusPerNode }) => vcpusPerNode > 0);
    const otherVcpus = vcpusOfHead(quota, head.instanceType);
    const name = `${quota.market} ${quota.family}`;
    return groups.length === 0 ? [] : [{ name, maxVcpus: quota.maxVcpus, ...(otherVcpus === 0 ? {} : { otherVcpus }), groups }];
  });
}
