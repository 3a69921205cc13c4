import type { KubeRayField, KubeRayFields } from "./kubeRayField";
import { rayClusterSpecFields } from "./rayClusterSpecFields";

const rayJobSpecFields: KubeRayFields = {
  activeDeadlineSeconds: { type: "integer" },
  backoffLimit: { type: "integer" },
  clusterSelector: { type: "map", of: "string" },
  deletionStrategy: {
    type: "object",
    fields: {
      deletionRules: {
        type: "list",
        fields: {
          condition: {
            type: "object",
            required: true,
            fields: {
              jobDeploymentStatus: { type: "string", values: ["Failed"], since: "1.6.0" },
              jobStatus: { type: "string", values: ["SUCCEEDED", "FAILED"] },
              ttlSeconds: { type: "integer" },
            },
          },
          policy: { type: "string", values: ["DeleteCluster", "DeleteWorkers", "DeleteSelf", "DeleteNone"], required: true },
        },
      },
      onFailure: {
        type: "object",
        fields: {
          policy: { type: "string", values: ["DeleteCluster", "DeleteWorkers", "DeleteSelf", "DeleteNone"] },
        },
      },
      onSuccess: {
        type: "object",
        fields: {
          policy: { type: "string", values: ["DeleteCluster", "DeleteWorkers", "DeleteSelf", "DeleteNone"] },
        },
      },
    },
  },
  entrypoint: { type: "string" },
  entrypointNumCpus: { type: "number" },
  entrypointNumGpus: { type: "number" },
  entrypointResources: { type: "string" },
  jobId: { type: "string" },
  managedBy: { type: "string" },
  metadata: { type: "map", of: "string" },
  preRunningDeadlineSeconds: { type: "integer", since: "1.6.0" },
  rayClusterSpec: { type: "object", fields: rayClusterSpecFields },
  runtimeEnvYAML: { type: "string" },
  shutdownAfterJobFinishes: { type: "boolean" },
  submissionMode: { type: "string" },
  submitterConfig: {
    type: "object",
    fields: {
      backoffLimit: { type: "integer" },
    },
  },
  submitterPodTemplate: { type: "object" },
  suspend: { type: "boolean" },
  ttlSecondsAfterFinished: { type: "integer" },
};

const rayServiceSpecFields: KubeRayFields = {
  deploymentUnhealthySecondThreshold: { type: "integer" },
  excludeHeadPodFromServeSvc: { type: "boolean" },
  managedBy: { type: "string", since: "1.6.0" },
  rayClusterConfig: { type: "object", required: true, fields: rayClusterSpecFields },
  rayClusterDeletionDelaySeconds: { type: "integer" },
  serveConfigV2: { type: "string" },
  serveService: { type: "object" },
  serviceUnhealthySecondThreshold: { type: "integer" },
  suspend: { type: "boolean", since: "1.7.0" },
  upgradeStrategy: {
    type: "object",
    fields: {
      clusterUpgradeOptions: {
        type: "object",
        fields: {
          gatewayClassName: { type: "string", required: true },
          intervalSeconds: { type: "integer", required: true },
          maxSurgePercent: { type: "integer" },
          stepSizePercent: { type: "integer", required: true },
        },
      },
      type: { type: "string" },
    },
  },
};

const rayCronJobSpecFields: KubeRayFields = {
  jobTemplate: { type: "object", required: true, fields: rayJobSpecFields },
  schedule: { type: "string", required: true },
  suspend: { type: "boolean" },
  timeZone: { type: "string", since: "1.7.0" },
};

/** The kinds of KubeRay. */
export const rayKinds = ["RayCluster", "RayJob", "RayService", "RayCronJob"] as const;
/** One of them. */
export type RayKind = (typeof rayKinds)[number];

/**
 * `spec` of each kind, with the release that first has a field, as read from the CRDs of 1.5.0, 1.5.1, 1.5.2, 1.6.0, 1.6.1, 1.6.2 and 1.7.0; no field went away
 * between them. What came before 1.5.0 is not told apart.
 */
export const kubeRayFields: Readonly<Record<RayKind, KubeRayField>> = {
  RayCluster: { type: "object", fields: rayClusterSpecFields },
  RayJob: { type: "object", fields: rayJobSpecFields },
  RayService: { type: "object", fields: rayServiceSpecFields },
  RayCronJob: { type: "object", since: "1.6.0", fields: rayCronJobSpecFields },
};
