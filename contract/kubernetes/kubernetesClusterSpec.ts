import * as z from "zod";
import { environment, environmentName, formed, resourceName } from "../formedText";
import { idleTimeout, schedulesSpecSchema, upscalingSpeed } from "../sizingSpec";
import { ingressSpecSchema, networkPolicySpecSchema } from "./accessSpec";
import { kubernetesAgentSpecSchema } from "./kubernetesAgentSpec";
import { kueueSpecSchema } from "./kueueSpec";
import { monitoringSpecSchema } from "./monitoringSpec";
import { operatorSpecSchema } from "./operatorSpec";
import { annotations, dnsLabel, labelName, labels, objectName, podKeys, secretKey } from "./podSpec";
import { priorityClassSpecSchema } from "./priorityClassSpec";
import { rayCronJobSpecSchema } from "./rayCronJobSpec";
import { clusterJobSpecSchema, rayJobSpecSchema } from "./rayJobSpec";
import { rayServiceSpecSchema } from "./rayServiceSpec";
import { gcsStorageSpecSchema } from "./storageSpec";

/**
 * What a user writes under `rayfleet:cluster` with `platform: kubernetes`. The schema says shape, range, default and purpose of each key, and
 * `docs/configuration-kubernetes.md` is made from it; rules that concern several keys at once stand in `components/plan/kubernetes`.
 */

const clusterName = formed(
  /^[a-z]([a-z0-9-]{0,51}[a-z0-9])?$/,
  "1 to 53 lower-case letters, digits and dashes, starting with a letter, not ending with a dash",
);

const kubernetesRaySpecSchema = z.strictObject({
  version: formed(/^\d+\.\d+\.\d+$/, "a release such as 2.60.0")
    .default("2.60.0")
    .describe("Ray release in the images."),
  python: z
    .enum(["3.10", "3.11", "3.12", "3.13"])
    .default("3.11")
    .describe("Python of the default images. Ray clients need the same minor version."),
  image: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Image of the head and the workers. By default `rayproject/ray:<version>-py<python>`, for groups with an NVIDIA GPU that with `-gpu`. It must hold `ray.version`.",
    ),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent").describe("When nodes fetch it."),
  imagePullSecrets: z.array(objectName).max(10).default([]).describe("Secrets for the registry."),
});

const autoscalerOptionsSchema = z.strictObject({
  image: z.string().min(1).optional().describe("Image of the autoscaler's container. By default the head's."),
  cpu: z.number().min(0.01).max(64).default(0.5).describe("CPUs of it, request and limit."),
  memoryGiB: z.number().min(0.1).max(1024).default(1).describe("Memory of it, GiB, request and limit."),
  upscalingMode: z
    .enum(["Default", "Aggressive", "Conservative"])
    .default("Default")
    .describe("`Conservative` limits how many workers may be on their way; the other two do not."),
});

const headSchema = z.strictObject({
  ...podKeys,
  cpu: podKeys.cpu.default(4),
  memoryGiB: podKeys.memoryGiB.default(16),
  serviceType: z
    .enum(["ClusterIP", "NodePort", "LoadBalancer"])
    .default("ClusterIP")
    .describe(
      "Type of the head's Service. The other two open the dashboard and the job API to everybody who reaches a node or the balancer.",
    ),
  serviceAnnotations: annotations.default({}).describe("Annotations of the head's Service."),
});

const gpuSchema = z.strictObject({
  type: formed(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, "Ray's name of an accelerator, such as L4, A100, H100")
    .optional()
    .describe(
      "Ray's name of the accelerator, such as T4, L4, H100. The nodes offer it to Ray, and `nodeLabels.gpuType` finds nodes that have it.",
    ),
  count: z.int().positive().max(1024).describe("GPUs of one pod."),
  resourceName: labelName.default("nvidia.com/gpu").describe("Kubernetes' name of the resource."),
});

