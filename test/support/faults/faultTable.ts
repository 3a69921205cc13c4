import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultCounts } from "../../../emulator/faults/faultKinds";

/** What came of one fault. */
export interface FaultResult {
  readonly fault: string;
  /** How often it came to pass, by what it was. */
  readonly injected: Readonly<Record<string, number>>;
  /** What was checked, or what was broken. */
  readonly held: string;
  readonly broken: boolean;
  /** From mended to the goal. Absent: the goal was reached while the fault was there. */
  readonly recoveredSeconds?: number;
}

/** What was injected between two counts. */
export function injectedBetween(before: FaultCounts, after: FaultCounts): Record<string, number> {
  const more = Object.entries(after.injected).map(([name, count]) => [name, count - (before.injected[name] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, count]) => count > 0));
}

/** One result as a row of the table. */
export function faultRow({ fault, injected, held, broken, recoveredSeconds }: FaultResult): string {
  const times = Object.values(injected).reduce((sum, count) => sum + count, 0);
  const seconds = broken ? "" : recoveredSeconds === undefined ? "during it" : recoveredSeconds.toFixed(1);
  return `| ${fault} | ${times} | ${broken ? `**broken**: ${held}` : held} | ${seconds} |`;
}

function faultTable(results: readonly FaultResult[]): string {
  const head = ["| fault | injected | what held | seconds to the goal after it |", "| --- | ---: | --- | ---: |"];
  return [...head, ...results.map(faultRow)].join("\n");
}

/** Prints the table and keeps it in `reports/`. */
export function publishFaultTable(projectDirectory: string, results: readonly FaultResult[]): void {
  const table = faultTable(results);
  console.log(`\n${table}\n`);
  const folder = join(projectDirectory, "reports");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "faults.md"), `${table}\n`);
  writeFileSync(
    join(folder, "faults.json"),
    `${JSON.stringify({ schemaVersion: 1, at: new Date().toISOString(), results }, undefined, 2)}\n`,
  );
}
