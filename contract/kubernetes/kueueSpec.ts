import * as z from "zod";
import { formed } from "../formedText";
import { labelName, labels, objectName, podKeys } from "./podSpec";

const quantity = z.union([
  z.number().nonnegative(),
  formed(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$/, "an amount such as 9, 500m or 36Gi"),
]);

const stopPolicy = z
  .enum(["None", "Hold", "HoldAndDrain"])
  .default("None")
  .describe("`Hold`: admit nothing more. `HoldAndDrain`: also end what was admitted.");

const quotaSchema = z.strictObject({
  nominalQuota: quantity.describe("So much may be used at a time."),
  borrowingLimit: quantity.optional().describe("So much more may be borrowed, with `cohortName`. By default all that others leave."),
  lendingLimit: quantity.optional().describe("So much of it others may borrow, with `cohortName`. By default all that is left."),
});

const flavorQuotasSchema = z.strictObject({
  name: objectName.describe("The ResourceFlavor."),
  resources: z
    .record(labelName, quotaSchema)
    .describe(
      "Kubernetes' name of a resource (`cpu`, `memory`, `nvidia.com/gpu`) to its quota. All flavors of a group have the same ones.",
    ),
});

const clusterQueueSchema = z.strictObject({
  name: objectName.describe("Its name. The whole Kubernetes cluster shares it."),
  cohortName: objectName.optional().describe("Queues of one cohort borrow from each other."),
  namespaceSelector: z
    .strictObject({ matchLabels: labels.default({}).describe("Labels of the namespaces.") })
    .optional()
    .describe("Namespaces that may use it; `{}` means all of them. By default the cluster's own."),
  queueingStrategy: z
    .enum(["BestEffortFIFO", "StrictFIFO"])
    .default("BestEffortFIFO")
    .describe("`StrictFIFO`: what does not fit holds back what came after it."),
  resourceGroups: z
    .array(z.strictObject({ flavors: z.array(flavorQuotasSchema).min(1).max(64).describe("Tried in this order.") }))
    .min(1)
    .max(16)
    .describe("Resources that are counted together, and on which flavors. What is not listed cannot be had."),
  preemption: z
    .strictObject({
      withinClusterQueue: z.enum(["Never", "LowerPriority", "LowerOrNewerEqualPriority"]).default("Never").describe("In this queue."),
      reclaimWithinCohort: z.enum(["Never", "LowerPriority", "Any"]).default("Never").describe("What others have borrowed from it."),
      borrowWithinCohort: z
        .strictObject({
          policy: z.enum(["Never", "LowerPriority"]).default("Never").describe("While it borrows itself."),
          maxPriorityThreshold: z.int().optional().describe("Only what is not above this priority."),
        })
        .prefault({})
        .describe("Not beside `reclaimWithinCohort: Never`."),
    })
    .prefault({})
    .describe("What may be ended to make room."),
  flavorFungibility: z
    .strictObject({
      whenCanBorrow: z.enum(["MayStopSearch", "TryNextFlavor"]).default("MayStopSearch").describe("Before it borrows."),
      whenCanPreempt: z.enum(["MayStopSearch", "TryNextFlavor"]).default("TryNextFlavor").describe("Before it ends something."),
    })
    .prefault({})
    .describe("Whether the next flavor is tried first."),
  admissionChecks: z
    .array(
      z.strictObject({
        name: objectName.describe("The AdmissionCheck."),
        onFlavors: z.array(objectName).max(64).default([]).describe("By default all flavors."),
      }),
    )
    .max(64)
    .default([])
    .describe("What else must agree, such as a ProvisioningRequest."),
  fairSharingWeight: z.number().nonnegative().optional().describe("Its share where Kueue shares fairly. By default 1."),
  stopPolicy,
});

const resourceFlavorSchema = z.strictObject({
  name: objectName.describe("Its name. The whole Kubernetes cluster shares it."),
  nodeLabels: labels.default({}).describe("Labels of its nodes; Kueue puts them into the pods' node selector. At most 8."),
  nodeTaints: z
    .array(
      z.strictObject({
        key: labelName.describe("The taint."),
        value: z.string().optional().describe("Its value."),
        effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).describe("What it does."),
      }),
    )
    .max(8)
    .default([])
    .describe("Taints of its nodes: only what tolerates them is admitted there."),
  tolerations: podKeys.tolerations.describe("Tolerations that Kueue adds to the pods. At most 8."),
  topologyName: objectName.optional().describe("A Topology, with at least one of `nodeLabels`."),
});

/** What a user writes under `kueue`: the queue that admits the cluster, and what is to be made of Kueue's own objects. */
export const kueueSpecSchema = z.strictObject({
  queueName: objectName.describe("The LocalQueue, in the cluster's namespace."),
  version: formed(/^0\.\d+\.\d+$/, "a release of Kueue such as 0.19.2")
    .default("0.19.2")
    .describe("Kueue's release, which must be there. From 0.15 its objects are written as v1beta2, before as v1beta1."),
  priorityClass: objectName.optional().describe("A WorkloadPriorityClass."),
  maxExecTimeSeconds: z.int().positive().optional().describe("Kueue stops the cluster after this long, seconds."),
  elasticJob: z
    .boolean()
    .default(false)
    .describe("Lets KubeRay's autoscaler change the number of workers; Kueue's gate ElasticJobsViaWorkloadSlices must be on."),
  localQueues: z
    .array(
      z.strictObject({
        name: objectName.describe("Its name, for `queueName`."),
        clusterQueue: objectName.describe("The ClusterQueue behind it. A change makes the queue anew."),
        stopPolicy,
      }),
    )
    .max(50)
    .default([])
    .describe("LocalQueues to make in the cluster's namespace. By default none: an administrator made them."),
  clusterQueues: z.array(clusterQueueSchema).max(50).default([]).describe("ClusterQueues to make."),
  resourceFlavors: z.array(resourceFlavorSchema).max(50).default([]).describe("ResourceFlavors to make."),
  workloadPriorityClasses: z
    .array(
      z.strictObject({
        name: objectName.describe("Its name, for `priorityClass`. The whole Kubernetes cluster shares it."),
        value: z.int().min(-2_147_483_648).max(2_147_483_647).describe("Higher goes first."),
        description: z.string().max(2048).optional().describe("What it is for."),
      }),
    )
    .max(50)
    .default([])
    .describe("WorkloadPriorityClasses to make."),
});

export type KueueSpec = z.output<typeof kueueSpecSchema>;