/** One kind of workers. */
export const kubernetesWorkerGroupSpecSchema = z.strictObject({
  groupName: resourceName.describe("Name of the group; also Ray's node type and the label `ray.io/group`. A change makes another group."),
  minReplicas: z.int().nonnegative().default(0).describe("There are at least so many replicas."),
  maxReplicas: z.int().positive().max(5000).describe("There are never more replicas than this."),
  replicas: z.int().nonnegative().optional().describe("With `autoscaler: none`: how many replicas there are."),
  numOfHosts: z.int().min(1).max(1000).default(1).describe("Pods of one replica; for accelerators that span several hosts."),
  ...podKeys,
  gpu: gpuSchema.optional().describe("Without it the pods ask for no GPU."),
  capacityType: z
    .enum(["spot", "on-demand"])
    .optional()
    .describe(
      "Kind of nodes, by the label that `nodeLabels.capacityType` names. By default any. Spot nodes often have a taint: see `tolerations`.",
    ),
  idleTimeoutSeconds: idleTimeout
    .optional()
    .describe("How long a worker may hold no work before it is ended, seconds. By default the cluster's."),
  priority: z
    .int()
    .min(-1000)
    .max(1000)
    .default(0)
    .describe("Higher goes first. With `autoscaler: kuberay` it needs Ray 2.56 and KubeRay 1.7."),
  labels: labels.default({}).describe("Ray labels of the nodes, for label selectors; on the pods as well. `ray.io/` is Ray's own."),
  resources: z
    .record(z.string().min(1), z.int().nonnegative())
    .default({})
    .describe("Custom Ray resources of each pod, whole numbers; `CPU` and `GPU` override what the pod has."),
  pricePerHourUsd: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "What one pod costs in an hour, for `budget`. By default that of the machine type in `node.kubernetes.io/instance-type`, on AWS.",
    ),
  bootDeadlineSeconds: z
    .int()
    .min(30)
    .max(7200)
    .default(900)
    .describe("With `autoscaler: rayfleet`: from the moment at which a pod has a node to alive in Ray, seconds; past it the pod is ended."),
});

const nodeLabelsSchema = z.strictObject({
  capacityType: z
    .strictObject({
      name: labelName.describe(
        "The label, such as `karpenter.sh/capacity-type`, `eks.amazonaws.com/capacityType` or `cloud.google.com/gke-spot`.",
      ),
      spot: z
        .string()
        .min(1)
        .describe("Its value on spot nodes, such as `spot`, `SPOT` or `true`. Nodes with another value, or without it, are on-demand."),
    })
    .optional()
    .describe("How nodes say that they are spot. With it the head keeps away from spot nodes."),
  gpuType: z
    .strictObject({
      name: labelName.describe("The label, such as `nvidia.com/gpu.product` or `cloud.google.com/gke-accelerator`."),
      values: labels.default({}).describe("Its value for each `gpu.type`, where it is not the same."),
    })
    .optional()
    .describe("How nodes say which GPU they have."),
});

