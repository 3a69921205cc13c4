/** What happens between a job's demand and the last machine's end, in order. */
export const milestones = [
  "job submitted",
  "launch decided by the agent",
  "desired capacity set",
  "first instance launched",
  "first node alive in Ray",
  "last node alive in Ray",
  "first task running",
  "all tasks running",
  "job done",
  "first idle node drained",
  "first instance ended",
  "last instance ended",
] as const;

export type Milestone = (typeof milestones)[number];

/** Epoch milliseconds of each milestone that was seen. */
export type MilestoneTimes = Partial<Record<Milestone, number>>;

/**
 * Lines of the table that ends a run: seconds since the job was submitted and since the line before.
 * A milestone that was not seen is left out rather than guessed.
 */
export function renderTimeline(times: MilestoneTimes): string[] {
  const start = times["job submitted"];
  if (start === undefined) return [];
  const seen = milestones.filter((name) => times[name] !== undefined).map((name) => ({ name, at: (times[name] as number) - start }));
  seen.sort((left, right) => left.at - right.at);
  return seen.map(({ name, at }, index) => {
    const before = seen[index - 1]?.at ?? 0;
    return `${(at / 1000).toFixed(1).padStart(8)} s ${`+${((at - before) / 1000).toFixed(1)}`.padStart(8)}   ${name}`;
  });
}

/** One machine's paid time. */
export interface MachineLife {
  readonly instanceType: string;
  readonly launchedAtMs: number;
  /** Absent: still running. */
  readonly endedAtMs?: number;
}

/** Dollars for the machines' seconds at hourly prices; types without a price are named instead of counted. */
export function costOf(
  machines: readonly MachineLife[],
  hourlyUsd: (instanceType: string) => number | undefined,
  nowMs: number,
): { usd: number; unknownTypes: string[] } {
  let usd = 0;
  const unknownTypes = new Set<string>();
  for (const machine of machines) {
    const price = hourlyUsd(machine.instanceType);
    if (price === undefined) unknownTypes.add(machine.instanceType);
    else usd += (price * Math.max(0, (machine.endedAtMs ?? nowMs) - machine.launchedAtMs)) / 3_600_000;
  }
  return { usd, unknownTypes: [...unknownTypes].sort() };
}
