import * as z from "zod";
import { isTimeZone, parseCronExpression } from "./cronExpression";
import { vcpuQuotaSchema } from "./decision";

/** The cloud object behind a worker group, one variant per backend. */
const nodeGroupBackendSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("aws-auto-scaling-group"), autoScalingGroupName: z.string().min(1) }),
  /** The worker group of the RayCluster whose `groupName` is this group's. */
  z.strictObject({ kind: z.literal("kuberay-worker-group"), namespace: z.string().min(1), rayClusterName: z.string().min(1) }),
]);

const agentGroupSchema = z
  .strictObject({
    groupName: z.string().min(1),
    backend: nodeGroupBackendSchema,
    /** What one node of the group offers to Ray, until a live one says otherwise: `CPU`, `GPU`, `memory` (bytes), custom names. */
    resources: z.record(z.string(), z.number().nonnegative()),
    labels: z.record(z.string(), z.string()),
    minReplicas: z.int().nonnegative(),
    maxReplicas: z.int().nonnegative(),
    /** `auto`: worked out from the price and the boot times that the agent sees. */
    idleTimeoutSeconds: z.union([z.int().positive(), z.literal("auto")]),
    /** From launch to the node being alive in Ray; past it the machine is ended. */
    bootDeadlineSeconds: z.int().positive(),
    /** Estimate for one node; absent: unknown, never zero. */
    pricePerHourUsd: z.number().nonnegative().optional(),
    /** Higher goes first when something is short. */
    priority: z.int(),
    /** What the group may launch, in order of preference. */
    instanceTypes: z.array(z.string()).min(1),
  })
  .refine((group) => group.minReplicas <= group.maxReplicas, { path: ["minReplicas"], error: "is above maxReplicas" });

export type AgentGroup = z.infer<typeof agentGroupSchema>;

/** From each of its times on, the values hold for the group, until a later time of another schedule sets the same value. */
const agentScheduleSchema = z.strictObject({
  cron: z.string().refine((text) => "cron" in parseCronExpression(text), { error: "is no cron expression of five fields" }),
  /** IANA name. */
  timeZone: z.string().refine(isTimeZone, { error: "is not a known time zone" }),
  groupName: z.string().min(1),
  minReplicas: z.int().nonnegative().optional(),
  maxReplicas: z.int().nonnegative().optional(),
  idleTimeoutSeconds: z.int().positive().optional(),
});

export type AgentSchedule = z.infer<typeof agentScheduleSchema>;

/**
 * What the Pulumi program writes (an SSM parameter, or a ConfigMap) and the agent reads, again and again while it runs.
 * Neither side imports the other; a test renders it for every stack and parses it as the agent does.
 */
export const agentConfigSchema = z.strictObject({
  schemaVersion: z.literal(1),
  clusterName: z.string().min(1),
  /** Absent where the platform has none. */
  region: z.string().min(1).optional(),
  groups: z
    .array(agentGroupSchema)
    .refine((groups) => new Set(groups.map((group) => group.groupName)).size === groups.length, { error: "has two groups of one name" }),
  /** In the order of the stack file; absent: none. */
  schedules: z.array(agentScheduleSchema).optional(),
  limits: z.strictObject({
    /** Workers of all groups together, the head not counted. */
    maxReplicas: z.int().nonnegative().optional(),
    maxHourlyUsd: z.number().positive().optional(),
    /** As in Ray: at most this multiple of the running nodes is added at a time, never under 5. */
    upscalingSpeed: z.number().positive(),
    /** The account's limits on vCPUs of these groups; absent: none is known. */
    quotas: z.array(vcpuQuotaSchema).optional(),
  }),
  tickSeconds: z.number().positive(),
  /** Decide and say, but write nothing to the cloud or to Ray's nodes. */
  dryRun: z.boolean(),
  /** Where machines say how far their start has come; absent: nowhere. */
  bootReports: z.strictObject({ bucket: z.string(), prefix: z.string() }).optional(),
  /** Where AWS announces what will happen to machines; absent: the agent is not told. */
  notices: z.strictObject({ queueUrl: z.url() }).optional(),
  /** Where the agent serves metrics, health and its page. Loopback unless scrapers are named. */
  metrics: z.strictObject({ host: z.enum(["127.0.0.1", "0.0.0.0"]), port: z.int().min(1).max(65535) }),
  /** CloudWatch namespace of the heartbeat that the watchdog alarm looks for; absent: none is sent. */
  heartbeatNamespace: z.string().min(1).optional(),
});

export type AgentConfig = z.infer<typeof agentConfigSchema>;
