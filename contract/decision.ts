import { z } from "zod";

/** Resource name → amount, in Ray's units (memory in bytes). */
const resourcesSchema = z.record(z.string(), z.number().nonnegative());
const labelsSchema = z.record(z.string(), z.string());

/** One label rule. A missing label fails `In` and passes `NotIn`, as in Ray. */
export const labelRuleSchema = z.strictObject({
  key: z.string(),
  operator: z.enum(["In", "NotIn"]),
  values: z.array(z.string()),
});

/** Ordered alternatives; each is a list of rules that must all hold. None, or an empty alternative: any node will do. */
const selectorsSchema = z.array(z.array(labelRuleSchema));

export const decisionGroupSchema = z.strictObject({
  groupName: z.string().min(1),
  resources: resourcesSchema,
  labels: labelsSchema.optional(),
  minReplicas: z.int().nonnegative().optional(),
  maxReplicas: z.int().nonnegative(),
  idleTimeoutSeconds: z.number().nonnegative().optional(),
  pricePerHourUsd: z.number().nonnegative().optional(),
  priority: z.number().optional(),
  /** True: no new node can be had now (no capacity, paused, misconfigured). */
  unavailable: z.boolean().optional(),
});

export const decisionNodeSchema = z.strictObject({
  id: z.string().min(1),
  groupName: z.string(),
  head: z.boolean().optional(),
  /** `starting`: launched and not yet in Ray, counted at full size. */
  state: z.enum(["running", "starting", "draining"]),
  total: resourcesSchema.optional(),
  available: resourcesSchema.optional(),
  labels: labelsSchema.optional(),
  dynamicLabels: labelsSchema.optional(),
  /** How long Ray says that the node has had no work; absent: it has work, or it is not known. */
  idleSeconds: z.number().nonnegative().optional(),
});

const demandSchema = z.strictObject({
  shape: resourcesSchema,
  count: z.int().positive(),
  selectors: selectorsSchema.optional(),
});

const affinitySchema = z.strictObject({ label: z.string(), value: z.string() });

const gangSchema = z.strictObject({
  bundles: z.array(
    z.strictObject({
      shape: resourcesSchema,
      count: z.int().positive().optional(),
      selectors: selectorsSchema.optional(),
      affinity: affinitySchema.optional(),
      antiAffinity: affinitySchema.optional(),
    }),
  ),
});

/** Everything the chooser is told. `index` in a reply is the position in `demands`, `gangs` or `requested`. */
export const decisionRequestSchema = z.strictObject({
  groups: z.array(decisionGroupSchema),
  nodes: z.array(decisionNodeSchema),
  demands: z.array(demandSchema),
  gangs: z.array(gangSchema),
  /** `request_resources()`: met by total capacity, not by free capacity. */
  requested: z.array(demandSchema),
  limits: z.strictObject({
    /** Workers of all groups together, the head not counted. */
    maxReplicas: z.int().nonnegative().optional(),
    maxHourlyUsd: z.number().nonnegative().optional(),
    upscalingSpeed: z.number().positive().optional(),
  }),
  idleTimeoutSeconds: z.number().nonnegative().optional(),
});

export type LabelRule = z.infer<typeof labelRuleSchema>;
export type DecisionGroup = z.infer<typeof decisionGroupSchema>;
export type DecisionNode = z.infer<typeof decisionNodeSchema>;
export type Demand = z.infer<typeof demandSchema>;
export type Gang = z.infer<typeof gangSchema>;
export type DecisionRequest = z.infer<typeof decisionRequestSchema>;

/** Why, as a code from the closed list in `decisionReasons` and a sentence for a person. */
export interface Reason {
  readonly code: DecisionReasonCode;
  readonly text: string;
}

/** The closed list of reason codes; documented in `docs/decisions-reasons.md`, each covered by a test. */
export const decisionReasonCodes = [
  "min-replicas",
  "pending-demand",
  "pending-gang",
  "requested-resources",
  "idle-timeout-reached",
  "above-max-replicas",
  "no-group-fits",
  "no-group-matches-selectors",
  "empty-shape",
  "group-max-replicas",
  "cluster-max-replicas",
  "hourly-budget",
  "upscaling-speed",
  "group-unavailable",
  "kept-for-min-replicas",
  "kept-for-demand",
  "kept-for-requested-resources",
  "not-idle-long-enough",
] as const;

export type DecisionReasonCode = (typeof decisionReasonCodes)[number];

interface UnservedDemand extends Demand {
  readonly index: number;
  readonly reason: Reason;
  /** The group that comes nearest, and what it lacks: `GPU 1 of 2`. */
  readonly nearestGroup?: string;
  readonly missing?: string;
}

interface UnservedGang {
  readonly index: number;
  readonly reason: Reason;
  readonly nearestGroup?: string;
  readonly missing?: string;
}

export interface Unserved {
  readonly demands: readonly UnservedDemand[];
  readonly gangs: readonly UnservedGang[];
  readonly requested: readonly UnservedDemand[];
}

export interface Launch {
  readonly groupName: string;
  readonly count: number;
  readonly reasons: readonly Reason[];
}

export interface DrainChoice {
  readonly id: string;
  readonly reason: Reason;
}

/** Nodes that come later (`groupName`, `count`) or stay (`id`). */
export type Held =
  | { readonly groupName: string; readonly count: number; readonly reason: Reason }
  | { readonly id: string; readonly reason: Reason };

/** What to do. What is listed under neither `infeasible` nor `overLimit` is served by the nodes there are and `launch`. */
export interface DecisionReply {
  readonly launch: readonly Launch[];
  readonly drain: readonly DrainChoice[];
  /** No group could ever serve it. */
  readonly infeasible: Unserved;
  /** A group could serve it, and a limit stands in the way. */
  readonly overLimit: Unserved;
  readonly held: readonly Held[];
  /** All workers after the decision; groups without a price count as 0. */
  readonly costPerHourUsd: number;
  readonly lowerBoundPerHourUsd: number;
}
