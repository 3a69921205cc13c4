import { parseArgs } from "node:util";
import fc from "fast-check";
import { anyRandomRun, type ClusterEvent, liveThrough } from "./support/faultyDays";

/** What happens to a cluster on any day; the rest are faults. */
const ORDINARY: readonly ClusterEvent["kind"][] = ["ticks", "tasks", "gang", "request"];
/** Between two lines of progress, in milliseconds. */
const SAY_EVERY_MS = 5_000;

/**
 * `make soak SECONDS=60`, or `make soak RUNS=100000`: day after day of random work and random faults against the real loop, for as long as it is told, each from a seed
 * of its own, over the in-memory and the AWS backend, with calls in any order. Prints how many days, what was injected, and what broke; a broken rule comes with the smallest day that breaks it, and exit code 1.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "60" }, runs: { type: "string", default: "" }, seed: { type: "string", default: "1" } },
  });
  const runs = values.runs === "" ? Number.POSITIVE_INFINITY : readNumber("runs", values.runs);
  const endsMs = values.runs === "" ? Date.now() + readNumber("seconds", values.seconds) * 1000 : Number.POSITIVE_INFINITY;
  const firstSeed = readNumber("seed", values.seed);
  const injected = new Map<string, number>();
  let days = 0;
  let saidMs = Date.now();
  while (Date.now() < endsMs && days < runs) {
    const seed = firstSeed + days;
    const result = await fc.check(
      fc.asyncProperty(anyRandomRun, (run) => {
        for (const event of run.events) injected.set(nameOf(event), (injected.get(nameOf(event)) ?? 0) + 1);
        return liveThrough(run);
      }),
      { numRuns: 1, seed },
    );
    days += 1;
    if (result.failed) {
      console.log(`seed ${seed}: a rule is broken: ${String(result.errorInstance)}\n${fc.defaultReportMessage(result)}`);
      process.exitCode = 1;
      break;
    }
    if (Date.now() - saidMs < SAY_EVERY_MS) continue;
    saidMs = Date.now();
    console.log(`${days} days, ${sum(injected)} faults, none broke a rule`);
  }
  report(days, injected);
}

function nameOf(event: ClusterEvent): string {
  if (event.kind === "ray") return `Ray: ${event.state}`;
  if (event.kind === "lost-reply") return `lost reply: ${event.call}`;
  if (event.kind === "old-answers" || event.kind === "slow") return `${event.kind}: ${event.seconds} s`;
  if (event.kind === "cloud") return `cloud: ${event.call} ${event.code}`;
  return event.kind === "lose" ? `lost: ${event.how}` : event.kind;
}

function sum(injected: ReadonlyMap<string, number>): number {
  return [...injected].reduce((total, [name, count]) => total + (isFault(name) ? count : 0), 0);
}

function isFault(name: string): boolean {
  return !ORDINARY.some((kind) => kind === name) && !/^(?:Ray: well|cloud: none.*|lost reply: none|.*: 0 s)$/.test(name);
}

function report(days: number, injected: ReadonlyMap<string, number>): void {
  console.log(`\n| fault | times |\n| --- | ---: |`);
  for (const [name, count] of [...injected].sort()) if (isFault(name)) console.log(`| ${name} | ${count} |`);
  console.log(`\n${days} days, ${sum(injected)} faults, ${process.exitCode === 1 ? "1 violation" : "0 violations"}`);
}

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name}: is not a number; got ${text}; expected 0 or more. Correct the value.`);
}

void main();
