import * as z from "zod";
import { formed } from "../formedText";
import { submissionModes } from "../kuberay/rayJob";
import { podKeys } from "./podSpec";

const { image, nodeSelector, tolerations, environment, secretEnvironment, podLabels, podAnnotations } = podKeys;
const { serviceAccountName, priorityClassName, schedulerName } = podKeys;

const submitterPodSchema = z.strictObject({
  cpu: podKeys.cpu.default(0.5),
  memoryGiB: podKeys.memoryGiB.default(1).describe("Memory of the pod, GiB, request and limit."),
  image: image.describe("Container image, with Ray's command line. By default the head's."),
  command: z.array(z.string()).max(100).default([]).describe("What runs instead of `ray job submit`, such as a wrapper around it."),
  args: z.array(z.string()).max(100).default([]).describe("Arguments of `command`."),
  nodeSelector,
  tolerations,
  environment,
  secretEnvironment,
  podLabels,
  podAnnotations,
  serviceAccountName,
  priorityClassName,
  schedulerName,
});

const deletionRuleSchema = z.strictObject({
  policy: z
    .enum(["DeleteWorkers", "DeleteCluster", "DeleteSelf", "DeleteNone"])
    .describe("What goes: the workers, the cluster, the RayJob with everything, or nothing."),
  condition: z
    .strictObject({
      jobStatus: z.enum(["SUCCEEDED", "FAILED"]).optional().describe("How the job ended. Exactly one of this and `jobDeploymentStatus`."),
      jobDeploymentStatus: z.enum(["Failed"]).optional().describe("Also a job that Ray never saw. KubeRay 1.6."),
      ttlSeconds: z.int().nonnegative().default(0).describe("So long after it, seconds."),
    })
    .describe("When."),
});

/** What every job says, whatever cluster it runs on. */
const jobKeys = {
  entrypoint: z.string().min(1).optional().describe("The command, such as `python train.py`. InteractiveMode has none."),
  runtimeEnv: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      "Ray's runtime environment: `pip`, `working_dir`, `env_vars` and the like. It stands in the RayJob for everybody who may read it.",
    ),
  submissionMode: z
    .enum(submissionModes)
    .default("K8sJobMode")
    .describe("Who submits the job: a pod of its own, the operator, a container beside the head, or (InteractiveMode) you."),
  entrypointNumCpus: z.number().nonnegative().optional().describe("CPUs that the command itself holds. Without any it runs on the head."),
  entrypointNumGpus: z.number().nonnegative().optional().describe("GPUs that the command itself holds."),
  entrypointResources: z.record(z.string().min(1), z.number().nonnegative()).default({}).describe("Custom resources that it holds."),
  metadata: z.record(z.string(), z.string()).default({}).describe("The job's metadata in Ray."),
  jobId: z.string().min(1).optional().describe("Its submission id in Ray. By default the operator makes one up."),
  submitterConfig: z
    .strictObject({
      backoffLimit: z.int().nonnegative().optional().describe("So often the submitting pod is tried again. By default twice."),
    })
    .prefault({})
    .describe("With K8sJobMode: retries of the submitter, not of the job."),
  submitterPod: submitterPodSchema.prefault({}).describe("With K8sJobMode: the pod that submits."),
  activeDeadlineSeconds: z.int().optional().describe("So long it may take from its start, seconds. By default any time."),
  preRunningDeadlineSeconds: z.int().optional().describe("So long it may take until it runs, seconds. By default any time. KubeRay 1.6."),
};

/** What only a job with a cluster of its own can have. */
const ownClusterKeys = {
  backoffLimit: z.int().optional().describe("So often the job is tried again, each time on a new cluster. By default never."),
  shutdownAfterJobFinishes: z
    .boolean()
    .optional()
    .describe("End the cluster when the job has ended. By default yes, unless there is a `deletionStrategy`; KubeRay's own default is no."),
  ttlSecondsAfterFinished: z.int().optional().describe("With `shutdownAfterJobFinishes`: so long after it, seconds. By default at once."),
  deletionStrategy: z
    .strictObject({ deletionRules: z.array(deletionRuleSchema).min(1).max(20).describe("The steps, in any order.") })
    .optional()
    .describe("What goes when, instead of `shutdownAfterJobFinishes`. KubeRay's gate RayJobDeletionPolicy, on from 1.6."),
};

/** What a user writes under `rayCronJob.job`. */
export const rayJobTemplateSchema = z.strictObject({ ...jobKeys, ...ownClusterKeys });

/** What a user writes under `rayJob`: the cluster is made for this job. */
export const rayJobSpecSchema = z.strictObject({
  ...jobKeys,
  ...ownClusterKeys,
  suspend: z
    .boolean()
    .default(false)
    .describe("Hold the job, or end its pods and keep it for later. Not beside `kueue`, which decides this itself."),
});

/** What a user writes under `clusterJobs`: jobs on the standing cluster. */
export const clusterJobSpecSchema = z.strictObject({
  name: formed(/^[a-z0-9]([a-z0-9-]{0,44}[a-z0-9])?$/, "1 to 46 lower-case letters, digits and dashes").describe(
    "Name of the job; the RayJob is called after the cluster and it. A change makes another job.",
  ),
  ...jobKeys,
});

export type RayJobTemplateSpec = z.output<typeof rayJobTemplateSchema>;
export type ClusterJobSpec = z.output<typeof clusterJobSpecSchema>;
