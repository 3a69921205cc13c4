import * as z from "zod";
import { cidr, environment, formed, rayStartParams, resourceName } from "./formedText";
import { gcsFaultToleranceSpecSchema } from "./gcsFaultToleranceSpec";
import { agentSpecSchema, idleTimeout, schedulesSpecSchema, upscalingSpeed } from "./sizingSpec";

/**
 * What a user writes under `rayfleet:cluster` in a stack file. The schema says shape, range, default and purpose of each key, and
 * `docs/configuration.md` is made from it; rules that concern several keys at once (minimum over maximum, too small a network, unknown
 * machine types) stand in `components/plan/specRules.ts`.
 */

const amiId = formed(/^ami-[0-9a-z]+$/, "an image id such as ami-0abcdef1234567890");
const setupCommands = z.array(z.string().min(1));

export const raySpecSchema = z.strictObject({
  version: formed(/^\d+\.\d+\.\d+$/, "a release such as 2.60.0")
    .default("2.60.0")
    .describe("Ray release of the head, the workers and the job clients. 2.54.0 or later."),
  python: z
    .enum(["3.10", "3.11", "3.12", "3.13"])
    .default("3.11")
    .describe("Python that Ray runs on. Ray clients need the same minor version."),
  install: z
    .enum(["wheel", "image"])
    .default("wheel")
    .describe(
      "`wheel`: every machine installs Ray into a virtual environment when it boots. `image`: the machine image has it already, which starts faster.",
    ),
  imageRayBinDirectory: formed(/^\/./, "an absolute path")
    .default("/opt/ray/bin")
    .describe("With `install: image`: the folder on the image that holds the `ray` and `python` commands."),
  packages: z
    .array(z.string().min(1))
    .default([])
    .describe("Further pip requirements for every machine, with `install: wheel`. Pin them: machines that boot later install again."),
});

const port = z.int().min(1).max(65_535);

const egressSpecSchema = z.strictObject({
  cidr: cidr.describe("The network to reach; an address alone with /32."),
  fromPort: port.describe("First port."),
  toPort: port.describe("Last port; the first again for one port."),
  protocol: z.enum(["tcp", "udp"]).default("tcp").describe("Protocol."),
  description: formed(
    /^[a-zA-Z0-9. _:/()#,@[\]+=&;{}!$*-]{1,255}$/,
    "1 to 255 letters a to z, digits, spaces and `. _ - : / ( ) # , @ [ ] + = & ; { } ! $ *`",
  ).describe("What for; stands in the security group."),
});

export const accessSpecSchema = z.strictObject({
  users: z
    .array(cidr)
    .max(20)
    .default([])
    .describe(
      "Networks that may reach the dashboard and job API (8265) and Ray client (10001). Nobody by default: then a session by Systems Manager forwards the port. The head has a private address only, so these networks need a route to the VPC (VPN, peering, transit gateway).",
    ),
  scrapers: z.array(cidr).max(20).default([]).describe("Networks of Prometheus servers that may read the metrics ports."),
  allowPublicUsers: z
    .boolean()
    .default(false)
    .describe(
      "Must be true before `users` may hold the whole internet or a large part of it (a block wider than /8). Whoever reaches the job API and has the token runs code on the cluster.",
    ),
  egress: z
    .array(egressSpecSchema)
    .max(20)
    .default([])
    .describe(
      "What jobs may reach besides the cluster and HTTPS, from the head and the workers: databases (5432), Kafka (9092), EFS (2049). The other side has to let them in.",
    ),
});

export const networkSpecSchema = z.strictObject({
  cidr: cidr
    .default("10.80.0.0/16")
    .describe(
      "Address block of the cluster's own VPC, /16 to /24. An eighth of it is one zone's private subnet. A change replaces the network.",
    ),
  zones: z
    .int()
    .min(1)
    .max(4)
    .default(2)
    .describe("Availability zones to use. More zones find more spot capacity; traffic between zones is billed."),
  nat: z
    .enum(["per-zone", "single", "none"])
    .default("single")
    .describe(
      "The way out for nodes: a NAT gateway in each zone, one for all, or none; then AWS is reached through endpoints only, and the internet not at all. A gateway is about 0.05 USD an hour.",
    ),
  interfaceEndpoints: z
    .boolean()
    .default(false)
    .describe(
      "Reach the AWS services that a node calls without leaving the VPC. Always so with `nat: none`. About 0.08 USD an hour for each zone. Not in China.",
    ),
  flowLogs: z.boolean().default(true).describe("Record accepted and refused connections of the VPC in CloudWatch Logs."),
  flowLogRetentionDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90]).default(14).describe("How long flow logs are kept, days."),
  existing: z
    .strictObject({
      vpcId: formed(/^vpc-[0-9a-z]+$/, "an id such as vpc-0abcdef1234567890").describe("The VPC."),
      privateSubnetIds: z
        .array(formed(/^subnet-[0-9a-z]+$/, "an id such as subnet-0abcdef1234567890"))
        .min(1)
        .max(4)
        .describe("Subnets for the nodes, with a way to AWS's services, one for each zone. The head lives in the first."),
    })
    .optional()
    .describe("Use a VPC that is there already; then no network is made, and the other keys of `network` must be absent."),
});

