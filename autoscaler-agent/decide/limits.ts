import type { DecisionReasonCode } from "../../contract/decision";
import type { GroupModel, Problem } from "./problem";
import type { Shop } from "./purchase";
import { type QuotaModel, readQuotas, roomInQuota, type ShortQuota, shortQuota, vcpusInUse } from "./quotas";

/** Growth that `upscalingSpeed` never goes under. Source: Ray's `AUTOSCALER_UPSCALING_INITIAL_NUM_NODES`. */
const leastStartingNodes = 5;

/** Sums of prices are not exact in the last digits: this part of the budget does not count. */
const tolerance = 1e-12;

export type BlockingCode = Extract<
  DecisionReasonCode,
  "group-max-replicas" | "cluster-max-replicas" | "hourly-budget" | "vcpu-quota" | "group-unavailable" | "only-busy-nodes-fit"
>;

interface Counts {
  /** All that exist or are bought, draining ones too: they are still paid. */
  readonly members: Float64Array;
  readonly starting: Float64Array;
  readonly running: Float64Array;
  readonly boughtNow: Float64Array;
  readonly boughtLater: Float64Array;
  readonly workers: number;
  readonly hourlyUsd: number;
  /** vCPUs in use, one for each quota. */
  readonly usedVcpus: Float64Array;
}

/** How many more nodes may be bought, group by group. */
export class Rooms implements Shop {
  private counts: Counts;
  private readonly limits: Problem["limits"];
  private readonly groups: readonly GroupModel[];
  private readonly quotas: readonly QuotaModel[];

  /** `launched`: nodes of each group that this decision has bought already. */
  constructor(problem: Problem, launched: Float64Array) {
    this.limits = problem.limits;
    this.groups = problem.groups;
    this.quotas = readQuotas(problem);
    this.counts = countNodes(problem, launched, this.quotas);
  }

  /** Nodes that may still be bought, now or later. */
  roomOf(group: GroupModel): number {
    if (!group.available) return 0;
    const { members, workers } = this.counts;
    const ofGroup = group.maxReplicas - (members[group.position] ?? 0);
    const ofCluster = (this.limits.maxReplicas ?? Number.POSITIVE_INFINITY) - workers;
    return Math.max(0, Math.min(ofGroup, ofCluster, this.roomInBudget(group), this.roomInQuotas(group)));
  }

  /** What keeps the group from growing, undefined when nothing does. */
  blockerOf(group: GroupModel): BlockingCode | undefined {
    if ((this.counts.members[group.position] ?? 0) >= group.maxReplicas) return "group-max-replicas";
    if (this.counts.workers >= (this.limits.maxReplicas ?? Number.POSITIVE_INFINITY)) return "cluster-max-replicas";
    if (this.roomInBudget(group) < 1) return "hourly-budget";
    if (this.shortQuotaOf(group) !== undefined) return "vcpu-quota";
    return group.available ? undefined : "group-unavailable";
  }

  /** The quota that keeps the group from growing, undefined when none does. */
  shortQuotaOf(group: GroupModel): ShortQuota | undefined {
    return this.quotas.length === 0 ? undefined : shortQuota(this.quotas, this.counts.usedVcpus, group);
  }

  /** True when it is the number of nodes, or of their vCPUs, that runs out, so that nodes which hold more would help. */
  isClusterFull(): boolean {
    return this.counts.workers >= (this.limits.maxReplicas ?? Number.POSITIVE_INFINITY) || this.isQuotaFull();
  }

  /** Books new nodes. Those beyond what may start at a time come later. */
  buy(group: GroupModel, count: number): { now: number; later: number } {
    const now = Math.min(count, this.startableNow(group));
    this.book(group, { now, later: count - now });
    return { now, later: count - now };
  }

  /** Books new nodes that no rate holds back. */
  buyAtOnce(group: GroupModel, count: number): void {
    this.book(group, { now: count, later: 0 });
  }

  boughtNow(): Float64Array {
    return this.counts.boughtNow;
  }

  boughtLater(): Float64Array {
    return this.counts.boughtLater;
  }

  save(): () => void {
    const saved = copyOf(this.counts);
    return () => {
      this.counts = copyOf(saved);
    };
  }

  private startableNow(group: GroupModel): number {
    if (this.limits.upscalingSpeed === undefined) return Number.POSITIVE_INFINITY;
    const { running, starting, boughtNow } = this.counts;
    const most = Math.max(leastStartingNodes, Math.floor(this.limits.upscalingSpeed * Math.max(1, running[group.position] ?? 0)));
    return Math.max(0, most - (starting[group.position] ?? 0) - (boughtNow[group.position] ?? 0));
  }

  private roomInBudget({ pricePerHourUsd }: GroupModel): number {
    if (this.limits.maxHourlyUsd === undefined || pricePerHourUsd === 0) return Number.POSITIVE_INFINITY;
    return Math.floor((this.limits.maxHourlyUsd * (1 + tolerance) - this.counts.hourlyUsd) / pricePerHourUsd);
  }

  private roomInQuotas(group: GroupModel): number {
    return this.quotas.length === 0 ? Number.POSITIVE_INFINITY : roomInQuota(this.quotas, this.counts.usedVcpus, group);
  }

  private isQuotaFull(): boolean {
    return this.quotas.length > 0 && this.groups.some((group) => roomInQuota(this.quotas, this.counts.usedVcpus, group) < 1);
  }

  private book(group: GroupModel, { now, later }: { now: number; later: number }): void {
    const { members, boughtNow, boughtLater, usedVcpus } = this.counts;
    this.quotas.forEach(({ vcpusOf }, i) => {
      usedVcpus[i] = (usedVcpus[i] ?? 0) + (now + later) * (vcpusOf[group.position] ?? 0);
    });
    members[group.position] = (members[group.position] ?? 0) + now + later;
    boughtNow[group.position] = (boughtNow[group.position] ?? 0) + now;
    boughtLater[group.position] = (boughtLater[group.position] ?? 0) + later;
    this.counts = {
      ...this.counts,
      workers: this.counts.workers + now + later,
      hourlyUsd: this.counts.hourlyUsd + (now + later) * group.pricePerHourUsd,
    };
  }
}

function copyOf({ members, boughtNow, boughtLater, usedVcpus, ...rest }: Counts): Counts {
  return {
    ...rest,
    members: members.slice(),
    boughtNow: boughtNow.slice(),
    boughtLater: boughtLater.slice(),
    usedVcpus: usedVcpus.slice(),
  };
}

function countNodes({ groups, nodes }: Problem, launched: Float64Array, quotas: readonly QuotaModel[]): Counts {
  const members = launched.slice();
  const starting = launched.slice();
  const running = new Float64Array(groups.length);
  let strangers = 0;
  for (const { head, group, state } of nodes) {
    if (head) continue;
    if (group === undefined) {
      strangers += 1;
      continue;
    }
    members[group.position] = (members[group.position] ?? 0) + 1;
    if (state === "starting") starting[group.position] = (starting[group.position] ?? 0) + 1;
    if (state === "running") running[group.position] = (running[group.position] ?? 0) + 1;
  }
  return {
    members,
    starting,
    running,
    boughtNow: new Float64Array(groups.length),
    boughtLater: new Float64Array(groups.length),
    workers: members.reduce((sum, count) => sum + count, strangers),
    hourlyUsd: groups.reduce((sum, group) => sum + (members[group.position] ?? 0) * group.pricePerHourUsd, 0),
    usedVcpus: Float64Array.from(quotas, (quota) => vcpusInUse(quota, members)),
  };
}
