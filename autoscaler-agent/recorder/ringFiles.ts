/** Bounds of the records that are kept on the head. */
export interface RingLimits {
  /** All files together, whatever is being written or packed at the moment included. */
  readonly totalBytes: number;
  /** Of one file, before it is packed. */
  readonly fileBytes: number;
  /** A file is closed after so long, so that old ones go by age. */
  readonly fileMs: number;
  /** Files whose last record is older are removed when the next is begun. */
  readonly keptMs: number;
}

const MIB = 2 ** 20;
const HOUR_MS = 3_600_000;

/** 64 MiB, 24 hours. */
export const ringLimits: RingLimits = { totalBytes: 64 * MIB, fileBytes: 8 * MIB, fileMs: HOUR_MS, keptMs: 24 * HOUR_MS };

/** A file of the ring as the folder lists it. */
export interface RingFile {
  readonly name: string;
  readonly bytes: number;
  /** When it was last written, epoch milliseconds. */
  readonly writtenMs: number;
}

/** What a name says. Files follow each other by number: the wall clock may have jumped between two of them. */
export interface RingFileName {
  readonly number: number;
  /** When it was begun, epoch milliseconds. */
  readonly begunMs: number;
  readonly packed: boolean;
}

const NAME = /^decisions-(\d{8})-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z\.jsonl(\.gz)?$/;
/** What a file that is being packed is called until it is whole. */
export const PACKING_SUFFIX = ".packing";

/** The name of a file that begins now. */
export function ringFileName(number: number, begunMs: number): string {
  const stamp = new Date(begunMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `decisions-${String(number).padStart(8, "0")}-${stamp}.jsonl`;
}

/** Undefined for a name that is none of the ring's. */
export function parseRingFileName(name: string): RingFileName | undefined {
  const found = NAME.exec(name);
  if (found === null) return undefined;
  const [number = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 8).map(Number);
  return { number, begunMs: Date.UTC(year, month - 1, day, hour, minute, second), packed: found[8] !== undefined };
}

/** The names that are the ring's, oldest first. */
export function inRingOrder(names: readonly string[]): string[] {
  return names.filter((name) => parseRingFileName(name) !== undefined).sort();
}

/**
 * The files to remove before a new one is begun, oldest first: those that are too old, and as many more as it takes that what stays, the new file, and the packed form
 * of one of them have room together.
 */
export function filesToRemove(files: readonly RingFile[], limits: RingLimits, nowMs: number): string[] {
  const room = limits.totalBytes - 2 * limits.fileBytes;
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const sorted = [...files].sort((one, other) => (one.name < other.name ? -1 : 1));
  return sorted.flatMap(({ name, bytes: size, writtenMs }) => {
    if (nowMs - writtenMs <= limits.keptMs && bytes <= room) return [];
    bytes -= size;
    return [name];
  });
}
