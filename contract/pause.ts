import * as z from "zod";

/** Name of the SSM parameter that stops the agent of a cluster while it exists. Anyone who may write it can: no tool of ours is needed. */
export function pauseParameterName(clusterName: string): string {
  return `/rayfleet/${clusterName}/pause`;
}

const pauseSchema = z.strictObject({
  /** Why, for whoever finds the cluster standing still. */
  reason: z.string(),
  /** Who did it. */
  by: z.string().optional(),
  /** When it ends by itself, ISO 8601 in UTC. @default never */
  until: z.iso.datetime().optional(),
});

/** A stop of all that the agent does to the cloud and to Ray's nodes. */
export type Pause = z.infer<typeof pauseSchema>;

/**
 * What the parameter's text means at a moment. Any text pauses: somebody in a hurry writes "stop" by hand and is understood. Only a well-formed pause
 * whose time is over does not.
 */
export function readPause(text: string, epochMs: number): Pause | undefined {
  const pause = parsePause(text);
  return pause.until !== undefined && Date.parse(pause.until) <= epochMs ? undefined : pause;
}

function parsePause(text: string): Pause {
  try {
    return pauseSchema.parse(JSON.parse(text));
  } catch {
    return { reason: text.slice(0, 200) };
  }
}

/** One sentence for people. */
export function pauseText({ reason, by, until }: Pause): string {
  const who = by === undefined ? "" : ` by ${by}`;
  const end = until === undefined ? "until somebody resumes it (rayfleet resume)" : `until ${until}`;
  return `paused${who} ${end}: ${reason}; nothing is bought, drained or ended`;
}
