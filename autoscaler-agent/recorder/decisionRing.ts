import { createReadStream, createWriteStream } from "node:fs";
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { createGzip } from "node:zlib";
import type { Clock } from "../clock";
import type { Recorder } from "../report/reporting";
import type { TickRecord } from "../tickRecord";
import { type DecisionRecord, decisionRecord } from "./decisionRecord";
import { RecordLineWriter } from "./recordLines";
import {
  filesToRemove,
  inRingOrder,
  PACKING_SUFFIX,
  parseRingFileName,
  type RingFile,
  type RingLimits,
  ringFileName,
  ringLimits,
} from "./ringFiles";

/** A disk that takes longer than this is not waited for: the tick goes on, and records are dropped until it has answered. */
const LONGEST_WAIT_MS = 500;
/** After a failure the disk is tried again this often. */
const RETRY_MS = 60_000;

/** A record that was not kept. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/** What the ring is made with. */
export interface DecisionRingOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Of this agent, for the records. */
  readonly agentVersion: string;
  /** @default 64 MiB and 24 hours */
  readonly limits?: RingLimits;
  /** @default 500 */
  readonly longestWaitMs?: number;
  /** Makes a new file for appending. @default one of mode 0600 that must not be there yet */
  readonly openFile?: (path: string) => Promise<FileHandle>;
}

/**
 * Keeps the records of the last hours in a folder of files that are packed when they are full, within bounds of bytes and age. Never stops the agent: a disk that is full,
 * read-only or hangs costs records, each of which is told of by an error.
 */
export class DecisionRing implements Recorder {
  readonly #options: Required<DecisionRingOptions>;
  readonly #lines = new RecordLineWriter();
  #file: { readonly handle: FileHandle; readonly path: string; readonly begunMs: number; bytes: number } | undefined;
  #number: number | undefined;
  #busy = false;
  #failure: { readonly message: string; readonly retryMs: number } | undefined;
  #packing: Promise<void> = Promise.resolve();

  constructor(options: DecisionRingOptions) {
    this.#options = {
      limits: ringLimits,
      longestWaitMs: LONGEST_WAIT_MS,
      openFile: async (path) => await open(path, "wx", 0o600),
      ...options,
    };
  }

  /**
   * Keeps one tick.
   *
   * @throws RecordingError when it was not kept, or the disk has not said so in half a second
   */
  async keep(tick: TickRecord): Promise<void> {
    const { clock, agentVersion, longestWaitMs } = this.#options;
    if (this.#busy) throw new RecordingError("the disk has not taken the record before");
    if (this.#failure !== undefined && clock.monotonicMs() < this.#failure.retryMs) throw new RecordingError(this.#failure.message);
    this.#busy = true;
    const written = this.#write(decisionRecord(tick, agentVersion)).finally(() => {
      this.#busy = false;
    });
    // When the time is up first, a failure that comes later is told of with the next record.
    written.catch(() => undefined);
    const waiting = new AbortController();
    const late = wait(longestWaitMs, "late", { signal: waiting.signal, ref: false }).catch(() => "not late");
    try {
      if ((await Promise.race([written, late])) === "late")
        throw new RecordingError(`the disk did not take a record within ${longestWaitMs} ms`);
    } finally {
      waiting.abort();
    }
  }

  /** Ends the file that is being written and waits for the packing of those before it. */
  async close(): Promise<void> {
    await this.#endFile();
    await this.#packing;
  }

  async #write(record: DecisionRecord): Promise<void> {
    try {
      await this.#append(record);
      this.#failure = undefined;
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      this.#failure = { message, retryMs: this.#options.clock.monotonicMs() + RETRY_MS };
      // A line may be there in part, and the folder may be gone: the next record begins with both anew.
      this.#number = undefined;
      await this.#endFile().catch(() => undefined);
      throw new RecordingError(message, { cause: thrown });
    }
  }

  async #append(record: DecisionRecord): Promise<void> {
    const { limits, clock } = this.#options;
    const isOld = this.#file !== undefined && clock.monotonicMs() - this.#file.begunMs >= limits.fileMs;
    let line = this.#file === undefined || isOld ? undefined : Buffer.from(this.#lines.write(record));
    if (this.#file === undefined || line === undefined || this.#file.bytes + line.length > limits.fileBytes) {
      await this.#beginFile();
      line = Buffer.from(this.#lines.write(record));
    }
    if (this.#file === undefined || line.length > limits.fileBytes) {
      throw new RangeError(`a record of ${line.length} bytes is larger than a file may be (${limits.fileBytes})`);
    }
    await this.#file.handle.appendFile(line);
    this.#file.bytes += line.length;
  }

  async #beginFile(): Promise<void> {
    const { folder, clock, limits, openFile } = this.#options;
    await this.#endFile();
    if (this.#number === undefined) await prepare(folder);
    const files = await listFiles(folder);
    for (const name of filesToRemove(files, limits, clock.epochMs())) await rm(join(folder, name), { force: true });
    this.#number ??= Math.max(0, ...files.map(({ name }) => parseRingFileName(name)?.number ?? 0));
    this.#number += 1;
    const path = join(folder, ringFileName(this.#number, clock.epochMs()));
    this.#lines.startFile();
    this.#file = { handle: await openFile(path), path, begunMs: clock.monotonicMs(), bytes: 0 };
    this.#pack(path);
  }

  async #endFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  /** Packs all files but the one that is being written, one after the other and beside the ticks. What fails stays as it is and is tried with the next file. */
  #pack(current: string): void {
    const { folder } = this.#options;
    this.#packing = this.#packing
      .then(async () => {
        for (const name of inRingOrder(await readdir(folder))) {
          const path = join(folder, name);
          if (path !== current && parseRingFileName(name)?.packed === false) await packFile(path);
        }
      })
      .catch(() => undefined);
  }
}

/** Makes the folder for its owner only, and removes what an agent that was killed left half-packed. */
async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  for (const name of await readdir(folder)) if (name.endsWith(PACKING_SUFFIX)) await rm(join(folder, name), { force: true });
}

async function listFiles(folder: string): Promise<RingFile[]> {
  const files: RingFile[] = [];
  for (const name of inRingOrder(await readdir(folder))) {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    if (facts !== undefined) files.push({ name, bytes: facts.size, writtenMs: facts.mtimeMs });
  }
  return files;
}

/** The packed file takes the place of the other as a whole, so a reader finds one of them at any moment. */
async function packFile(path: string): Promise<void> {
  const temporary = `${path}${PACKING_SUFFIX}`;
  const { atime, mtime } = await stat(path);
  await pipeline(createReadStream(path), createGzip(), createWriteStream(temporary, { mode: 0o600 }));
  // Its age is that of its last record.
  await utimes(temporary, atime, mtime);
  await rename(temporary, `${path}.gz`);
  await rm(path, { force: true });
}