export const headSpecSchema = z.strictObject({
  instanceType: z
    .string()
    .default("r5dn.16xlarge")
    .describe(
      "Machine type of the head, 8 GiB of memory or more. The r5dn class has memory for the cluster's state, network for object transfer and local NVMe for spilling. The default costs about 5.34 USD an hour; r5dn.4xlarge, a quarter of that, serves tens of workers.",
    ),
  amiId: amiId.optional().describe("Machine image. By default the newest Amazon Linux 2023 at the time the head is made."),
  rootDiskGiB: z.int().min(20).max(16384).default(100).describe("Encrypted gp3 root disk, GiB."),
  objectStoreMemoryGiB: z
    .number()
    .positive()
    .optional()
    .describe("Shared memory for objects, GiB. By default 30 % of the machine's memory."),
  environment: environment.default({}).describe("Environment variables of the head, beside the cluster's."),
  setupCommands: setupCommands.default([]).describe("Shell commands that root runs before Ray starts, after the cluster's."),
  rayStartParams: rayStartParams
    .default({})
    .describe(
      "Further parameters of `ray start`, as in KubeRay: name without dashes to value. Ports, addresses and resources are rayfleet's own.",
    ),
  capacityType: z
    .enum(["on-demand", "spot"])
    .default("on-demand")
    .describe("Only `on-demand` is accepted: a head that is taken away loses the cluster's state."),
});

/** What a node must have at least; rayfleet picks the cheapest fitting machine types. */
export const needsSchema = z.strictObject({
  cpu: z.number().positive().optional().describe("vCPUs."),
  memoryGiB: z
    .number()
    .positive()
    .optional()
    .describe("Memory of the machine, GiB; Ray offers about 60 % of it to tasks, the rest holds objects and the system."),
  gpu: z
    .strictObject({
      type: z.string().optional().describe("Ray's name of the accelerator, such as T4, L4, L40S, A100, H100. By default the cheapest."),
      count: z.int().positive().default(1).describe("GPUs of one node."),
    })
    .optional()
    .describe("Without it no machine type with a GPU is picked."),
});

