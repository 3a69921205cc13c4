import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A log file that cannot fill the disk: past `limitBytes` it becomes `<path>.1`, and the one before that is gone.
 *
 * Writing is synchronous because what matters most is the last line before the machine ends.
 */
export class RotatingFile {
  #sizeBytes: number;

  constructor(
    readonly path: string,
    readonly limitBytes: number = 16 * 1024 * 1024,
  ) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    this.#sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  append(chunk: Buffer): void {
    if (this.#sizeBytes > 0 && this.#sizeBytes + chunk.length > this.limitBytes) {
      renameSync(this.path, `${this.path}.1`);
      this.#sizeBytes = 0;
    }
    appendFileSync(this.path, chunk, { mode: 0o640 });
    this.#sizeBytes += chunk.length;
  }
}
