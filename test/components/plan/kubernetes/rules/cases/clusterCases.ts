import { aRayJob } from "../../../../../support/kubeRayManifests";
import {
  autoscaled,
  cluster,
  gatesOn,
  group,
  head,
  type RuleCases,
  template,
  version2,
  withGroup,
  withHead,
  withHeadEnv,
} from "./ruleCase";

const rightTemplate = template({});
const redis = { gcsFaultToleranceOptions: { redisAddress: "redis:6379" } };
const rocksdb = (parts: object = {}) => ({ gcsFaultToleranceOptions: { backend: "rocksdb", ...parts } });
const embedded = gatesOn("GCSFaultToleranceEmbeddedStorage");
const fromJob = { labels: { "ray.io/originated-from-crd": "RayJob" } };

/** Cases of the rules about names, groups, the autoscaler, stored state and authentication. */
export const clusterCases: RuleCases = {
  "field-type": { right: withGroup({ maxReplicas: 2 }), wrong: withGroup({ maxReplicas: "2" }) },
  "field-missing": { right: cluster({}), wrong: cluster({ headGroupSpec: undefined }) },
  "field-value": {
    right: cluster({ ...autoscaled, autoscalerOptions: { upscalingMode: "Conservative" } }),
    wrong: cluster({ ...autoscaled, autoscalerOptions: { upscalingMode: "conservative" } }),
  },
  "field-unknown": { right: withGroup({ maxReplicas: 2 }), wrong: withGroup({ maxReplica: 2 }) },
  "field-too-new": {
    right: withHead({}, { authOptions: { mode: "token" } }),
    wrong: withHead({ ingressOptions: { host: "ray.example.com" } }),
    context: { operatorVersion: "1.6.2" },
  },
  "name-too-long": {
    right: cluster({}, { name: "a".repeat(53) }),
    wrong: cluster({}, { name: "a".repeat(54) }),
  },
  "name-form": { right: cluster({}, { name: "demo-1" }), wrong: cluster({}, { name: "1-demo" }) },
  "head-without-container": {
    right: withHead({ template: rightTemplate }),
    wrong: withHead({ template: { spec: { containers: [] } } }),
  },
  "group-without-container": {
    right: withGroup({ template: rightTemplate }),
    wrong: withGroup({ template: { spec: { containers: [] } } }),
  },
  "min-replicas-negative": { right: withGroup({ minReplicas: 0 }), wrong: withGroup({ minReplicas: -1 }) },
  "max-replicas-negative": { right: withGroup({ maxReplicas: 0 }), wrong: withGroup({ maxReplicas: -1 }) },
  "min-above-max": {
    right: withGroup({ minReplicas: 10, maxReplicas: 10 }),
    wrong: withGroup({ minReplicas: 20, maxReplicas: 10 }),
  },
  "resources-twice": {
    right: withGroup({ rayStartParams: { "object-store-memory": "1" }, resources: { GPU: "1" } }),
    wrong: withGroup({ rayStartParams: { "num-gpus": "1" }, resources: { GPU: "1" } }),
  },
  "labels-in-start-params": {
    right: withGroup({ labels: { zone: "a" } }),
    wrong: withHead({ rayStartParams: { labels: "zone=a" } }),
  },
  "label-form": {
    right: withGroup({ labels: { "example.com/zone": "a_1.b" } }),
    wrong: withGroup({ labels: { zone: "a b" } }),
  },
  "group-idle-timeout-negative": {
    right: withGroup({ idleTimeoutSeconds: 0 }, version2),
    wrong: withGroup({ idleTimeoutSeconds: -1 }, version2),
  },
  "group-idle-timeout-needs-v2": {
    right: withGroup(
      { idleTimeoutSeconds: 60 },
      { headGroupSpec: head({ template: template({}, { env: [{ name: "RAY_enable_autoscaler_v2", value: "1" }] }) }), ...autoscaled },
    ),
    wrong: withGroup({ idleTimeoutSeconds: 60 }, autoscaled),
  },
  "priority-needs-ray-version": {
    right: withGroup({ priority: 0 }, { ...version2, rayVersion: "nightly" }),
    wrong: withGroup({ priority: 5 }, { ...version2, rayVersion: "nightly" }),
  },
  "priority-ray-too-old": {
    right: withGroup({ priority: 5 }, { ...version2, rayVersion: "2.56.0" }),
    wrong: withGroup({ priority: 5 }, { ...version2, rayVersion: "2.55.9" }),
  },
  "priority-needs-v2": { right: withGroup({ priority: 5 }, version2), wrong: withGroup({ priority: 5 }, autoscaled) },
  "group-suspend-gate": {
    right: withGroup({ suspend: false }),
    wrong: withGroup({ suspend: true }),
    context: { featureGates: { RayJobDeletionPolicy: false } },
  },
  "group-suspend-autoscaling": { right: withGroup({ suspend: true }), wrong: withGroup({ suspend: true }, autoscaled) },
  "v2-variable-without-autoscaling": {
    right: withHeadEnv(["RAY_enable_autoscaler_v2=0"]),
    wrong: withHeadEnv(["RAY_enable_autoscaler_v2=1"]),
  },
  "autoscaler-version-twice": {
    right: withHeadEnv(["RAY_enable_autoscaler_v2=1"], autoscaled),
    wrong: withHeadEnv(["RAY_enable_autoscaler_v2=1"], version2),
  },
  "head-restart-policy": {
    right: withHead({ template: template({ restartPolicy: "Never" }) }, version2),
    wrong: withHead({ template: template({ restartPolicy: "Always" }) }, version2),
  },
  "group-restart-policy": {
    right: withGroup({ template: template({ restartPolicy: "OnFailure" }) }, autoscaled),
    wrong: withGroup({ template: template({ restartPolicy: "OnFailure" }) }, version2),
  },
  "idle-timeout-negative": {
    right: cluster({ ...autoscaled, autoscalerOptions: { idleTimeoutSeconds: 0 } }),
    wrong: cluster({ ...autoscaled, autoscalerOptions: { idleTimeoutSeconds: -60 } }),
  },
  "autoscaler-managed-variable": {
    right: cluster({ ...autoscaled, autoscalerOptions: { args: ["$KUBERAY_GEN_AUTOSCALER_START_CMD"] } }),
    wrong: cluster({ ...autoscaled, autoscalerOptions: { env: [{ name: "KUBERAY_GEN_AUTOSCALER_START_CMD", value: "x" }] } }),
  },
  "gcs-fault-tolerance-twice": {
    right: cluster({}, { annotations: { "ray.io/ft-enabled": "true" } }),
    wrong: cluster(redis, { annotations: { "ray.io/ft-enabled": "true" } }),
  },
  "redis-address-without-options": {
    right: withHeadEnv(["RAY_REDIS_ADDRESS"], {}, { annotations: { "ray.io/ft-enabled": "TRUE" } }),
    wrong: withHeadEnv(["RAY_REDIS_ADDRESS"]),
  },
  "redis-settings-outside-options": {
    right: cluster({ gcsFaultToleranceOptions: { redisAddress: "redis:6379", redisPassword: { value: "secret" } } }),
    wrong: withHead({ rayStartParams: { "redis-password": "secret" } }, redis),
  },
  "redis-username-outside-options": {
    right: cluster({ gcsFaultToleranceOptions: { redisAddress: "redis:6379", redisUsername: { value: "ray" } } }),
    wrong: withHeadEnv(["REDIS_USERNAME"], redis),
  },
  "rocksdb-gate": { right: cluster(redis), wrong: cluster(rocksdb()) },
  "rocksdb-redis-fields": {
    right: cluster(rocksdb({ redisAddress: "" })),
    wrong: cluster(rocksdb({ redisAddress: "redis:6379" })),
    context: embedded,
  },
  "rocksdb-claim-excludes": {
    right: cluster(rocksdb({ storage: { claimName: "mine", accessModes: [] } })),
    wrong: cluster(rocksdb({ storage: { claimName: "mine", size: "2Gi" } })),
    context: embedded,
  },
  "rocksdb-managed-names": {
    right: withHead(
      { template: template({ volumes: [{ name: "data" }] }, { volumeMounts: [{ name: "data", mountPath: "/data" }] }) },
      rocksdb(),
    ),
    wrong: withHead(
      { template: template({ volumes: [{ name: "data" }] }, { volumeMounts: [{ name: "data", mountPath: "/data/gcs" }] }) },
      rocksdb(),
    ),
    context: embedded,
  },
  "storage-without-rocksdb": {
    right: cluster(rocksdb({ storage: { size: "2Gi" } })),
    wrong: cluster({ gcsFaultToleranceOptions: { redisAddress: "redis:6379", storage: { size: "2Gi" } } }),
    context: embedded,
  },
  "redis-address-missing": { right: cluster(redis), wrong: cluster({ gcsFaultToleranceOptions: {} }) },
  "token-needs-ray-version": {
    right: cluster({ rayVersion: undefined, authOptions: { mode: "disabled" } }),
    wrong: cluster({ rayVersion: undefined, authOptions: { mode: "token" } }),
  },
  "token-ray-too-old": {
    right: cluster({ rayVersion: "v2.52", authOptions: { mode: "token" } }),
    wrong: cluster({ rayVersion: "2.51.2", authOptions: { mode: "token" } }),
  },
  "kubernetes-token-ray-too-old": {
    right: cluster({ rayVersion: "2.55.0", authOptions: { mode: "token", enableK8sTokenAuth: true } }),
    wrong: cluster({ rayVersion: "2.54.0", authOptions: { mode: "token", enableK8sTokenAuth: true } }),
  },
  "kubernetes-token-secret": {
    right: cluster({ authOptions: { mode: "token", secretName: "ray-token" } }),
    wrong: cluster({ authOptions: { mode: "token", secretName: "ray-token", enableK8sTokenAuth: true } }),
  },
  "kubernetes-token-mode": {
    right: cluster({ authOptions: { mode: "token", enableK8sTokenAuth: true } }),
    wrong: cluster({ authOptions: { enableK8sTokenAuth: true } }),
  },
  "auth-without-mode": {
    right: cluster({ authOptions: { mode: "token", secretName: "ray-token" } }),
    wrong: cluster({ authOptions: { secretName: "ray-token" } }),
  },
  "kubernetes-token-kind": {
    right: cluster({ authOptions: { mode: "token", enableK8sTokenAuth: true } }),
    wrong: aRayJob({
      rayClusterSpec: { headGroupSpec: head({}), rayVersion: "2.60.0", authOptions: { mode: "token", enableK8sTokenAuth: true } },
    }),
  },
  "upgrade-strategy-owner": {
    right: cluster({ upgradeStrategy: { type: "Recreate" } }),
    wrong: cluster({ upgradeStrategy: { type: "Recreate" } }, fromJob),
  },
  "group-name-twice": {
    right: cluster({ workerGroupSpecs: [group({}), group({ groupName: "gpu" })] }),
    wrong: cluster({ workerGroupSpecs: [group({}), group({})] }),
  },
  "group-name-upper-case": { right: withGroup({ groupName: "gpu" }), wrong: withGroup({ groupName: "GPU" }) },
  "group-name-reserved": { right: withGroup({ groupName: "heads" }), wrong: withGroup({ groupName: "headgroup" }) },
  "replicas-outside-bounds": { right: withGroup({ replicas: 10 }), wrong: withGroup({ replicas: 11 }) },
  "hosts-below-one": { right: withGroup({ numOfHosts: 4 }), wrong: withGroup({ numOfHosts: 0 }) },
  "idle-timeout-without-autoscaling": {
    right: cluster({ ...autoscaled, autoscalerOptions: { idleTimeoutSeconds: 60 } }),
    wrong: cluster({ autoscalerOptions: { idleTimeoutSeconds: 60 } }),
  },
};
