// `countTests.mjs REPORT [REPORT OF A REPETITION]` prints what was skipped, by reason, what failed, with why, and as the last line
// `N passed, N failed, N skipped`. `countTests.mjs --files-to-repeat REPORT` prints the files that failed, one a line, or nothing when one of them
// runs no processes: there a failure is never a matter of time.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

/** Folders and files whose tests start servers, namespaces or Ray; as in vitest.config.mts. */
const RUNS_PROCESSES = /^test\/(emulator|contracts|kubernetes|e2e)\/|^test\/autoscaler-agent\/main\.test|^test\/node-service\/(awsCalls|raySupervisor)\.test/;

const words = process.argv.slice(2);
if (words[0] === "--files-to-repeat") printFilesToRepeat(words[1] ?? "");
else printCounts(words[0] ?? "reports/vitest.json", words[1]);

function printFilesToRepeat(file) {
  const failed = read(file)
    .filter(({ status }) => status === "failed")
    .map(({ name }) => relative(process.cwd(), name));
  if (failed.every((name) => RUNS_PROCESSES.test(name))) console.log(failed.join("\n"));
}

function printCounts(file, repetition) {
  const first = read(file);
  const again = repetition === undefined || !existsSync(repetition) ? [] : read(repetition);
  const repeated = new Set(again.map(({ name }) => name));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const skippedByReason = new Map();
  const failures = [];
  for (const suite of [...first.filter(({ name }) => !repeated.has(name)), ...again]) {
    failures.push(...failuresOf(suite));
    for (const { status, fullName } of suite.assertionResults) {
      if (status === "passed") counts.passed += 1;
      else if (status !== "failed") {
        counts.skipped += 1;
        skippedByReason.set(reasonOf(fullName), (skippedByReason.get(reasonOf(fullName)) ?? 0) + 1);
      }
    }
  }
  counts.failed = failures.length;
  if (counts.passed === 0) counts.failed = Math.max(counts.failed, 1);
  for (const [reason, count] of skippedByReason) console.log(`skipped: ${count} × ${reason}`);
  for (const failure of first.filter(({ name }) => repeated.has(name)).flatMap(failuresOf)) console.log(`failed at the first try: ${failure}`);
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exit(counts.failed === 0 ? 0 : 1);
}

function read(file) {
  return JSON.parse(readFileSync(file, "utf8")).testResults;
}

/** A file that could not be loaded, or whose preparation failed, has no failed test of its own, and is a failure all the same. */
function failuresOf(suite) {
  const failed = suite.assertionResults.filter(({ status }) => status === "failed");
  if (failed.length === 0 && suite.status === "failed") return [`${suite.name}\n${firstLines(suite.message ?? "")}`];
  return failed.map(({ fullName, failureMessages }) => `${fullName}\n${firstLines((failureMessages ?? []).join("\n"))}`);
}

/** The last brackets of a test's full name that hold more than a word. */
function reasonOf(fullName) {
  return /\((?:skipped: )?([^()]* [^()]*(?:\([^()]*\)[^()]*)*)\)/.exec(fullName)?.[1] ?? fullName;
}

function firstLines(text) {
  return text
    .split("\n")
    .slice(0, 12)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join("\n");
}
