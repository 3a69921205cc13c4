/** A switch of the operator. */
export interface FeatureGate {
  /** The release that first has it. Absent: 1.5.0 or earlier. */
  readonly since?: string;
  /** The release that first has it on by itself. Absent: none. */
  readonly onSince?: string;
  /** The release that first has it no more. */
  readonly until?: string;
}

/** The operator's feature gates, as read from its source at 1.5.0, 1.5.2, 1.6.0, 1.6.2 and 1.7.0. */
export const featureGates: Readonly<Record<string, FeatureGate>> = {
  RayClusterStatusConditions: { onSince: "1.5.0" },
  RayJobDeletionPolicy: { onSince: "1.6.0" },
  RayMultiHostIndexing: { onSince: "1.6.0" },
  RayServiceIncrementalUpgrade: { onSince: "1.7.0" },
  RayCronJob: { since: "1.6.0" },
  AsyncJobInfoQuery: { since: "1.6.0", until: "1.7.0" },
  SidecarSubmitterRestart: { since: "1.7.0" },
  RayClusterNetworkPolicy: { since: "1.7.0" },
  GCSFaultToleranceEmbeddedStorage: { since: "1.7.0" },
  RayClusterMTLS: { since: "1.7.0" },
  RayClusterHistoryServer: { since: "1.7.0" },
  KubernetesWAS: { since: "1.7.0" },
};
