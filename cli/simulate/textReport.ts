import type { Measures } from "./ledger";

/** One policy's run, for showing. */
export interface PolicyResult {
  readonly name: string;
  readonly description: string;
  readonly measures: Measures;
}

const day = 86_400;

/** A time for a person: `0 s`, `3.2 s`, `4.5 min`, `2.1 h`, `3.0 d`. */
export function timeText(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 && seconds > 0 ? seconds.toFixed(1) : seconds.toFixed(0)} s`;
  if (seconds < 3600) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 2 * day ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / day).toFixed(1)} d`;
}

function shareText(share: number | undefined): string {
  return share === undefined ? "" : `${(100 * share).toFixed(1)} %`;
}

/** Rows of the comparison: a title, and a cell for each policy. */
export const comparedRows: readonly (readonly [title: string, cell: (measures: Measures) => string])[] = [
  ["cost, USD", ({ costUsd }) => costUsd.toFixed(2)],
  ["wait, mean", ({ waitingSeconds }) => timeText(waitingSeconds.mean)],
  ["wait, p50", ({ waitingSeconds }) => timeText(waitingSeconds.p50)],
  ["wait, p95", ({ waitingSeconds }) => timeText(waitingSeconds.p95)],
  ["wait, p99", ({ waitingSeconds }) => timeText(waitingSeconds.p99)],
  ["waited though planned", ({ waitedThoughPlanned }) => shareText(waitedThoughPlanned)],
  ["CPU in use", ({ utilisation }) => shareText(utilisation.CPU)],
  ["GPU in use", ({ utilisation }) => shareText(utilisation.GPU)],
  ["nodes, peak", ({ nodes }) => String(nodes.peak)],
  ["node hours", ({ nodes }) => nodes.hours.toFixed(1)],
  ["launches", ({ launches }) => String(launches)],
  ["launches refused", ({ refusedLaunches }) => String(refusedLaunches)],
  ["nodes lost", ({ lostNodes }) => String(lostNodes)],
  ["regrets", ({ regrets }) => String(regrets)],
  ["set-desired calls", ({ apiCalls }) => String(apiCalls.setDesired)],
  ["terminate calls", ({ apiCalls }) => String(apiCalls.terminate)],
  ["tasks completed", ({ tasks }) => String(tasks.completed)],
  ["tasks restarted", ({ tasks }) => String(tasks.restarted)],
  ["tasks infeasible", ({ tasks }) => String(tasks.infeasible)],
  ["tasks unfinished", ({ tasks }) => String(tasks.unfinished)],
  ["simulated time", ({ simulatedSeconds }) => timeText(simulatedSeconds)],
];

/** The comparison as a table of text. Rows in which every policy has nothing to say are left out. */
export function textReport(results: readonly PolicyResult[]): string {
  const header = ["", ...results.map(({ name }) => name)];
  const rows = comparedRows
    .map(([title, cell]) => [title, ...results.map(({ measures }) => cell(measures))])
    .filter(([, ...cells]) => cells.some((cell) => cell !== "" && cell !== "0") || cells.length === 0);
  const table = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  return table.map((row) => line(row).trimEnd()).join("\n");
}
