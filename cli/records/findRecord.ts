import { basename } from "node:path";
import type { DecisionRecord } from "../../autoscaler-agent/recorder/decisionRecord";
import { type ReadLine, readRecords } from "../../autoscaler-agent/recorder/readRecords";
import { parseRingFileName } from "../../autoscaler-agent/recorder/ringFiles";

/** What was done in so long a time before the asked one is told as well: most ticks do nothing. */
const RECENT_MS = 600_000;

/** The tick that stood at a moment, and what was around it. */
export interface FoundRecord {
  readonly record: DecisionRecord;
  /** When the tick after it began; absent: none was recorded. */
  readonly nextMs?: number;
  /** Ticks of the ten minutes up to it in which something was done, oldest first. */
  readonly acted: readonly DecisionRecord[];
  /** Lines that could not be read, as `<file>:<line>: <problem>`. */
  readonly unreadable: readonly string[];
}

/** The last record that began at or before the moment; undefined: there is none in these files, which are in their order. */
export function findRecord(files: readonly string[], momentMs: number): FoundRecord | undefined {
  const unreadable: string[] = [];
  let nextMs: number | undefined;
  for (let index = files.length - 1; index >= 0; index -= 1) {
    const file = files[index] ?? "";
    const begunMs = parseRingFileName(basename(file))?.begunMs;
    if (begunMs !== undefined && begunMs > momentMs) {
      nextMs = begunMs;
      continue;
    }
    const seen = lookThrough(readRecords(file), momentMs, unreadable);
    nextMs = seen.nextMs ?? nextMs;
    if (seen.record === undefined) continue;
    const earlier = files[index - 1];
    const acted = earlier === undefined || seen.reachesBack ? [] : lookThrough(readRecords(earlier), momentMs, unreadable).acted;
    return { record: seen.record, ...(nextMs === undefined ? {} : { nextMs }), acted: [...acted, ...seen.acted], unreadable };
  }
  return undefined;
}

interface Seen {
  readonly record?: DecisionRecord;
  readonly nextMs?: number;
  readonly acted: readonly DecisionRecord[];
  /** The file begins before the time that is told of. */
  readonly reachesBack: boolean;
}

function lookThrough(lines: Iterable<ReadLine>, momentMs: number, unreadable: string[]): Seen {
  let record: DecisionRecord | undefined;
  let nextMs: number | undefined;
  let firstMs: number | undefined;
  const acted: DecisionRecord[] = [];
  for (const line of lines) {
    if (line.kind === "unreadable") {
      unreadable.push(`${line.place}: ${line.problem}`);
      continue;
    }
    const { epochMs, outcomes } = line.record;
    firstMs ??= epochMs;
    if (epochMs > momentMs) {
      nextMs ??= epochMs;
      continue;
    }
    [record, nextMs] = [line.record, undefined];
    if (outcomes.length > 0 && epochMs >= momentMs - RECENT_MS) acted.push(line.record);
  }
  return {
    ...(record === undefined ? {} : { record }),
    ...(nextMs === undefined ? {} : { nextMs }),
    acted,
    reachesBack: firstMs !== undefined && firstMs < momentMs - RECENT_MS,
  };
}
