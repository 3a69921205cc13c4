import { z } from "zod";

/**
 * What a user writes under `rayfleet:cluster` in a stack file. The schema says shape, range and default of each key; rules that concern
 * several keys at once (min over max, overlapping networks, unknown machine types) stand in `components/plan/specRules.ts`.
 */

const cidr = z.cidrv4();
const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());
const labels = z.record(z.string(), z.string());
const resources = z.record(z.string(), z.number().nonnegative());

/** Names that fit everywhere they are used: tags, Auto Scaling group names, Ray node types, file names. */
const resourceName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/, "lower-case letters, digits and dashes, starting with a letter, at most 32");

export const raySpecSchema = z.strictObject({
  /** Ray release, pinned. 2.54.0 or later. @default "2.60.0" */
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .default("2.60.0"),
  /** Python of the virtual environment. @default "3.11" */
  python: z.enum(["3.10", "3.11", "3.12", "3.13"]).default("3.11"),
  /** `wheel` installs Ray at boot; `image` uses what the machine image has. @default "wheel" */
  install: z.enum(["wheel", "image"]).default("wheel"),
  /** With `install: image`: the folder of the `ray` command on the image. @default "/opt/ray/bin" */
  imageRayBinDirectory: z.string().startsWith("/").default("/opt/ray/bin"),
  /** Further pip requirements for every machine, with `install: wheel`. @default [] */
  packages: z.array(z.string()).default([]),
});

export const accessSpecSchema = z.strictObject({
  /** Networks that may reach the dashboard (8265) and the Ray client port (10001). @default [] nobody */
  users: z.array(cidr).default([]),
  /** Networks of Prometheus servers that may read metrics. @default [] nobody */
  scrapers: z.array(cidr).default([]),
  /** Must be true before `users` may hold 0.0.0.0/0. @default false */
  allowPublicUsers: z.boolean().default(false),
});

export const networkSpecSchema = z.strictObject({
  /** Address block of the cluster's own VPC. /16 to /24. @default "10.80.0.0/16" */
  cidr: cidr.default("10.80.0.0/16"),
  /** How many availability zones, 1 to 4. @default 2 */
  zones: z.int().min(1).max(4).default(2),
  /** NAT gateways: one per zone, one for all, or none (then AWS is reached through endpoints only). @default "single" */
  nat: z.enum(["per-zone", "single", "none"]).default("single"),
  /** Interface endpoints for the AWS services that a node calls. Always made with `nat: none`. @default false */
  interfaceEndpoints: z.boolean().default(false),
  /** VPC flow logs, kept for `flowLogRetentionDays`. @default true */
  flowLogs: z.boolean().default(true),
  /** @default 14 */
  flowLogRetentionDays: z.union([1, 3, 5, 7, 14, 30, 60, 90].map((days) => z.literal(days))).default(14),
  /** Use a VPC that is there already; then no network is made. */
  existing: z
    .strictObject({
      vpcId: z.string().startsWith("vpc-"),
      vpcCidr: cidr,
      privateSubnetIds: z.array(z.string().startsWith("subnet-")).min(1).max(4),
    })
    .optional(),
});

export const headSpecSchema = z.strictObject({
  /** r5dn class: memory for the GCS, network for object transfer, NVMe for spilling. @default "r5dn.16xlarge" */
  instanceType: z.string().default("r5dn.16xlarge"),
  /** Machine image; by default the newest Amazon Linux 2023. */
  amiId: z.string().startsWith("ami-").optional(),
  /** Encrypted gp3. @default 100 */
  rootDiskGiB: z.int().min(20).max(16384).default(100),
  /** Shared memory for objects. @default 30 % of the machine's memory */
  objectStoreMemoryGiB: z.number().positive().optional(),
  environment: environment.default({}),
  setupCommands: z.array(z.string()).default([]),
  /** Further `ray start` parameters, as in KubeRay. @default {} */
  rayStartParams: z.record(z.string(), z.string()).default({}),
  /** Refused when it is not on-demand: a lost head loses the cluster's state. @default "on-demand" */
  capacityType: z.enum(["on-demand", "spot"]).default("on-demand"),
});

