/** Where a progress bar is drawn. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

const width = 30;

/** Draws how far each policy has come, on one line of a terminal; on anything else it draws nothing. */
export class ProgressBar {
  private drawn = "";

  constructor(private readonly output: ProgressOutput) {}

  show(name: string, share: number): void {
    if (this.output.isTTY !== true) return;
    const full = Math.round(Math.min(1, Math.max(0, share)) * width);
    const text = `${name} [${"#".repeat(full)}${".".repeat(width - full)}] ${Math.floor(100 * share)} %`;
    if (text === this.drawn) return;
    this.output.write(`\r${text.padEnd(this.drawn.length)}`);
    this.drawn = text;
  }

  clear(): void {
    if (this.drawn !== "") this.output.write(`\r${" ".repeat(this.drawn.length)}\r`);
    this.drawn = "";
  }
}
