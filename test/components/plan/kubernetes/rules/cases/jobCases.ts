import type { WrittenMetadata } from "../../../../../../contract/kuberay/kubernetes";
import type { RayCronJobSpec } from "../../../../../../contract/kuberay/rayCronJob";
import type { RayJobSpec } from "../../../../../../contract/kuberay/rayJob";
import type { ClusterUpgradeOptions, RayServiceSpec } from "../../../../../../contract/kuberay/rayService";
import { aClusterSpec, aHeadGroup, aRayCronJob, aRayJob, aRayService } from "../../../../../support/kubeRayManifests";
import { autoscaled, cluster, gatesOn, group, head, type Parts, type RuleCases, template } from "./ruleCase";

const job = (parts: Parts<RayJobSpec>, metadata: WrittenMetadata = {}) => aRayJob(parts as Partial<RayJobSpec>, metadata);
const selected = (parts: Parts<RayJobSpec> = {}) =>
  job({ rayClusterSpec: undefined, clusterSelector: { "ray.io/cluster": "demo" }, ...parts });
const shut = { shutdownAfterJobFinishes: true };
const rule = (policy: string, ttlSeconds: number, jobStatus = "FAILED") => ({ policy, condition: { jobStatus, ttlSeconds } });
const deleting = (...deletionRules: readonly object[]) => ({ deletionStrategy: { deletionRules } });
const older = (onSuccess: object, onFailure: object) => ({ deletionStrategy: { onSuccess, onFailure } });
const service = (parts: Parts<RayServiceSpec>, metadata: WrittenMetadata = {}) => aRayService(parts as Partial<RayServiceSpec>, metadata);
const cron = (parts: Parts<RayCronJobSpec>) => aRayCronJob(parts as Partial<RayCronJobSpec>);
const cronOn = gatesOn("RayCronJob");
const steps = { maxSurgePercent: 50, stepSizePercent: 10, intervalSeconds: 30, gatewayClassName: "istio" };
const stepwise = (clusterUpgradeOptions: Parts<ClusterUpgradeOptions> | undefined = steps, spec: object = autoscaled) =>
  service({ upgradeStrategy: { type: "NewClusterWithIncrementalUpgrade", clusterUpgradeOptions }, rayClusterConfig: aClusterSpec(spec) });
const queue = { labels: { "kueue.x-k8s.io/queue-name": "team" } };
const elastic = { ...queue, annotations: { "kueue.x-k8s.io/elastic-job": "true" } };