/** What a node must have at least; rayfleet picks the cheapest fitting machine types. */
export const needsSchema = z.strictObject({
  cpu: z.number().positive().optional(),
  memoryGiB: z.number().positive().optional(),
  gpu: z.strictObject({ type: z.string().optional(), count: z.int().positive().default(1) }).optional(),
});

export const workerGroupSpecSchema = z.strictObject({
  groupName: resourceName,
  /** In order of preference. Exactly one of `instanceTypes` and `needs`. */
  instanceTypes: z.array(z.string()).min(1).max(20).optional(),
  needs: needsSchema.optional(),
  /** @default "on-demand" */
  capacityType: z.enum(["on-demand", "spot", "spot-then-on-demand"]).default("on-demand"),
  /** With spot: so many nodes are on-demand before any is spot. @default 0 */
  onDemandBaseReplicas: z.int().nonnegative().default(0),
  /** @default 0 */
  minReplicas: z.int().nonnegative().default(0),
  maxReplicas: z.int().positive().max(5000),
  /** Overrides the cluster's. */
  idleTimeoutSeconds: z.int().min(10).max(86_400).optional(),
  /** Launch to alive in Ray; past it the machine is ended. @default 900 */
  bootDeadlineSeconds: z.int().min(30).max(7200).default(900),
  /** Higher goes first when something is short. @default 0 */
  priority: z.int().default(0),
  /** Ray labels of the group's nodes. @default {} */
  labels: labels.default({}),
  /** Custom Ray resources of each node; may override `CPU`, `GPU`. @default {} */
  resources: resources.default({}),
  rayStartParams: z.record(z.string(), z.string()).default({}),
  environment: environment.default({}),
  setupCommands: z.array(z.string()).default([]),
  amiId: z.string().startsWith("ami-").optional(),
  /** @default 50 */
  rootDiskGiB: z.int().min(20).max(16384).default(50),
  objectStoreMemoryGiB: z.number().positive().optional(),
});

export const clusterSpecSchema = z.strictObject({
  /** Name in tags, metrics and machine names. @default the stack's name */
  name: resourceName.optional(),
  platform: z.enum(["aws"]),
  ray: raySpecSchema.prefault({}),
  access: accessSpecSchema.prefault({}),
  network: networkSpecSchema.prefault({}),
  head: headSpecSchema.prefault({}),
  workerGroups: z.array(workerGroupSpecSchema).min(1).max(100),
  /** How long a node may hold no work before it is drained and ended. 10 to 86,400. @default 300 */
  idleTimeoutSeconds: z.int().min(10).max(86_400).default(300),
  /** Workers of all groups together. @default no limit of its own */
  maxReplicas: z.int().positive().optional(),
  /** As in Ray: at most this multiple of the running nodes at a time, never under 5. @default 1 */
  upscalingSpeed: z.number().positive().max(1000).default(1),
  budget: z.strictObject({ maxHourlyUsd: z.number().positive().optional() }).prefault({}),
  /** A worker without a head for this long ends itself. @default 900 */
  orphanTimeoutSeconds: z.int().min(60).max(86_400).default(900),
  /** For every machine, before the group's own. */
  environment: environment.default({}),
  setupCommands: z.array(z.string()).default([]),
  /** Added to every cloud resource. */
  tags: z.record(z.string(), z.string()).default({}),
  watchdog: z
    .strictObject({
      /** Who is told when the agent is silent or the head is ill. @default nobody; the alarm still shows */
      snsTopicArn: z.string().startsWith("arn:").optional(),
    })
    .prefault({}),
  agent: z
    .strictObject({
      /** @default 2 */
      tickSeconds: z.number().min(0.5).max(60).default(2),
      /** Decide and report, but change nothing. @default false */
      dryRun: z.boolean().default(false),
    })
    .prefault({}),
});

/** As written in a stack file: what has a default may be absent. */
export type ClusterSpecInput = z.input<typeof clusterSpecSchema>;

/** Checked, every default filled in, `name` known. The only form the planners and components see. */
export type ClusterSpec = Readonly<Omit<z.output<typeof clusterSpecSchema>, "name"> & { name: string }>;
export type WorkerGroupSpec = ClusterSpec["workerGroups"][number];
export type NetworkSpec = ClusterSpec["network"];
