import * as z from "zod";

/** Folder of the agent's records, below the folder of the node service's logs. */
export const RECORD_FOLDER_NAME = "decisions";

/** Where the records of a head are, in the order in which the node service chooses its log folder. */
export const recordFoldersOfHead = [`/var/log/rayfleet/${RECORD_FOLDER_NAME}`, `/var/lib/rayfleet/log/${RECORD_FOLDER_NAME}`] as const;

/**
 * One line of a record file: one tick of the agent. The first line of a file is `full`; a `change` is one to the record of the line before it, so a line that cannot
 * be read hides those after it, up to the next full one.
 */
export const recordLineSchema = z
  .strictObject({
    format: z.literal(1),
    /** Position in its file, from 0. */
    line: z.int().nonnegative(),
    /** Wall clock of the head at the start of the tick, ISO 8601 in UTC. */
    at: z.iso.datetime(),
    /** Counted since the agent started. */
    tick: z.int(),
    full: z.unknown().optional(),
    change: z.unknown().optional(),
  })
  .refine(({ full, change }) => (full === undefined) !== (change === undefined), { error: "has neither full nor change, or both" });

export type RecordLine = z.infer<typeof recordLineSchema>;