export const workerGroupSpecSchema = z.strictObject({
  groupName: resourceName.describe(
    "Name of the group; also Ray's node type and the label `ray.io/node-group`. A change replaces the group.",
  ),
  instanceTypes: z
    .array(z.string())
    .min(1)
    .max(20)
    .optional()
    .describe(
      "Machine types in order of preference, all x86_64. Exactly one of `instanceTypes` and `needs`. A node counts as the smallest of them.",
    ),
  needs: needsSchema
    .optional()
    .describe("What a node must have at least; the cheapest current machine type that has it is used, with similar ones beside it."),
  capacityType: z
    .enum(["on-demand", "spot", "spot-then-on-demand"])
    .default("on-demand")
    .describe("How the machines are bought. Spot is cheaper and can be taken away with two minutes' notice."),
  onDemandBaseReplicas: z.int().nonnegative().default(0).describe("With spot: so many nodes are on-demand before any is spot."),
  minReplicas: z.int().nonnegative().default(0).describe("The agent keeps at least so many nodes."),
  maxReplicas: z.int().positive().max(5000).describe("There are never more nodes than this in the group."),
  idleTimeoutSeconds: idleTimeout
    .optional()
    .describe(
      "How long a node may hold no work before it is drained and ended, seconds. By default the cluster's. Longer avoids paying the boot time again.",
    ),
  bootDeadlineSeconds: z
    .int()
    .min(30)
    .max(7200)
    .default(900)
    .describe("From launch to alive in Ray, seconds; past it the machine is ended."),
  priority: z.int().min(-1000).max(1000).default(0).describe("Higher goes first when a quota, a budget or the API rate is short."),
  labels: z
    .record(z.string(), z.string())
    .default({})
    .describe("Ray labels of the nodes, for label selectors. Kubernetes label syntax; `ray.io/` is Ray's own."),
  resources: z
    .record(z.string().min(1), z.int().nonnegative())
    .default({})
    .describe("Custom Ray resources of each node, whole numbers; `CPU` and `GPU` override what the machine has."),
  rayStartParams: rayStartParams
    .default({})
    .describe(
      "Further parameters of `ray start`, as in KubeRay: name without dashes to value. Ports, addresses and resources are rayfleet's own.",
    ),
  environment: environment.default({}).describe("Environment variables of the nodes; they win over the cluster's."),
  setupCommands: setupCommands.default([]).describe("Shell commands that root runs before Ray starts, after the cluster's."),
  amiId: amiId
    .optional()
    .describe("Machine image. By default the newest Amazon Linux 2023; for machines with a GPU the newest AWS Deep Learning base image."),
  rootDiskGiB: z
    .int()
    .min(20)
    .max(16384)
    .optional()
    .describe("Encrypted gp3 root disk, GiB. By default 50; 150 for machines with a GPU, because their image holds drivers and CUDA."),
  objectStoreMemoryGiB: z
    .number()
    .positive()
    .optional()
    .describe("Shared memory for objects, GiB. By default 30 % of the machine's memory."),
});

/** AWS's classes of machine types, each with a quota of its own. @see docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html */
const vcpuFamilies = ["standard", "g", "p", "inf", "trn", "dl", "f", "x", "high-memory", "hpc"] as const;

const vcpuQuotaSpecSchema = z.strictObject({
  market: z
    .enum(["on-demand", "spot"])
    .describe("Which of the two quotas of the family. A group that buys in both markets counts in full against both."),
  family: z
    .enum(vcpuFamilies)
    .default("standard")
    .describe(
      "Machine types as AWS counts them: `standard` is A, C, D, H, I, M, R, T and Z, `g` is G and VT. A group counts with the largest of its types of the family.",
    ),
  maxVcpus: z
    .int()
    .nonnegative()
    .max(10_000_000)
    .describe("vCPUs that this cluster may use of it, the head among them: the quota's value without what else runs in the account."),
});

