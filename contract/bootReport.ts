import * as z from "zod";

/** The stages of a machine's life in order; each is announced before it begins. */
export const bootStages = [
  "configuration",
  "disks",
  "limits",
  "shared-memory",
  "setup-commands",
  "ray-install",
  "token",
  "ray-start",
  "running",
  "draining",
  "ended",
] as const;

export type BootStage = (typeof bootStages)[number];

/**
 * What a machine says of its own start, one object per machine at `<bootReportPrefix>/<role>:<instanceId>.json` in the artifact bucket
 * (a machine may write only the object that carries its own id: the policy uses `${aws:userid}`, which is `<role id>:<instance id>`;
 * see `bootReportKey`). Read by the agent for machines that have not joined, and by a person.
 */
export const bootReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  instanceId: z.string(),
  groupName: z.string(),
  stage: z.enum(bootStages),
  /** Epoch milliseconds at which each stage began. */
  startedAtMs: z.partialRecord(z.enum(bootStages), z.int()),
  /** Set when the machine gave up: the stage stands in `stage`. */
  failure: z.string().optional(),
});

export type BootReport = z.infer<typeof bootReportSchema>;

/** Object key of a machine's report. The role id comes first because IAM's `aws:userid` has that form. */
export function bootReportKey(prefix: string, userId: string): string {
  return `${prefix}/${userId}.json`;
}
