import type { ClusterSpec } from "../../contract/clusterSpec";
import { cachePrices } from "./data/cachePrices";
import { networkPrices } from "./data/networkPrices";
import { planCache } from "./gcsStorage";
import { planHead } from "./headPlan";
import { priceList } from "./machineTypes";
import { planWorkerGroups, type WorkerGroupPlan } from "./workerGroups";

/** What a cluster costs by the hour at list prices: machines, the cache of Ray's control store and what the network bills by the hour. Disks, traffic and requests come on top. */
export interface CostPlan {
  /** The head, the cache, the network and every group at `minReplicas`. */
  readonly atMinimumHourlyUsd: number;
  /** The same with as many of the dearest workers as the maxima and the budget allow. */
  readonly atMaximumHourlyUsd: number;
  /** Machine types without a known price; they are in neither sum. */
  readonly unknownPrices: readonly string[];
  /** Where the prices come from and when they were read. */
  readonly source: string;
}

/**
 * AWS services that a node without a way out calls, each by an interface endpoint in every zone: the node service asks `sts`,
 * `secretsmanager` and `autoscaling`, the agent `ssm`, `autoscaling`, `ec2`, `sqs` and `monitoring`, and sessions go through `ssm` and
 * `ssmmessages`. S3 has a gateway endpoint. `ec2messages` is not among them: Systems Manager falls back to it for commands, never for
 * sessions, and newer regions do not have it.
 */
export const interfaceEndpointServices = [
  "ssm",
  "ssmmessages",
  "secretsmanager",
  "autoscaling",
  "ec2",
  "sqs",
  "monitoring",
  "sts",
] as const;

/** Whether the network has an interface endpoint for each of {@link interfaceEndpointServices}. */
export function hasInterfaceEndpoints(network: ClusterSpec["network"]): boolean {
  return network.existing === undefined && (network.nat === "none" || network.interfaceEndpoints);
}

function natGateways(network: ClusterSpec["network"]): number {
  if (network.existing !== undefined || network.nat === "none") {
    return 0;
  }
  return network.nat === "single" ? 1 : network.zones;
}

function networkHourlyUsd(network: ClusterSpec["network"]): number {
  const endpoints = hasInterfaceEndpoints(network) ? interfaceEndpointServices.length * network.zones : 0;
  const natUsd = networkPrices.natGatewayHourlyUsd + networkPrices.publicAddressHourlyUsd;
  return natGateways(network) * natUsd + endpoints * networkPrices.interfaceEndpointHourlyUsd;
}

/** Workers at `minReplicas`, groups without a known price left out. */
function minimumWorkersHourlyUsd(groups: readonly WorkerGroupPlan[]): number {
  return groups.reduce((sum, group) => sum + group.spec.minReplicas * (group.pricePerHourUsd ?? 0), 0);
}

/** The most that the workers can cost: minima first, then the dearest group until a limit is met. */
function maximumWorkersHourlyUsd(spec: ClusterSpec, groups: readonly WorkerGroupPlan[]): number {
  const minimumReplicas = groups.reduce((sum, group) => sum + group.spec.minReplicas, 0);
  let replicasLeft = (spec.maxReplicas ?? Number.POSITIVE_INFINITY) - minimumReplicas;
  let usd = minimumWorkersHourlyUsd(groups);
  const dearestFirst = [...groups].sort((left, right) => (right.pricePerHourUsd ?? 0) - (left.pricePerHourUsd ?? 0));
  for (const group of dearestFirst) {
    const replicas = Math.min(replicasLeft, group.spec.maxReplicas - group.spec.minReplicas);
    usd += replicas * (group.pricePerHourUsd ?? 0);
    replicasLeft -= replicas;
  }
  return Math.min(usd, spec.budget.maxHourlyUsd ?? usd);
}

function toCents(usd: number): number {
  return Math.round(usd * 100) / 100;
}

/**
 * Estimates what a checked specification costs by the hour, in whole cents.
 *
 * Guarantees: minimum ≤ maximum; more replicas never cost less; a price that is not known is named, never taken for zero in silence.
 * Spot is counted at the on-demand price: an upper bound.
 */
export function planCost(spec: ClusterSpec): CostPlan {
  const head = planHead(spec);
  const groups = planWorkerGroups(spec);
  const cache = planCache(spec);
  const fixedUsd = (head.pricePerHourUsd ?? 0) + (cache?.pricePerHourUsd ?? 0) + networkHourlyUsd(spec.network);
  const unknownPrices = [
    ...(head.pricePerHourUsd === undefined ? [head.instanceType] : []),
    ...(cache !== undefined && cache.pricePerHourUsd === undefined ? [cache.nodeType] : []),
    ...groups.filter((group) => group.pricePerHourUsd === undefined).flatMap((group) => group.instanceTypes.slice(0, 1)),
  ];
  return {
    atMinimumHourlyUsd: toCents(fixedUsd + minimumWorkersHourlyUsd(groups)),
    atMaximumHourlyUsd: toCents(fixedUsd + maximumWorkersHourlyUsd(spec, groups)),
    unknownPrices: [...new Set(unknownPrices)].sort(),
    source: [
      `${priceList.source}, ${priceList.region}, ${priceList.asOf}`,
      `network: ${networkPrices.source}, ${networkPrices.asOf}`,
      ...(cache === undefined ? [] : [`cache: ${cachePrices.source}, ${cachePrices.asOf}`]),
    ].join("; "),
  };
}