export const clusterSpecSchema = z.strictObject({
  name: resourceName
    .optional()
    .describe("Name in tags, metrics and machine names. By default the stack's name. A change replaces everything."),
  platform: z.enum(["aws"]).describe("Where the cluster runs."),
  ray: raySpecSchema.prefault({}).describe("Which Ray, and how it gets onto the machines."),
  access: accessSpecSchema.prefault({}).describe("Who may reach the cluster from outside it."),
  network: networkSpecSchema.prefault({}).describe("The cluster's network."),
  head: headSpecSchema.prefault({}).describe("The head: Ray's control plane and the autoscaler agent. It takes no tasks."),
  workerGroups: z.array(workerGroupSpecSchema).min(1).max(100).describe("Kinds of workers; the agent sizes each to what Ray waits for."),
  schedules: schedulesSpecSchema,
  idleTimeoutSeconds: idleTimeout
    .default(300)
    .describe(
      "How long a node may hold no work before it is drained and ended, seconds. `auto`: the agent works it out from each group's price and the boot times that it sees, 30 s to 30 min. Nodes that are wanted back right after they were ended make it longer for a while.",
    ),
  maxReplicas: z
    .int()
    .positive()
    .optional()
    .describe("Workers of all groups together, the head not counted. By default each group's own maximum is the only limit."),
  upscalingSpeed,
  budget: z
    .strictObject({
      maxHourlyUsd: z
        .number()
        .positive()
        .optional()
        .describe(
          "The agent launches no worker that would bring all workers together above this, at on-demand list prices. The head and the network are not counted.",
        ),
      vcpuQuotas: z
        .array(vcpuQuotaSpecSchema)
        .max(20)
        .default([])
        .describe(
          "The account's quotas on running vCPUs in this region, so that the agent takes other groups instead of asking for what AWS refuses. A quota that is not listed is not known, and does not hold the agent back.",
        ),
    })
    .prefault({})
    .describe("Limits on cost and on what the account may run."),
  gcsFaultTolerance: gcsFaultToleranceSpecSchema
    .optional()
    .describe(
      "Keep Ray's control store in ElastiCache for Valkey, or in a Redis that is there, so that actors and tasks outlive the head. Without it they are lost with the head. A running head takes it up when it next starts.",
    ),
  orphanTimeoutSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .default(900)
    .describe(
      "A worker without a head for this long ends itself, seconds. With `gcsFaultTolerance` its actors and tasks wait for the head as long.",
    ),
  environment: environment.default({}).describe("Environment variables of every machine."),
  setupCommands: setupCommands.default([]).describe("Shell commands that root runs on every machine before Ray starts."),
  extraPolicyArns: z
    .array(formed(/^arn:[a-z-]+:iam::(aws|\d{12}):policy\/\S+$/, "the ARN of a managed IAM policy"))
    .max(10)
    .default([])
    .describe(
      "Managed policies that the roles of the head and the workers get beside their own: what jobs may do in AWS. Every task on the cluster may do it.",
    ),
  tags: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe(
      "Added to every cloud resource. Keys may hold letters a to z, digits and `+ - = . , _ : @`, because machines read their own tags.",
    ),
  watchdog: z
    .strictObject({
      snsTopicArn: formed(/^arn:[^:]+:sns:/, "the ARN of an SNS topic")
        .optional()
        .describe("Who is told when the agent is silent or the head is ill. By default nobody; the alarm still shows."),
    })
    .prefault({})
    .describe("Alarms."),
  agent: agentSpecSchema,
});

/** As written in a stack file: what has a default may be absent. */
export type ClusterSpecInput = z.input<typeof clusterSpecSchema>;

/** Checked, every default filled in, `name` known. The only form the planners and components see. */
export type ClusterSpec = Readonly<Omit<z.output<typeof clusterSpecSchema>, "name"> & { name: string }>;
export type WorkerGroupSpec = ClusterSpec["workerGroups"][number];
export type VcpuQuotaSpec = ClusterSpec["budget"]["vcpuQuotas"][number];

/** One thing wrong with the shape of a specification, as the schema says it. */
export type SpecShapeIssue = z.core.$ZodIssue;

/** The schema as JSON Schema, for documentation and for finding the keys that an object may have. */
export function clusterSpecJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(clusterSpecSchema, { io: "input" });
}
