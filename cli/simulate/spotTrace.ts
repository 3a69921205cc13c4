import { inputError } from "../inputError";
import type { Period } from "./chance";
import { parseCsv } from "./csv";
import { unpack } from "./readTrace";

/** When nothing could be had, one list for each series of the file. */
export type OutageSeries = readonly (readonly Period[])[];

/**
 * Reads a trace of spot availability: columns `kind`, `gap_s` (time between two probes) and `rle` (`VxN`: N probes found V machines).
 * Only rows whose kind is `availability` are used.
 *
 * @throws InputError when the file is none
 */
export function readSpotTrace(file: string): OutageSeries {
  const { columns, rows } = parseCsv(unpack("--spot-trace", file));
  const missing = ["kind", "gap_s", "rle"].filter((column) => !columns.includes(column));
  const series = rows.filter(({ cells }) => cells.get("kind") === "availability");
  if (missing.length > 0 || series.length === 0) {
    throw inputError({
      path: "--spot-trace",
      problem: "is not a trace of availability",
      got: `columns ${columns.join(", ").slice(0, 80)}`,
      expected: "kind, gap_s and rle, and a row of kind availability",
      fix: "docs/simulate.md describes them.",
    });
  }
  return series.map(({ cells, line }) => outages(cells.get("rle") ?? "", { gapSeconds: Number(cells.get("gap_s")), line }));
}

function outages(text: string, { gapSeconds, line }: { gapSeconds: number; line: number }): readonly Period[] {
  const periods: Period[] = [];
  let atSeconds = 0;
  for (const part of text.split(" ")) {
    const [, machines, probes] = /^(\d+)x(\d+)$/.exec(part) ?? [];
    if (machines === undefined || probes === undefined || !(gapSeconds > 0)) {
      throw inputError({
        path: `--spot-trace line ${line}, rle`,
        problem: "cannot be used",
        got: JSON.stringify(part),
        expected: "VxN with whole numbers, and a gap_s above 0",
        fix: "Correct the file.",
      });
    }
    const toSeconds = atSeconds + Number(probes) * gapSeconds;
    if (machines === "0") periods.push({ fromSeconds: atSeconds, toSeconds });
    atSeconds = toSeconds;
  }
  return periods;
}
