import * as z from "zod";

/**
 * What the chooser of nodes is asked and what it answers. The agent asks it every tick; `rayfleet decide` asks it for anyone.
 * `docs/decide.md` explains it; the JSON schemas beside that page are made from this file.
 */

/** So many of one thing are understood; beyond it a number is a mistake, and is refused instead of losing digits. */
export const largestCount = 10_000_000_000;

/** Resource amounts go to 10^15, which is a petabyte of `memory`. */
export const largestAmount = 1e15;

/** Entries of one list of a request; Ray itself reports at most 100 shapes per node and 1,000 gangs. */
export const largestList = 100_000;

/** Resource name → amount, in Ray's units (memory in bytes). */
const resourcesSchema = z.record(z.string(), z.number().nonnegative().max(largestAmount));
const labelsSchema = z.record(z.string(), z.string());

/** One label rule. A missing label fails `In` and passes `NotIn`, as in Ray. */
export const labelRuleSchema = z.strictObject({
  key: z.string(),
  operator: z.enum(["In", "NotIn"]),
  values: z.array(z.string()).max(largestList),
});

/** Ordered alternatives; each is a list of rules that must all hold. None, or an empty alternative: any node will do. */
const selectorsSchema = z.array(z.array(labelRuleSchema).max(1000)).max(1000);

export const decisionGroupSchema = z.strictObject({
  groupName: z.string().min(1),
  /** What an empty node of the group offers. */
  resources: resourcesSchema,
  /** What Ray will know of a new node; `ray.io/node-group` is the group's name unless it stands here. */
  labels: labelsSchema.optional(),
  minReplicas: z.int().nonnegative().optional(),
  maxReplicas: z.int().nonnegative(),
  /** Overrides the cluster's. */
  idleTimeoutSeconds: z.number().nonnegative().optional(),
  /** Absent: unknown. Such a group costs nothing in the sums, and is compared with others by its size. */
  pricePerHourUsd: z.number().nonnegative().max(1e9).optional(),
  /** Higher goes first among equals. @default 0 */
  priority: z.number().optional(),
  /** True: no new node can be had now (no capacity, paused, misconfigured). */
  unavailable: z.boolean().optional(),
});

export const decisionNodeSchema = z.strictObject({
  id: z.string().min(1),
  groupName: z.string(),
  head: z.boolean().optional(),
  /** `starting`: launched and not yet in Ray, counted at full size. `draining`: offers nothing, and is still there. */
  state: z.enum(["running", "starting", "draining"]),
  /** @default the resources of its group */
  total: resourcesSchema.optional(),
  /** What is free; a resource that is not named is used up. @default `total` */
  available: resourcesSchema.optional(),
  /** @default the labels of its group */
  labels: labelsSchema.optional(),
  dynamicLabels: labelsSchema.optional(),
  /** How long Ray says that the node has had no work; absent: it has work, or it is not known. */
  idleSeconds: z.number().nonnegative().optional(),
});

const demandSchema = z.strictObject({
  shape: resourcesSchema,
  count: z.int().positive().max(largestCount),
  selectors: selectorsSchema.optional(),
});

const placementLabelSchema = z.strictObject({ label: z.string(), value: z.string() });

const bundleSchema = z.strictObject({
  shape: resourcesSchema,
  /** @default 1 */
  count: z.int().positive().max(largestCount).optional(),
  selectors: selectorsSchema.optional(),
  /** Bundles of one gang with the same label and value share one node. */
  affinity: placementLabelSchema.optional(),
  /** No two bundles with the same label and value share a node, nor one with a node that has that label already. */
  antiAffinity: placementLabelSchema.optional(),
});

const gangSchema = z.strictObject({ bundles: z.array(bundleSchema).max(largestList) });

/** A cloud's limit on the vCPUs that run at the same time, for some groups together. */
export const vcpuQuotaSchema = z.strictObject({
  name: z.string().min(1),
  maxVcpus: z.int().nonnegative().max(largestCount),
  /** What else it counts, such as the head. @default 0 */
  otherVcpus: z.int().nonnegative().max(largestCount).optional(),
  /** The groups whose nodes it counts, whatever state they are in. */
  groups: z.array(z.strictObject({ groupName: z.string().min(1), vcpusPerNode: z.int().positive().max(largestCount) })).max(largestList),
});

