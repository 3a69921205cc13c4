import type { ClusterSpec } from "../../contract/clusterSpec";
import type { MachineConfig } from "../../contract/machineConfig";
import { cachePrices } from "./data/cachePrices";
import { CACHE_PORT } from "./portTable";

/** The ElastiCache for Valkey to be made. */
export interface CachePlan {
  /** In AWS: letters, digits and single dashes, at most 40. */
  readonly replicationGroupId: string;
  readonly nodeType: string;
  /** The primary and its copies. */
  readonly nodeCount: number;
  /** The copies stand in other zones and one of them takes over; needs two nodes and two zones. */
  readonly spansZones: boolean;
  readonly snapshotRetentionDays: number;
  /** Of all nodes, on demand; absent: unknown. */
  readonly pricePerHourUsd?: number;
}

/** What is known of the store once its resources exist. */
export interface GcsStorageFacts {
  /** Host name or address of the cache that was made; undefined with an existing store. */
  readonly cacheHost: string | undefined;
  /** Secrets Manager ARN of the cache's password; undefined with an existing store. */
  readonly passwordSecretArn: string | undefined;
  /** Different in each cluster, in all accounts, and the same for as long as the cluster exists. */
  readonly externalStorageNamespace: string;
}

function zoneCount({ network }: ClusterSpec): number {
  return network.existing?.privateSubnetIds.length ?? network.zones;
}

/** Works out the cache that a checked specification asks for; undefined: none is to be made. */
export function planCache(spec: ClusterSpec): CachePlan | undefined {
  const wanted = spec.gcsFaultTolerance;
  if (wanted === undefined || wanted.existing !== undefined) {
    return undefined;
  }
  const nodeCount = 1 + wanted.replicas;
  const nodeUsd = cachePrices.nodeHourlyUsd[wanted.nodeType];
  return {
    replicationGroupId: `${spec.name.replaceAll(/-{2,}/g, "-")}-gcs`,
    nodeType: wanted.nodeType,
    nodeCount,
    spansZones: nodeCount > 1 && zoneCount(spec) > 1,
    snapshotRetentionDays: wanted.snapshotRetentionDays,
    ...(nodeUsd === undefined ? {} : { pricePerHourUsd: nodeUsd * nodeCount }),
  };
}

/** The port of an address that the schema accepted. */
export function redisPort(redisAddress: string): number {
  return Number(redisAddress.slice(redisAddress.lastIndexOf(":") + 1));
}

/**
 * Where the head finds the store of Ray's control store; undefined: it keeps it in memory.
 *
 * @throws RangeError when a cache is to be made and its host is not given
 */
export function gcsStorageOf(spec: ClusterSpec, facts: GcsStorageFacts): MachineConfig["gcsStorage"] {
  const wanted = spec.gcsFaultTolerance;
  if (wanted === undefined) {
    return undefined;
  }
  const { externalStorageNamespace, passwordSecretArn, cacheHost } = facts;
  if (wanted.existing !== undefined) {
    const { redisAddress, redisUsername, redisPasswordSecretArn } = wanted.existing;
    return {
      redisAddress,
      ...(redisUsername === undefined ? {} : { redisUsername }),
      ...(redisPasswordSecretArn === undefined ? {} : { redisPasswordSecretId: redisPasswordSecretArn }),
      externalStorageNamespace,
    };
  }
  if (cacheHost === undefined || passwordSecretArn === undefined) {
    throw new RangeError("gcsFaultTolerance: has no host or password of its cache; expected both. Report this as a bug.");
  }
  return { redisAddress: `rediss://${cacheHost}:${CACHE_PORT}`, redisPasswordSecretId: passwordSecretArn, externalStorageNamespace };
}
