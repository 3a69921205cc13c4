import { performance } from "node:perf_hooks";

/** Prints what is going on, one line a step, with the seconds since the command began. */
export class Progress {
  private readonly beganAt = performance.now();

  constructor(private readonly write: (line: string) => void = console.log) {}

  get seconds(): number {
    return (performance.now() - this.beganAt) / 1000;
  }

  /** One step, e.g. `[  3.2 s] cloud     answers at http://127.0.0.1:5055`. */
  say(part: string, text: string): void {
    this.write(`[${this.seconds.toFixed(1).padStart(5)} s] ${part.padEnd(9)} ${text}`);
  }

  /** Text without a time in front. */
  print(text = ""): void {
    this.write(text);
  }
}
