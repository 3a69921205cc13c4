import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { constants, gunzipSync } from "node:zlib";
import type { DecisionRecord } from "./decisionRecord";
import { RecordLineError, RecordLineReader } from "./recordLines";
import { inRingOrder } from "./ringFiles";

/** A packed file that becomes larger than this is none of ours. */
const LARGEST_FILE_BYTES = 512 * 2 ** 20;

/** One line of a record file: a record, or why there is none. */
export type ReadLine =
  | { readonly kind: "record"; readonly record: DecisionRecord }
  | {
      readonly kind: "unreadable";
      /** `<file>:<line>`, from 1. */
      readonly place: string;
      readonly problem: string;
      /** It is the last one of its file: that of an agent that was killed while it wrote, or is writing now. */
      readonly last: boolean;
    };

/**
 * The files of records at a path, oldest first: those of a folder, or the file itself.
 *
 * @throws the file system's error when there is nothing
 */
export function recordFilesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = inRingOrder(readdirSync(path));
  const packed = new Set(names);
  // A file whose packed form is there already is about to go.
  return names.filter((name) => !packed.has(`${name}.gz`)).map((name) => join(path, name));
}

/**
 * The lines of a record file, one after the other. Lines that cannot be read are passed over and named.
 *
 * @throws the file system's error when the file cannot be read, zlib's when it is not packed as its name says
 */
export function* readRecords(path: string): Generator<ReadLine> {
  const reader = new RecordLineReader();
  const lines = textOf(path).split("\n");
  // Every line ends with a line break, so what stands behind the last one is not whole.
  const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  for (let index = 0; index < count; index += 1) {
    try {
      yield { kind: "record", record: reader.read(lines[index] ?? "") };
    } catch (thrown) {
      if (!(thrown instanceof RecordLineError)) throw thrown;
      yield { kind: "unreadable", place: `${basename(path)}:${index + 1}`, problem: thrown.message, last: index === count - 1 };
    }
  }
}

function textOf(path: string): string {
  const content = contentOf(path);
  const isPacked = content[0] === 0x1f && content[1] === 0x8b;
  // A file that was cut off while it was copied is read as far as it goes.
  const whole = isPacked ? gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: LARGEST_FILE_BYTES }) : content;
  return whole.toString("utf8");
}

/** The agent may have packed the file since it was listed. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || path.endsWith(".gz")) throw error;
    return readFileSync(`${path}.gz`);
  }
}
