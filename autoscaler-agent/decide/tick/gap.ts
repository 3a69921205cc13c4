import type { Memory } from "./memory";

/** Looks further apart than this, or than so many ticks, do not follow one another: whatever ran in between was not seen. */
const LONGEST_GAP_MS = 60_000;
const LONGEST_GAP_TICKS = 5;

/** When the agent last looked, by both clocks: the monotonic one stands still while the machine is suspended. */
export interface Look {
  readonly nowMs: number;
  readonly epochMs: number;
}

/**
 * The memory as it holds for this look. After a gap (the process was stopped, the machine suspended) Ray and the groups have to be seen twice again before anything is
 * ended, and every machine has the time to come back that it has after a start of the agent. A wall clock that is set ahead looks like a gap, which costs time only.
 */
export function afterGap(memory: Memory, { nowMs, epochMs }: Look, tickSeconds: number): Memory {
  const { lastLook } = memory;
  const gapMs = lastLook === undefined ? 0 : Math.max(nowMs - lastLook.nowMs, epochMs - lastLook.epochMs);
  if (gapMs <= Math.max(LONGEST_GAP_MS, LONGEST_GAP_TICKS * tickSeconds * 1000)) return memory;
  const { headAliveSinceMs: _, ...rest } = memory;
  const groups = [...memory.groups].map(([name, group]) => [name, { ...group, completeViews: 0 }] as const);
  return { ...rest, completeViews: 0, groups: new Map(groups) };
}
