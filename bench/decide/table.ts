import type { ContestantName } from "./measure";

/** One contestant on one request. */
export interface Row {
  readonly scenario: string;
  readonly title: string;
  readonly size: number;
  readonly isFullSize: boolean;
  readonly contestant: ContestantName;
  /** Of the time for one answer; null: no answer within the limit. */
  readonly medianMs: number | null;
  readonly runs: number;
  readonly peakMiB: number | null;
  readonly newNodes: number | null;
  readonly launchedPerHourUsd: number | null;
  /** How much dearer than a cost that nothing can undercut; 0.03 is 3 %. */
  readonly overBound: number | null;
  readonly unservedPieces: number | null;
  readonly unservedGangs: number | null;
  readonly faults: readonly string[];
  readonly limitSeconds: number;
  readonly goalMs: number;
}

/** One point of a growth curve. */
export interface CurvePoint {
  readonly curve: string;
  readonly at: number;
  readonly medianMs: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** The table that a person reads. */
export function markdownTable(rows: readonly Row[]): string {
  const head = ["case", "size", "who", "processor time", "over the bound", "new nodes", "USD/h", "peak memory", "checked"];
  return [head, head.map(() => "---"), ...rows.map(cellsOf)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellsOf(row: Row): string[] {
  const start = [row.title, row.size.toLocaleString("en"), row.contestant];
  if (row.medianMs === null) return [...start, `no answer in ${row.limitSeconds} s`, "", "", "", "", ""];
  return [
    ...start,
    durationText(row.medianMs),
    row.overBound === null ? "" : `${(row.overBound * 100).toFixed(1)} %`,
    String(row.newNodes ?? ""),
    (row.launchedPerHourUsd ?? 0).toFixed(2),
    `${(row.peakMiB ?? 0).toFixed(0)} MiB`,
    verdictText(row),
  ];
}

function verdictText({ faults, unservedPieces, unservedGangs }: Row): string {
  const unserved = (unservedPieces ?? 0) + (unservedGangs ?? 0);
  const text = faults.length === 0 ? "valid" : `${faults.length} faults: ${faults[0] ?? ""}`;
  return unserved === 0 ? text : `${text}; ${unservedPieces ?? 0} tasks and ${unservedGangs ?? 0} gangs unserved`;
}

/** In the unit that suits: `0.4 ms`, `12 ms`, `3.1 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(0)} s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${milliseconds.toFixed(0)} ms`;
}

/** One line for each curve: time against size. */
export function curveTable(points: readonly CurvePoint[]): string {
  const curves = [...new Set(points.map(({ curve }) => curve))];
  return curves
    .map((curve) => {
      const own = points.filter((point) => point.curve === curve);
      const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
      return [
        line([curve, ...own.map(({ at }) => at.toLocaleString("en"))]),
        line(["---", ...own.map(() => "---")]),
        line(["time", ...own.map(({ medianMs }) => durationText(medianMs))]),
      ].join("\n");
    })
    .join("\n\n");
}
