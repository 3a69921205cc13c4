import type { RayJob, RayJobSpec } from "../../../contract/kuberay/rayJob";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { ClusterJobSpec, RayJobTemplateSpec } from "../../../contract/kubernetes/rayJobSpec";
import { childName } from "../names";
import { jsonText } from "./jsonText";
import type { SpecifiedObject } from "./kubernetesObject";
import { objectMetadata, sortedMap } from "./objectMetadata";
import { planRayCluster } from "./planRayCluster";
import { submitterTemplate } from "./submitterTemplate";
import { withoutAbsent } from "./withoutAbsent";

/** A RayJob with a name, as it is planned. */
export type RayJobManifest = RayJob & SpecifiedObject<RayJobSpec>;

function mapText(map: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(map).length === 0 ? undefined : jsonText(map);
}

/** What a job says whatever cluster it runs on. */
function jobSpec(spec: KubernetesClusterSpec, job: ClusterJobSpec | RayJobTemplateSpec): RayJobSpec {
  const { submissionMode, submitterConfig, runtimeEnv, entrypointResources, metadata } = job;
  const { entrypoint, jobId, entrypointNumCpus, entrypointNumGpus, activeDeadlineSeconds, preRunningDeadlineSeconds } = job;
  const submits = submissionMode === "K8sJobMode";
  const { backoffLimit } = submitterConfig;
  return withoutAbsent({
    entrypoint,
    runtimeEnvYAML: mapText(runtimeEnv),
    jobId,
    metadata: sortedMap(metadata),
    entrypointNumCpus,
    entrypointNumGpus,
    entrypointResources: mapText(entrypointResources),
    submissionMode,
    submitterConfig: submits && backoffLimit !== undefined ? { backoffLimit } : undefined,
    submitterPodTemplate: submits ? submitterTemplate(spec, job) : undefined,
    activeDeadlineSeconds,
    preRunningDeadlineSeconds,
  });
}

/** A job with a cluster of its own, which goes with it unless the user says otherwise: nobody else knows of it, and it costs. */
export function rayJobSpec(spec: KubernetesClusterSpec, job: RayJobTemplateSpec): RayJobSpec {
  const { backoffLimit, deletionStrategy, ttlSecondsAfterFinished } = job;
  const rules = deletionStrategy?.deletionRules.map(({ policy, condition: { jobStatus, jobDeploymentStatus, ttlSeconds } }) => ({
    policy,
    condition: { ...withoutAbsent({ jobStatus, jobDeploymentStatus }), ...(ttlSeconds === 0 ? {} : { ttlSeconds }) },
  }));
  return {
    ...jobSpec(spec, job),
    ...withoutAbsent({
      backoffLimit,
      shutdownAfterJobFinishes: job.shutdownAfterJobFinishes ?? (rules === undefined ? true : undefined),
      ttlSecondsAfterFinished,
      deletionStrategy: rules === undefined ? undefined : { deletionRules: rules },
    }),
    rayClusterSpec: planRayCluster(spec).spec,
  };
}

/** The cluster of a specification with `rayJob`: the job's. Queues are named on it, and the operator hands them on to the cluster. */
export function planRayJob(spec: KubernetesClusterSpec, job: NonNullable<KubernetesClusterSpec["rayJob"]>): RayJobManifest {
  return {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: planRayCluster(spec).metadata,
    spec: { ...rayJobSpec(spec, job), ...(job.suspend ? { suspend: true } : {}) },
  };
}

/** Jobs on the standing cluster. */
export function planClusterJobs(spec: KubernetesClusterSpec): readonly RayJobManifest[] {
  return spec.clusterJobs.map((job) => ({
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: objectMetadata(spec, childName(spec.name, job.name)),
    spec: { ...jobSpec(spec, job), clusterSelector: { "ray.io/cluster": spec.name } },
  }));
}
