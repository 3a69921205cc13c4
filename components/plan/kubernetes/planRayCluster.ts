import type { AutoscalerOptions } from "../../../contract/kuberay/autoscalerOptions";
import type { GcsFaultToleranceOptions } from "../../../contract/kuberay/gcsFaultToleranceOptions";
import type { RayCluster } from "../../../contract/kuberay/rayCluster";
import type { RayClusterSpec } from "../../../contract/kuberay/rayClusterSpec";
import { autoscalerAnnotation } from "../../../contract/kubernetes/kubernetesAgent";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { SpecifiedObject } from "./kubernetesObject";
import { objectMetadata, sortedMap } from "./objectMetadata";
import { apiAccess, planHeadGroup } from "./planHeadGroup";
import { planWorkerGroup } from "./planWorkerGroup";
import { cpuQuantity, memoryQuantity } from "./quantities";
import { leastPrivileges } from "./rayContainer";

/** A RayCluster with a name, as it is planned. */
export type RayClusterManifest = RayCluster & SpecifiedObject<RayClusterSpec>;

function autoscalerOptions(spec: KubernetesClusterSpec): AutoscalerOptions {
  const { image, cpu, memoryGiB, upscalingMode } = spec.autoscalerOptions;
  const amounts = { cpu: cpuQuantity(cpu), memory: memoryQuantity(memoryGiB) };
  return {
    // Idle time-outs of groups and priorities are known to this version only.
    version: "v2",
    upscalingMode,
    ...(typeof spec.idleTimeoutSeconds === "number" ? { idleTimeoutSeconds: spec.idleTimeoutSeconds } : {}),
    ...(image === undefined ? {} : { image }),
    imagePullPolicy: spec.ray.imagePullPolicy,
    resources: { requests: amounts, limits: { ...amounts } },
    volumeMounts: [apiAccess.mount],
    ...(spec.restrictPrivileges ? { securityContext: leastPrivileges } : {}),
  };
}

function gcsFaultTolerance({ gcsFaultTolerance: storage }: KubernetesClusterSpec): GcsFaultToleranceOptions | undefined {
  if (storage === undefined) return undefined;
  if (storage.redis !== undefined) {
    const { redisAddress, redisUsername, redisPasswordSecret: secret, externalStorageNamespace } = storage.redis;
    return {
      redisAddress,
      ...(redisUsername === undefined ? {} : { redisUsername: { value: redisUsername } }),
      ...(secret === undefined ? {} : { redisPassword: { valueFrom: { secretKeyRef: { name: secret.secretName, key: secret.key } } } }),
      ...(externalStorageNamespace === undefined ? {} : { externalStorageNamespace }),
    };
  }
  const { sizeGiB, storageClassName, claimName, deletionPolicy } = storage.embedded ?? {};
  return {
    backend: "rocksdb",
    storage: {
      ...(claimName === undefined ? {} : { claimName }),
      ...(sizeGiB === undefined ? {} : { size: memoryQuantity(sizeGiB) }),
      ...(storageClassName === undefined ? {} : { storageClassName }),
      ...(deletionPolicy === undefined || claimName !== undefined ? {} : { deletionPolicy }),
    },
  };
}

/** Each scheduler has a label of its own for the queue. */
const queueLabels = {
  volcano: "volcano.sh/queue-name",
  yunikorn: "yunikorn.apache.org/queue",
  "kai-scheduler": "kai.scheduler/queue",
} as const;

function batchLabels(spec: KubernetesClusterSpec): Readonly<Record<string, string>> {
  const { batchQueueName, batchPriorityClassName, name } = spec;
  const { batchScheduler } = spec.operator;
  if (batchScheduler === undefined) return {};
  const queueLabel = batchScheduler === "scheduler-plugins" ? undefined : queueLabels[batchScheduler];
  return {
    ...(batchQueueName === undefined || queueLabel === undefined ? {} : { [queueLabel]: batchQueueName }),
    ...(batchPriorityClassName === undefined ? {} : { "ray.io/priority-class-name": batchPriorityClassName }),
    ...(batchScheduler === "yunikorn" ? { "yunikorn.apache.org/app-id": name } : {}),
    ...(batchScheduler === "yunikorn" || batchScheduler === "scheduler-plugins" ? { "ray.io/gang-scheduling-enabled": "true" } : {}),
  };
}

/** `spec.suspend` is not written: where Kueue is at work it is Kueue's. */
function kueueMetadata({ kueue }: KubernetesClusterSpec): { labels: Record<string, string>; annotations: Record<string, string> } {
  if (kueue === undefined) return { labels: {}, annotations: {} };
  const { queueName, priorityClass, maxExecTimeSeconds, elasticJob } = kueue;
  return {
    labels: {
      "kueue.x-k8s.io/queue-name": queueName,
      ...(priorityClass === undefined ? {} : { "kueue.x-k8s.io/priority-class": priorityClass }),
      ...(maxExecTimeSeconds === undefined ? {} : { "kueue.x-k8s.io/max-exec-time-seconds": String(maxExecTimeSeconds) }),
    },
    annotations: elasticJob ? { "kueue.x-k8s.io/elastic-job": "true" } : {},
  };
}

/**
 * The RayCluster of a specification.
 *
 * With an autoscaler it holds no `replicas`: whoever applies it over a living cluster copies them from there by group name (`mergeWorkerGroups`).
 * Worker groups stand in the user's order, because the autoscaler writes by position.
 */
export function planRayCluster(spec: KubernetesClusterSpec): RayClusterManifest {
  const kueue = kueueMetadata(spec);
  const storage = gcsFaultTolerance(spec);
  const serviceAnnotations = sortedMap(spec.head.serviceAnnotations);
  const { mode, secretName } = spec.authentication;
  return {
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: objectMetadata(spec, spec.name, {
      labels: { ...batchLabels(spec), ...kueue.labels },
      // Replicas are the agent's then, and our provider leaves them alone.
      annotations: { ...kueue.annotations, ...(spec.autoscaler === "rayfleet" ? { [autoscalerAnnotation]: "rayfleet" } : {}) },
    }),
    spec: {
      rayVersion: spec.ray.version,
      enableInTreeAutoscaling: spec.autoscaler === "kuberay",
      ...(spec.autoscaler === "kuberay" ? { autoscalerOptions: autoscalerOptions(spec) } : {}),
      ...(mode === "none" ? {} : { authOptions: { mode, ...(secretName === undefined ? {} : { secretName }) } }),
      ...(spec.tls.enabled ? { tlsOptions: { enabled: true } } : {}),
      ...(storage === undefined ? {} : { gcsFaultToleranceOptions: storage }),
      ...(serviceAnnotations === undefined ? {} : { headServiceAnnotations: serviceAnnotations }),
      headGroupSpec: planHeadGroup(spec),
      workerGroupSpecs: spec.workerGroups.map((group) => planWorkerGroup(spec, group)),
    },
  };
}
