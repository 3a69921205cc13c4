import * as z from "zod";
import { resourceName } from "./formedText";

/** Seconds, or `auto`. */
export const idleTimeout = z.union([z.int().min(10).max(86_400), z.literal("auto")]);

const scheduleSpecSchema = z.strictObject({
  cron: z
    .string()
    .min(1)
    .describe(
      "When, in the five fields of cron: minute, hour, day of month, month, day of week. Numbers, names, `*`, lists, ranges and steps: `0 8 * * mon-fri`. A time that the clocks skip is the moment at which they do; one that they show twice is its first.",
    ),
  timeZone: z.string().min(1).default("UTC").describe("IANA name of the time zone of `cron`, such as `Europe/Berlin`."),
  groupName: resourceName.describe("The worker group."),
  minReplicas: z
    .int()
    .nonnegative()
    .optional()
    .describe(
      "The group's `minReplicas` from then on. A raise takes effect earlier by the boot time that the agent has seen in the group.",
    ),
  maxReplicas: z
    .int()
    .nonnegative()
    .optional()
    .describe("The group's `maxReplicas` from then on, never above the group's own. Nodes with work stay until they are idle."),
  idleTimeoutSeconds: z.int().min(10).max(86_400).optional().describe("The group's `idleTimeoutSeconds` from then on."),
});

/** Changes of worker groups by the clock. */
export const schedulesSpecSchema = z
  .array(scheduleSpecSchema)
  .max(50)
  .default([])
  .describe(
    "Changes of groups by the clock. From each time of an entry on its values hold, also when the agent starts later; of several entries that set the same value of a group the one whose time came last holds, and at the same moment the one that stands last.",
  );

export type ScheduleSpec = z.output<typeof scheduleSpecSchema>;

/** How fast the cluster may grow. */
export const upscalingSpeed = z
  .number()
  .positive()
  .max(1000)
  .default(1)
  .describe(
    "As in Ray: at most this multiple of the running nodes is added at a time, and never under 5. Larger is faster and buys more by mistake.",
  );

/** The autoscaler agent's own settings. */
export const agentSpecSchema = z
  .strictObject({
    tickSeconds: z.number().min(0.5).max(60).default(2).describe("Time between two looks at Ray and the cloud, seconds."),
    dryRun: z.boolean().default(false).describe("Decide and report, but change nothing."),
  })
  .prefault({})
  .describe("The autoscaler agent.");