/** Everything the chooser is told. `index` in a reply is the position in `demands`, `gangs` or `requested`. */
export const decisionRequestSchema = z.strictObject({
  groups: z.array(decisionGroupSchema).max(largestList),
  nodes: z.array(decisionNodeSchema).max(largestList),
  demands: z.array(demandSchema).max(largestList),
  gangs: z.array(gangSchema).max(largestList),
  /** `request_resources()`: met by total capacity, not by free capacity. */
  requested: z.array(demandSchema).max(largestList),
  limits: z.strictObject({
    /** Workers of all groups together, the head not counted. */
    maxReplicas: z.int().nonnegative().optional(),
    /** No node is launched that would bring the workers above it. */
    maxHourlyUsd: z.number().nonnegative().optional(),
    /** Nodes of one group that may start at a time, as a multiple of those that run, never under 5. @default no such limit */
    upscalingSpeed: z.number().nonnegative().optional(),
    /** No node is launched that would bring one of them above its maximum. @default none */
    quotas: z.array(vcpuQuotaSchema).max(1000).optional(),
  }),
  /** For groups that set none. @default idle nodes are kept */
  idleTimeoutSeconds: z.number().nonnegative().optional(),
});

export type LabelRule = z.infer<typeof labelRuleSchema>;
export type DecisionGroup = z.infer<typeof decisionGroupSchema>;
export type DecisionNode = z.infer<typeof decisionNodeSchema>;
export type VcpuQuota = z.infer<typeof vcpuQuotaSchema>;
export type Demand = z.infer<typeof demandSchema>;
export type GangBundle = z.infer<typeof bundleSchema>;
export type Gang = z.infer<typeof gangSchema>;
export type DecisionRequest = z.infer<typeof decisionRequestSchema>;

/** The closed list of reason codes; explained in `docs/decide.md`, each covered by a test. */
export const decisionReasonCodes = [
  "min-replicas",
  "pending-demand",
  "pending-gang",
  "requested-resources",
  "empty-shape",
  "idle-timeout-reached",
  "above-max-replicas",
  "no-group-fits",
  "no-group-matches-selectors",
  "contradictory-constraints",
  "group-max-replicas",
  "cluster-max-replicas",
  "hourly-budget",
  "vcpu-quota",
  "upscaling-speed",
  "group-unavailable",
  "only-busy-nodes-fit",
  "kept-for-min-replicas",
  "kept-for-demand",
  "kept-for-requested-resources",
  "not-idle-long-enough",
  "group-not-configured",
] as const;

const reasonSchema = z.strictObject({ code: z.enum(decisionReasonCodes), text: z.string() });

const unservedSchema = z.strictObject({
  index: z.int().nonnegative(),
  reason: reasonSchema,
  /** The group that comes nearest, and what it lacks: `GPU 1 of 2`. */
  nearestGroup: z.string().optional(),
  missing: z.string().optional(),
});

const unservedDemandSchema = z.strictObject({ ...unservedSchema.shape, ...demandSchema.shape });

const unservedListsSchema = z.strictObject({
  demands: z.array(unservedDemandSchema),
  gangs: z.array(unservedSchema),
  requested: z.array(unservedDemandSchema),
});

const launchSchema = z.strictObject({ groupName: z.string(), count: z.int().positive(), reasons: z.array(reasonSchema).min(1) });
const drainChoiceSchema = z.strictObject({ id: z.string(), reason: reasonSchema });

/** Nodes that come later (`groupName`, `count`) or stay (`id`). */
const heldSchema = z.union([
  z.strictObject({ groupName: z.string(), count: z.int().positive(), reason: reasonSchema }),
  z.strictObject({ id: z.string(), reason: reasonSchema }),
]);

/** What to do. What is listed under neither `infeasible` nor `overLimit` is served by the nodes there are and `launch`. */
export const decisionReplySchema = z.strictObject({
  launch: z.array(launchSchema),
  drain: z.array(drainChoiceSchema),
  /** No group could ever serve it. */
  infeasible: unservedListsSchema,
  /** A group or a node could serve it, and something stands in the way now: a limit, or other work. */
  overLimit: unservedListsSchema,
  held: z.array(heldSchema),
  /** All workers that stay or are launched, without those that drain; groups without a price count as 0. */
  costPerHourUsd: z.number().nonnegative(),
  /** No choice of nodes that serves the same can cost less than this. */
  lowerBoundPerHourUsd: z.number().nonnegative(),
});

export type DecisionReasonCode = (typeof decisionReasonCodes)[number];
/** Why, as a code from the closed list and a sentence for a person. */
export type Reason = z.infer<typeof reasonSchema>;
export type UnservedDemand = z.infer<typeof unservedDemandSchema>;
export type UnservedGang = z.infer<typeof unservedSchema>;
export type Unserved = z.infer<typeof unservedListsSchema>;
export type Launch = z.infer<typeof launchSchema>;
export type DrainChoice = z.infer<typeof drainChoiceSchema>;
export type Held = z.infer<typeof heldSchema>;
export type DecisionReply = z.infer<typeof decisionReplySchema>;
