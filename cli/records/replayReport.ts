import type { DecisionRecord } from "../../autoscaler-agent/recorder/decisionRecord";
import type { ReadLine } from "../../autoscaler-agent/recorder/readRecords";
import { replayRecord } from "../../autoscaler-agent/recorder/replayRecord";
import { shownText } from "../../autoscaler-agent/report/shownText";

/** So many ticks that differ are shown, with so many differences each; all are counted. */
const TICKS_SHOWN = 10;
const DIFFERENCES_SHOWN = 8;

/** What came of deciding recorded ticks again. */
export class ReplayReport {
  readonly #different: string[] = [];
  readonly #unreadable: string[] = [];
  readonly #versions = new Set<string>();
  #differentTicks = 0;
  #ticks = 0;
  #first: DecisionRecord | undefined;
  #last: DecisionRecord | undefined;

  /** Decides the tick of this line again. */
  add(line: ReadLine): void {
    if (line.kind === "unreadable") {
      const why = line.last ? " (it was being written, or the agent was killed while it wrote)" : "";
      this.#unreadable.push(`${line.place}: ${line.problem}${why}`);
      return;
    }
    const { record } = line;
    this.#ticks += 1;
    this.#first ??= record;
    this.#last = record;
    this.#versions.add(record.agentVersion);
    this.#compare(record);
  }

  get ticks(): number {
    return this.#ticks;
  }

  get allEqual(): boolean {
    return this.#differentTicks === 0;
  }

  /** For a terminal. */
  text(): string {
    const verdict = this.allEqual ? "all are decided the same" : `${this.#differentTicks} are decided otherwise`;
    const hidden = this.#differentTicks - TICKS_SHOWN;
    return [
      this.#ticks === 0 ? "No tick." : `${this.#ticks} ticks${this.#span()}: ${verdict}.`,
      ...this.#different,
      ...(hidden > 0 ? [`and ${hidden} ticks more`] : []),
      ...(this.#unreadable.length === 0 ? [] : ["Lines that could not be read:", ...this.#unreadable.map((line) => `  ${line}`)]),
    ]
      .map(shownText)
      .join("\n");
  }

  #compare(record: DecisionRecord): void {
    const { differences } = replayRecord(record);
    if (differences.length === 0) return;
    this.#differentTicks += 1;
    if (this.#differentTicks > TICKS_SHOWN) return;
    this.#different.push(
      `${timeOf(record)} tick ${record.number}: ${differences.length === 1 ? "1 difference" : `${differences.length} differences`}`,
    );
    this.#different.push(...differences.slice(0, DIFFERENCES_SHOWN).map(({ path, was, now }) => `  ${path}: ${was} then, ${now} now`));
  }

  #span(): string {
    const [from, to] = [this.#first, this.#last].map((record) => (record === undefined ? "" : timeOf(record)));
    return ` from ${from} to ${to}, agent ${[...this.#versions].join(", ")}`;
  }
}

function timeOf({ epochMs }: DecisionRecord): string {
  return new Date(epochMs).toISOString();
}
