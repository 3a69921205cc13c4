import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Demand } from "../../contract/decision";
import { inputError, messageOf, readInputFile } from "../inputError";
import { type CsvRow, parseCsv } from "./csv";
import type { Trace, TraceJob } from "./trace";

const gib = 2 ** 30;
const mib = 2 ** 20;

/** Memory of the largest machine of the Alibaba 2017 trace, whose amounts are shares of it. Not published; a guess of the usual size then. */
const alibaba2017MemoryGiB = 128;

/** The Philly trace knows GPUs only; so much of the rest comes with each. */
const phillyCpuPerGpu = 5;
const phillyMemoryGiBPerGpu = 40;

/** Numbers of one row, with errors that name option, line and column. */
class RowReader {
  constructor(private readonly row: CsvRow) {}

  text(column: string): string {
    return this.row.cells.get(column) ?? "";
  }

  /** A number ≥ 0; `absent` when the cell is empty or there is no such column. */
  amount(column: string, absent?: number): number {
    const text = this.text(column);
    if (text === "" && absent !== undefined) return absent;
    const value = text === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= 0 && value <= 1e15) return value;
    throw this.wrong(column, "a number from 0 to 10^15");
  }

  /** A whole number ≥ 1. */
  count(column: string): number {
    const value = this.amount(column, 1);
    if (Number.isInteger(value) && value >= 1 && value <= 1e9) return value;
    throw this.wrong(column, "a whole number from 1 to 10^9");
  }

  wrong(column: string, expected: string): Error {
    return inputError({
      path: `--trace line ${this.row.line}, ${column}`,
      problem: "cannot be used",
      got: JSON.stringify(this.text(column)),
      expected,
      fix: "Correct the file.",
    });
  }
}

interface TraceKind {
  /** All of them present: the file is of this kind. */
  readonly columns: readonly string[];
  job(row: RowReader, columns: readonly string[]): TraceJob;
}

/** In this order; the last one is the form that rayfleet documents. */
const kinds: readonly TraceKind[] = [
  { columns: ["arrival_s", "duration_s", "memory_norm"], job: alibaba2017Job },
  { columns: ["arrival_s", "duration_s", "memory_mib", "gpu_type", "qos"], job: alibabaGpuJob },
  { columns: ["arrival_s", "duration_s", "gpu", "vc"], job: phillyJob },
  { columns: ["arrival_s", "duration_s"], job: plainJob },
];

/**
 * Reads a job trace, packed by gzip or not, whatever known kind it is of.
 *
 * @param options.firstJobs no more than so many jobs, the first to arrive
 * @throws InputError with the line and column of a mistake
 * @see docs/simulate.md for the columns
 */
export function readTrace(file: string, options: { readonly firstJobs?: number | undefined } = {}): Trace {
  const { columns, rows } = parseCsv(unpack("--trace", file));
  const kind = kinds.find((one) => one.columns.every((column) => columns.includes(column)));
  if (kind === undefined) throw notATrace(columns);
  const jobs = rows.map((row) => kind.job(new RowReader(row), columns)).sort((one, other) => one.arrivalSeconds - other.arrivalSeconds);
  if (jobs.length === 0) throw notATrace(["a header alone"]);
  return { name: basename(file), jobs: jobs.slice(0, options.firstJobs ?? jobs.length) };
}

/** The text of a file, unpacked if need be. @throws InputError when it cannot be read */
export function unpack(option: string, file: string): string {
  const bytes = readInputFile(option, file);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString("utf8");
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch (error) {
    throw inputError({
      path: option,
      problem: "cannot be unpacked",
      got: JSON.stringify(file),
      expected: "a whole gzip file",
      fix: `${messageOf(error)}.`,
    });
  }
}

function notATrace(columns: readonly string[]): Error {
  return inputError({
    path: "--trace",
    problem: "is not a job trace",
    got: `columns ${columns.join(", ").slice(0, 80)}`,
    expected: "at least arrival_s and duration_s, and one job",
    fix: "docs/simulate.md lists the columns.",
  });
}

function positive(entries: Readonly<Record<string, number>>): Demand["shape"] {
  return Object.fromEntries(Object.entries(entries).filter(([, amount]) => amount > 0));
}

function times(row: RowReader): Pick<TraceJob, "arrivalSeconds" | "durationSeconds"> {
  return { arrivalSeconds: row.amount("arrival_s"), durationSeconds: row.amount("duration_s") };
}

function alibaba2017Job(row: RowReader): TraceJob {
  const memory = Math.ceil(row.amount("memory_norm", 0) * alibaba2017MemoryGiB * gib);
  return { ...times(row), count: row.count("count"), shape: positive({ CPU: row.amount("cpu", 0), memory }), isGang: false };
}

function alibabaGpuJob(row: RowReader): TraceJob {
  const shape = positive({ CPU: row.amount("cpu", 0), GPU: row.amount("gpu", 0), memory: row.amount("memory_mib", 0) * mib });
  const types = row.text("gpu_type");
  return {
    ...times(row),
    count: row.count("count"),
    shape,
    isGang: false,
    ...(types === "" ? {} : { selectors: [[{ key: "ray.io/accelerator-type", operator: "In", values: types.split("|") }]] }),
  };
}

function phillyJob(row: RowReader): TraceJob {
  const count = row.count("gpu");
  return { ...times(row), count, shape: { CPU: phillyCpuPerGpu, GPU: 1, memory: phillyMemoryGiBPerGpu * gib }, isGang: count > 1 };
}

const customPrefix = "resource:";

function plainJob(row: RowReader, columns: readonly string[]): TraceJob {
  const custom = columns.filter((column) => column.startsWith(customPrefix));
  const shape = positive({
    CPU: row.amount("cpu", 0),
    GPU: row.amount("gpu", 0),
    memory: Math.ceil(row.amount("memory_gib", 0) * gib),
    ...Object.fromEntries(custom.map((column) => [column.slice(customPrefix.length), row.amount(column, 0)])),
  });
  const labels = row.text("labels");
  const count = row.count("count");
  return {
    ...times(row),
    count,
    shape,
    isGang: gangOf(row),
    ...(labels === "" ? {} : { selectors: [labelRules(row, labels)] }),
  };
}

function gangOf(row: RowReader): boolean {
  const text = row.text("gang");
  if (text === "" || text === "0" || text === "1") return text === "1";
  throw row.wrong("gang", "0, 1 or nothing");
}

/** `zone=a|b;market=spot`: one rule for each label. */
function labelRules(row: RowReader, text: string): NonNullable<Demand["selectors"]>[number] {
  return text.split(";").map((rule) => {
    const [key = "", values] = rule.split("=");
    if (key === "" || values === undefined) throw row.wrong("labels", "label=value|value, several with ; between them");
    return { key, operator: "In" as const, values: values.split("|") };
  });
}
