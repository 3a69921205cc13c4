import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A log file that cannot fill the disk: past `limitBytes` it becomes `<path>.1`, and the one before that is gone.
 *
 * Writing is synchronous because what matters most is the last line before the machine ends. What cannot be written is left out, and the file says so
 * when it can be written again: a full disk must not end Ray, whose output this is.
 */
export class RotatingFile {
  #sizeBytes: number;
  #lostBytes = 0;

  constructor(
    readonly path: string,
    readonly limitBytes: number = 16 * 1024 * 1024,
  ) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    this.#sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  append(chunk: Buffer): void {
    const text = this.#lostBytes === 0 ? chunk : Buffer.concat([Buffer.from(`\n(${this.#lostBytes} bytes could not be written)\n`), chunk]);
    try {
      this.#write(text);
      this.#lostBytes = 0;
    } catch {
      this.#lostBytes += chunk.length;
    }
  }

  #write(chunk: Buffer): void {
    if (this.#sizeBytes > 0 && this.#sizeBytes + chunk.length > this.limitBytes) {
      renameSync(this.path, `${this.path}.1`);
      this.#sizeBytes = 0;
    }
    appendFileSync(this.path, chunk, { mode: 0o640 });
    this.#sizeBytes += chunk.length;
  }
}
