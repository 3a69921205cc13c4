import type { Clock } from "../clock";

/** Writes one JSON line: time, a stable `event` name, fields. The caller never passes a secret. */
export type Log = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** A log that writes lines with `write`. */
export function jsonLog(clock: Clock, write: (line: string) => void): Log {
  return (event, fields = {}) => write(`${JSON.stringify({ time: new Date(clock.epochMs()).toISOString(), event, ...fields })}\n`);
}