/** The whole. */
export const kubernetesClusterSpecSchema = z.strictObject({
  name: clusterName
    .optional()
    .describe("Name of the RayCluster and first part of other names. By default the stack's name. A change replaces everything."),
  platform: z.enum(["kubernetes"]).describe("Where the cluster runs."),
  namespace: dnsLabel.default("ray").describe("Namespace of the cluster. A change replaces everything."),
  createNamespace: z.boolean().default(true).describe("Make the namespace. `false`: it is there."),
  ray: kubernetesRaySpecSchema.prefault({}).describe("Which Ray, in which image."),
  operator: operatorSpecSchema.prefault({}).describe("KubeRay's operator."),
  autoscaler: z
    .enum(["kuberay", "rayfleet", "none"])
    .default("kuberay")
    .describe("Who sets the number of workers: Ray's autoscaler beside the head, rayfleet's agent, or nobody (`replicas`)."),
  autoscalerOptions: autoscalerOptionsSchema.prefault({}).describe("With `autoscaler: kuberay`: Ray's autoscaler."),
  head: headSchema.prefault({}).describe("The head. It takes no tasks (`num-cpus: 0`)."),
  workerGroups: z
    .array(kubernetesWorkerGroupSpecSchema)
    .min(1)
    .max(100)
    .describe("Kinds of workers. Append new ones at the end: Ray's autoscaler writes by position."),
  nodeLabels: nodeLabelsSchema.prefault({}).describe("How your nodes are labelled, for `capacityType` and `gpu.type`."),
  schedules: schedulesSpecSchema,
  idleTimeoutSeconds: idleTimeout
    .default(300)
    .describe(
      "How long a worker may hold no work before it is ended, seconds. `auto`, with `autoscaler: rayfleet`: the agent works it out.",
    ),
  maxReplicas: z
    .int()
    .positive()
    .optional()
    .describe("With `autoscaler: rayfleet`: workers of all groups together. By default each group's own maximum is the only limit."),
  upscalingSpeed,
  budget: z
    .strictObject({
      maxHourlyUsd: z
        .number()
        .positive()
        .optional()
        .describe(
          "With `autoscaler: rayfleet`: the agent launches no worker that would bring all workers together above this. Every group needs a price.",
        ),
    })
    .prefault({})
    .describe("Limits on cost."),
  agent: kubernetesAgentSpecSchema,
  authentication: z
    .strictObject({
      mode: z
        .enum(["token", "none"])
        .default("token")
        .describe("`token`: everyone who talks to Ray must have the cluster's token. Ray 2.52 and KubeRay 1.5.1."),
      secretName: objectName
        .optional()
        .describe("A Secret with the token under `auth_token`. By default the operator makes one, named as the cluster. KubeRay 1.6."),
    })
    .prefault({})
    .describe("Who may talk to Ray."),
  tls: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe("Ray's own traffic by TLS in both directions. KubeRay 1.7, its gate RayClusterMTLS, and cert-manager in the cluster."),
    })
    .prefault({})
    .describe("Encryption between the pods."),
  networkPolicy: networkPolicySpecSchema.prefault({}).describe("Who may reach the pods, and what these may reach."),
  gcsFaultTolerance: gcsStorageSpecSchema
    .optional()
    .describe(
      "Keep Ray's control store outside the head's memory, so that actors and tasks outlive the head. Without it they are lost with it.",
    ),
  ingress: ingressSpecSchema.optional().describe("A way to the dashboard from outside. By default none: `kubectl port-forward`."),
  monitoring: monitoringSpecSchema
    .optional()
    .describe(
      "PodMonitors, alerts and dashboards. By default none. Prometheus' operator must be there. The operator's own: `operator.serviceMonitor`.",
    ),
  podDisruptionBudget: z
    .strictObject({
      head: z
        .boolean()
        .default(true)
        .describe("No voluntary eviction of the head: a node that is drained waits until the cluster is gone."),
      maxUnavailableWorkers: z
        .int()
        .nonnegative()
        .optional()
        .describe("So many workers at most may be evicted at a time. By default no limit."),
    })
    .prefault({})
    .describe("Evictions when nodes are drained."),
  kueue: kueueSpecSchema.optional().describe("Kueue admits the cluster. With a fixed size, or with KubeRay's autoscaler and `elasticJob`."),
  batchQueueName: formed(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/, "up to 63 letters, digits and `- _ .`")
    .optional()
    .describe("Queue of `operator.batchScheduler` (volcano, yunikorn, kai-scheduler)."),
  batchPriorityClassName: objectName
    .optional()
    .describe("PriorityClass of the whole group of pods, with `operator.batchScheduler: volcano`."),
  priorityClasses: z.array(priorityClassSpecSchema).max(20).default([]).describe("PriorityClasses to make, for `priorityClassName`."),
  rayJob: rayJobSpecSchema.optional().describe("The cluster is made for this job, and is KubeRay's RayJob."),
  rayService: rayServiceSpecSchema.optional().describe("The cluster serves, and is KubeRay's RayService."),
  rayCronJob: rayCronJobSpecSchema
    .optional()
    .describe("A cluster is made for each run of a job: KubeRay's RayCronJob, from 1.6 and with its gate RayCronJob."),
  clusterJobs: z
    .array(clusterJobSpecSchema)
    .max(50)
    .default([])
    .describe("Jobs on the standing cluster. Each runs once; a change of it runs it again."),
  restrictPrivileges: z
    .boolean()
    .default(true)
    .describe(
      "Containers get no further privileges, no capabilities and the runtime's seccomp profile. `false` for images that use `sudo`.",
    ),
  environment: environment.default({}).describe("Environment variables of every pod."),
  secretEnvironment: z
    .record(environmentName, secretKey)
    .default({})
    .describe("Environment variables of every pod whose values are in Secrets."),
  objectLabels: labels.default({}).describe("Labels of every object that is made."),
  objectAnnotations: annotations.default({}).describe("Annotations of every object that is made."),
});

/** As written in a stack file: what has a default may be absent. */
export type KubernetesClusterSpecInput = z.input<typeof kubernetesClusterSpecSchema>;

/** Checked, every default filled in, `name` known. The only form the planners and components see. */
export type KubernetesClusterSpec = Readonly<Omit<z.output<typeof kubernetesClusterSpecSchema>, "name"> & { name: string }>;
export type KubernetesWorkerGroupSpec = KubernetesClusterSpec["workerGroups"][number];

/** The schema as JSON Schema, for documentation and for finding the keys that an object may have. */
export function kubernetesClusterSpecJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(kubernetesClusterSpecSchema, { io: "input" });
}
