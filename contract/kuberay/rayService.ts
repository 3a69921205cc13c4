import type { Condition, Service, WrittenMetadata } from "./kubernetes";
import type { RayClusterStatus } from "./rayCluster";
import type { ManagedBy, RayClusterSpec } from "./rayClusterSpec";

/** Ray Serve applications on a cluster of their own. */
export interface RayService {
  readonly apiVersion: "ray.io/v1";
  readonly kind: "RayService";
  readonly metadata: WrittenMetadata;
  readonly spec: RayServiceSpec;
  readonly status?: RayServiceStatus;
}

/** What is to be served, where, and how it changes. */
export interface RayServiceSpec {
  readonly rayClusterConfig: RayClusterSpec;
  /** A Ray Serve configuration, as YAML text. */
  readonly serveConfigV2?: string;
  readonly serveService?: Service;
  /** Keeps requests away from the head. @default false */
  readonly excludeHeadPodFromServeSvc?: boolean;
  readonly upgradeStrategy?: RayServiceUpgradeStrategy;
  /** Seconds until an old cluster goes. @default 60 */
  readonly rayClusterDeletionDelaySeconds?: number;
  /** @since KubeRay 1.6.0 */
  readonly managedBy?: ManagedBy;
  /** @since KubeRay 1.7.0 */
  readonly suspend?: boolean;
}

/** How a change of the cluster reaches it. */
export interface RayServiceUpgradeStrategy {
  /** @default "NewCluster" */
  readonly type?: RayServiceUpgradeType;
  /** For `NewClusterWithIncrementalUpgrade`, whose gate RayServiceIncrementalUpgrade is on from KubeRay 1.7. */
  readonly clusterUpgradeOptions?: ClusterUpgradeOptions;
}

/** Names of the ways to change: a second cluster at once, step by step, or no change at all. */
export const rayServiceUpgradeTypes = ["NewCluster", "NewClusterWithIncrementalUpgrade", "None"] as const;
/** One of them. */
export type RayServiceUpgradeType = (typeof rayServiceUpgradeTypes)[number];

/** The steps in which requests move to the new cluster. */
export interface ClusterUpgradeOptions {
  /** Capacity added at a time, 0–100. @default 100 */
  readonly maxSurgePercent?: number;
  /** Requests moved at a time, 0–100, at most `maxSurgePercent`. */
  readonly stepSizePercent: number;
  /** Seconds between steps. */
  readonly intervalSeconds: number;
  readonly gatewayClassName: string;
}

/** What we read of what the operator says. */
export interface RayServiceStatus {
  /** Ready, UpgradeInProgress, RollbackInProgress, Suspending, Suspended. */
  readonly conditions?: readonly Condition[];
  readonly activeServiceStatus?: ServedClusterStatus;
  readonly pendingServiceStatus?: ServedClusterStatus;
  readonly numServeEndpoints?: number;
  readonly observedGeneration?: number;
}

/** One of the two clusters of a service. */
export interface ServedClusterStatus {
  readonly rayClusterName?: string;
  readonly rayClusterStatus?: RayClusterStatus;
  /** By application. */
  readonly applicationStatuses?: Readonly<Record<string, { readonly status?: string; readonly message?: string }>>;
  readonly targetCapacity?: number;
  readonly trafficRoutedPercent?: number;
}
