import * as z from "zod";
import { environment, environmentName, formed, rayStartParams } from "../formedText";

/** Names of namespaces, and of groups. */
export const dnsLabel = formed(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  "1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends",
);

/** Names of most objects: secrets, service accounts, classes. */
export const objectName = formed(
  /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
  "1 to 253 lower-case letters, digits, dashes and dots, with a letter or digit at both ends",
);

const labelForm = "up to 63 letters, digits and `- _ .`, with letters or digits at both ends";

/** Name of a Kubernetes label, with or without a domain. */
export const labelName = formed(
  /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
  `${labelForm}; a domain and a slash may stand before it`,
);

/** Kubernetes labels by name. */
export const labels = z.record(labelName, formed(/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/, labelForm));

/** Annotations by name; the value may be any text. */
export const annotations = z.record(labelName, z.string());

const secretKeySchema = z.strictObject({
  secretName: objectName.describe("The Secret, in the cluster's namespace."),
  key: formed(/^[-._a-zA-Z0-9]{1,253}$/, "1 to 253 letters, digits and `- _ .`").describe("The key inside it."),
});

/** One value of a Secret. */
export const secretKey = secretKeySchema;

const tolerationSchema = z.strictObject({
  key: labelName.optional().describe("The taint. Without it every taint is tolerated, with `operator: Exists`."),
  operator: z.enum(["Equal", "Exists"]).default("Equal").describe("`Exists`: any value."),
  value: z.string().optional().describe("The taint's value, with `operator: Equal`."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("By default every effect."),
  tolerationSeconds: z.int().nonnegative().optional().describe("With `NoExecute`: how long the pod stays, seconds. By default for ever."),
});

const spillSchema = z.strictObject({
  sizeGiB: z.int().positive().describe("GiB. A pod that fills an `emptyDir` above it is evicted."),
  storageClassName: objectName
    .optional()
    .describe("A volume of this class is made for each pod, and goes with it. Without it the node's own disk is used (`emptyDir`)."),
});

const volumeSchema = z.strictObject({
  name: dnsLabel.describe("Its name in the pod."),
  mountPath: formed(/^\/[^:]*$/, "an absolute path").describe("Where the container has it."),
  subPath: z.string().min(1).optional().describe("Only this file or folder of it."),
  configMapName: objectName.optional().describe("A ConfigMap that is there, such as one with code."),
  secretName: objectName.optional().describe("A Secret that is there."),
  claimName: objectName
    .optional()
    .describe("A PersistentVolumeClaim that is there, such as one with data; of several nodes where several pods mount it."),
  readOnly: z.boolean().default(false).describe("The container may not write to it. ConfigMaps and Secrets never can be written to."),
});

/** Amount of CPU of a container. */
const cpu = z.number().min(0.01).max(1024);
const memoryGiB = z.number().min(0.1).max(65_536);

/** Keys that the head and the worker groups have in common: what kind of pod, and where. */
export const podKeys = {
  cpu: cpu.describe("CPUs of the pod, request and limit."),
  memoryGiB: memoryGiB.describe("Memory of the pod, GiB, request and limit. Shared memory and an object store in it are part of it."),
  ephemeralStorageGiB: z
    .int()
    .positive()
    .optional()
    .describe("Disk of the node that the container may write, GiB, request and limit. By default none is asked for."),
  image: z.string().min(1).optional().describe("Container image. By default the cluster's `ray.image`."),
  nodeSelector: labels.default({}).describe("Labels that the node must have."),
  tolerations: z.array(tolerationSchema).max(50).default([]).describe("Taints that the pod accepts."),
  sharedMemoryGiB: memoryGiB
    .optional()
    .describe("Size of `/dev/shm`, where objects live, GiB. By default as much as the container's memory, which is KubeRay's default too."),
  objectStoreMemoryGiB: memoryGiB.optional().describe("Memory for objects, GiB. By default Ray takes 30 % of the pod's memory."),
  spill: spillSchema
    .optional()
    .describe("A volume for objects that do not fit into memory. Without it they are spilled to the container's own file system."),
  volumes: z
    .array(volumeSchema)
    .max(30)
    .default([])
    .describe("Further volumes of the pod, each of exactly one thing in the cluster's namespace, mounted in Ray's container."),
  environment: environment.default({}).describe("Environment variables; they win over the cluster's."),
  secretEnvironment: z
    .record(environmentName, secretKeySchema)
    .default({})
    .describe("Environment variables whose values are in Secrets; they win over the cluster's."),
  rayStartParams: rayStartParams
    .default({})
    .describe(
      "Further parameters of `ray start`, as in KubeRay: name without dashes to value. Ports, addresses and resources are rayfleet's own.",
    ),
  podLabels: labels.default({}).describe("Labels of the pods, beside the operator's."),
  podAnnotations: annotations.default({}).describe("Annotations of the pods."),
  serviceAccountName: objectName.optional().describe("A ServiceAccount that is there. By default one is made that may do nothing."),
  priorityClassName: objectName.optional().describe("PriorityClass of the pods."),
  runtimeClassName: objectName.optional().describe("RuntimeClass of the pods, such as `nvidia`."),
  schedulerName: objectName.optional().describe("Scheduler of the pods. By default Kubernetes' own, or that of `operator.batchScheduler`."),
  terminationGracePeriodSeconds: z
    .int()
    .nonnegative()
    .max(86_400)
    .optional()
    .describe("Time that a pod has to end, seconds. By default Kubernetes' 30."),
};
