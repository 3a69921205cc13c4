import { type RecordLine, recordLineSchema } from "../../contract/recordLine";
import type { DecisionRecord } from "./decisionRecord";
import { difference, patched } from "./difference";
import { fromPlain, isPlainObject, toPlain } from "./plainValue";

/** After so many changes a record is written in full again: a line that cannot be read hides ten minutes at most. */
const CHANGES_IN_A_ROW = 300;

/** Dates go so far, in epoch milliseconds. */
const LATEST_MS = 8.64e15;

/** Writes records as lines of one file after the other. */
export class RecordLineWriter {
  #last: DecisionRecord | undefined;
  #line = 0;

  /** The next line is the first of a file. */
  startFile(): void {
    this.#last = undefined;
    this.#line = 0;
  }

  /**
   * The record's line, with its line break.
   *
   * @throws TypeError for a value that no line can hold
   */
  write(record: DecisionRecord): string {
    const full = this.#last === undefined || this.#line % CHANGES_IN_A_ROW === 0;
    const at = new Date(record.epochMs).toISOString();
    const content = full ? { full: toPlain(record) } : { change: difference(this.#last, record) ?? ["o", []] };
    const line = { format: 1, line: this.#line, at, tick: record.number, ...content } satisfies RecordLine;
    this.#last = record;
    this.#line += 1;
    return `${JSON.stringify(line)}\n`;
  }
}

/** A line that holds no record. */
export class RecordLineError extends Error {
  override readonly name = "RecordLineError";
}

/** Reads the lines that {@link RecordLineWriter} wrote, in their order. */
export class RecordLineReader {
  #last: DecisionRecord | undefined;
  #next = 0;

  /**
   * The record of the next line.
   *
   * @throws RecordLineError when the line is broken, or changes a record that was not read
   */
  read(text: string): DecisionRecord {
    try {
      const line = recordLineSchema.parse(JSON.parse(text));
      if (line.full === undefined && (this.#last === undefined || line.line !== this.#next)) {
        throw new RecordLineError("changes the line before it, which could not be read");
      }
      const record = line.full === undefined ? patched(this.#last, line.change) : fromPlain(line.full);
      assertRecord(record);
      this.#last = record;
      this.#next = line.line + 1;
      return record;
    } catch (thrown) {
      this.#last = undefined;
      if (thrown instanceof RecordLineError) throw thrown;
      throw new RecordLineError(thrown instanceof SyntaxError ? "is not whole" : "is no record that this version understands", {
        cause: thrown,
      });
    }
  }
}

/** Looks at what every use of a record relies on; what lies deeper shows when it is decided again. */
function assertRecord(value: unknown): asserts value is DecisionRecord {
  const fits =
    isPlainObject(value) &&
    typeof value["agentVersion"] === "string" &&
    Number.isFinite(value["number"]) &&
    Math.abs(Number(value["epochMs"])) <= LATEST_MS &&
    isPlainObject(value["config"]) &&
    Array.isArray(value["config"]["groups"]) &&
    isPlainObject(value["observation"]) &&
    value["observation"]["groups"] instanceof Map &&
    isPlainObject(value["memoryBefore"]) &&
    value["memoryBefore"]["groups"] instanceof Map &&
    value["memoryBefore"]["instances"] instanceof Map &&
    isPlainObject(value["assessment"]) &&
    Array.isArray(value["holds"]) &&
    Array.isArray(value["actions"]) &&
    Array.isArray(value["outcomes"]);
  if (!fits) throw new RecordLineError("is no record that this version understands");
}