/** Cases of the rules about jobs, services, what recurs and queues. */
export const jobCases: RuleCases = {
  "job-suspend-needs-shutdown": { right: job({ suspend: true, ...shut }), wrong: job({ suspend: true }) },
  "job-ttl-needs-shutdown": { right: job({ ttlSecondsAfterFinished: 60, ...shut }), wrong: job({ ttlSecondsAfterFinished: 60 }) },
  "job-ttl-negative": { right: job({ ttlSecondsAfterFinished: 0 }), wrong: job({ ttlSecondsAfterFinished: -1 }) },
  "job-without-cluster": { right: selected(), wrong: job({ rayClusterSpec: undefined }) },
  "selector-without-name": { right: selected(), wrong: selected({ clusterSelector: { team: "a" } }) },
  "selector-with-suspend": { right: selected({ suspend: false }), wrong: selected({ suspend: true, ...shut }) },
  "selector-with-sidecar": { right: selected({ submissionMode: "HTTPMode" }), wrong: selected({ submissionMode: "SidecarMode" }) },
  "selector-with-retries": { right: selected({ backoffLimit: 0 }), wrong: selected({ backoffLimit: 1 }) },
  "interactive-with-retries": {
    right: job({ submissionMode: "InteractiveMode", entrypoint: undefined }),
    wrong: job({ submissionMode: "InteractiveMode", backoffLimit: 1 }),
  },
  "sidecar-with-submitter": {
    right: job({ submitterConfig: { backoffLimit: 2 } }),
    wrong: job({ submissionMode: "SidecarMode", submitterConfig: { backoffLimit: 2 } }),
  },
  "sidecar-head-restart-policy": {
    right: job({
      submissionMode: "SidecarMode",
      rayClusterSpec: aClusterSpec({ headGroupSpec: head({ template: template({ restartPolicy: "Never" }) }) }),
    }),
    wrong: job({
      submissionMode: "SidecarMode",
      rayClusterSpec: aClusterSpec({ headGroupSpec: head({ template: template({ restartPolicy: "Always" }) }) }),
    }),
  },
  "runtime-environment-form": { right: job({ runtimeEnvYAML: "pip: [requests]\n" }), wrong: job({ runtimeEnvYAML: "pip: [requests\n" }) },
  "deadline-not-positive": { right: job({ activeDeadlineSeconds: 1 }), wrong: job({ activeDeadlineSeconds: 0 }) },
  "retries-negative": { right: job({ backoffLimit: 0 }), wrong: job({ backoffLimit: -1 }) },
  "submission-mode-unknown": { right: job({ submissionMode: "HTTPMode" }), wrong: job({ submissionMode: "HttpMode" }) },
  "entrypoint-missing": { right: job({ entrypoint: "", submitterPodTemplate: template({}) }), wrong: job({ entrypoint: " " }) },
  "entrypoint-resources-form": { right: job({ entrypointResources: '{"a": 1}' }), wrong: job({ entrypointResources: "{a: 1}" }) },
  "managed-by": { right: job({ managedBy: "kueue.x-k8s.io/multikueue" }), wrong: job({ managedBy: "me" }) },
  "deletion-strategy-form": {
    right: job(older({ policy: "DeleteSelf" }, { policy: "DeleteSelf" })),
    wrong: job({ deletionStrategy: { onSuccess: { policy: "DeleteSelf" } } }),
  },
  "deletion-condition-form": {
    right: job(deleting({ policy: "DeleteSelf", condition: { jobDeploymentStatus: "Failed" } })),
    wrong: job(deleting({ policy: "DeleteSelf", condition: { jobDeploymentStatus: "Failed", jobStatus: "FAILED" } })),
  },
  "deletion-time-negative": { right: job(deleting(rule("DeleteSelf", 0))), wrong: job(deleting(rule("DeleteSelf", -1))) },
  "deletion-gate": {
    right: job({}),
    wrong: job(deleting(rule("DeleteSelf", 0))),
    context: { operatorVersion: "1.5.2" },
  },
  "deletion-rules-with-shutdown": {
    right: job(deleting(rule("DeleteSelf", 0))),
    wrong: job({ ...deleting(rule("DeleteSelf", 0)), ...shut }),
  },
  "deletion-none-with-shutdown": {
    right: job({ ...older({ policy: "DeleteSelf" }, { policy: "DeleteCluster" }), ...shut }),
    wrong: job({ ...older({ policy: "DeleteSelf" }, { policy: "DeleteNone" }), ...shut }),
  },
  "deletion-policy-missing": {
    right: job(older({ policy: "DeleteSelf" }, { policy: "DeleteNone" })),
    wrong: job(older({ policy: "DeleteSelf" }, {})),
  },
  "deletion-rule-twice": {
    right: job(deleting(rule("DeleteSelf", 0, "FAILED"), rule("DeleteSelf", 9, "SUCCEEDED"))),
    wrong: job(deleting(rule("DeleteSelf", 0, "FAILED"), rule("DeleteSelf", 9, "FAILED"))),
  },
  "deletion-order": {
    right: job(deleting(rule("DeleteCluster", 60), rule("DeleteWorkers", 0), rule("DeleteSelf", 60))),
    wrong: job(deleting(rule("DeleteCluster", 60), rule("DeleteWorkers", 61))),
  },
  "deletion-of-selected-cluster": { right: selected(deleting(rule("DeleteSelf", 0))), wrong: selected(deleting(rule("DeleteCluster", 0))) },
  "deletion-of-workers-with-autoscaling": {
    right: job({ ...deleting(rule("DeleteCluster", 0)), rayClusterSpec: aClusterSpec(autoscaled) }),
    wrong: job({ ...deleting(rule("DeleteWorkers", 0)), rayClusterSpec: aClusterSpec(autoscaled) }),
  },
  "head-service-name": {
    right: service({
      rayClusterConfig: aClusterSpec({ headGroupSpec: aHeadGroup({ headService: { metadata: { labels: { a: "b" } } } }) }),
    }),
    wrong: service({ rayClusterConfig: aClusterSpec({ headGroupSpec: aHeadGroup({ headService: { metadata: { name: "mine" } } }) }) }),
  },
  "upgrade-type-unknown": {
    right: service({ upgradeStrategy: { type: "None" } }),
    wrong: service({ upgradeStrategy: { type: "Recreate" } }),
  },
  "upgrade-steps-need-autoscaling": { right: stepwise(), wrong: stepwise(steps, {}) },
  "upgrade-steps-missing": {
    right: stepwise(),
    wrong: service({ upgradeStrategy: { type: "NewClusterWithIncrementalUpgrade" }, rayClusterConfig: aClusterSpec(autoscaled) }),
  },
  "upgrade-steps-percent": {
    right: stepwise({ ...steps, maxSurgePercent: undefined }),
    wrong: stepwise({ ...steps, maxSurgePercent: 101 }),
  },
  "upgrade-step-above-surge": { right: stepwise({ ...steps, stepSizePercent: 50 }), wrong: stepwise({ ...steps, stepSizePercent: 51 }) },
  "upgrade-interval": { right: stepwise({ ...steps, intervalSeconds: 1 }), wrong: stepwise({ ...steps, intervalSeconds: 0 }) },
  "upgrade-gateway-class": { right: stepwise(), wrong: stepwise({ ...steps, gatewayClassName: "" }) },
  "upgrade-steps-gate": {
    right: service({ upgradeStrategy: { type: "NewCluster" } }),
    wrong: stepwise(),
    context: { operatorVersion: "1.6.2" },
  },
  "deletion-delay-negative": {
    right: service({ rayClusterDeletionDelaySeconds: 0 }),
    wrong: service({ rayClusterDeletionDelaySeconds: -1 }),
  },
  "initializing-timeout-form": {
    right: service({}, { annotations: { "ray.io/initializing-timeout": "1h30m" } }),
    wrong: service({}, { annotations: { "ray.io/initializing-timeout": "-5m" } }),
  },
  "serve-config-form": { right: service({ serveConfigV2: "applications: [ ]" }), wrong: service({ serveConfigV2: "applications: [" }) },
  "cron-job-gate": { right: job({}), wrong: cron({}) },
  "cron-schedule-zone": {
    right: cron({ timeZone: "Europe/Berlin" }),
    wrong: cron({ schedule: "CRON_TZ=Europe/Berlin 0 8 * * *" }),
    context: cronOn,
  },
  "cron-schedule-form": { right: cron({ schedule: "*/5 0-12/2 1,15 jan-mar ?" }), wrong: cron({ schedule: "0 8 * * 7" }), context: cronOn },
  "cron-time-zone": { right: cron({ timeZone: "UTC" }), wrong: cron({ timeZone: "europe/berlin" }), context: cronOn },
  "kueue-absent": { right: cluster({}), wrong: cluster({}, queue), context: { kueue: false } },
  "kueue-selector": { right: job(shut, queue), wrong: job({ ...shut, clusterSelector: { "ray.io/cluster": "demo" } }, queue) },
  "kueue-shutdown": { right: job(shut, queue), wrong: job({}, queue) },
  "kueue-autoscaling": { right: cluster(autoscaled, elastic), wrong: cluster(autoscaled, queue) },
  "kueue-group-name": {
    right: cluster({ workerGroupSpecs: [group({ groupName: "head" })] }),
    wrong: cluster({ workerGroupSpecs: [group({ groupName: "head" })] }, queue),
  },
  "kueue-requests": {
    right: cluster({}, queue),
    wrong: cluster({ headGroupSpec: head({ template: template({}) }) }, queue),
  },
  "kueue-suspend": { right: cluster({ suspend: true }, queue), wrong: cluster({ suspend: false }, queue) },
};
