// Prints what was skipped, by reason, and what failed, with why, and as the last line `N passed, N failed, N skipped`.
import { readFileSync } from "node:fs";

const file = process.argv[2] ?? "reports/vitest.json";
const report = JSON.parse(readFileSync(file, "utf8"));
const counts = { passed: 0, failed: 0, skipped: 0 };
/** How many tests there are per reason; the last brackets in a test's full name that are more than one word. */
const skippedByReason = new Map();
const failures = [];

for (const suite of report.testResults) {
  // A file that could not be loaded, or whose preparation failed, has no failed test of its own, and is a failure all the same.
  if (suite.status === "failed" && !suite.assertionResults.some(({ status }) => status === "failed")) {
    counts.failed += 1;
    failures.push([suite.name, [suite.message ?? ""]]);
  }
  for (const test of suite.assertionResults) {
    if (test.status === "passed") counts.passed += 1;
    else if (test.status === "failed") {
      counts.failed += 1;
      failures.push([test.fullName, test.failureMessages ?? []]);
    } else {
      counts.skipped += 1;
      const reason = reasonOf(test.fullName);
      skippedByReason.set(reason, (skippedByReason.get(reason) ?? 0) + 1);
    }
  }
}
for (const [reason, count] of skippedByReason) console.log(`skipped: ${count} × ${reason}`);
for (const [name, messages] of failures) console.log(`failed: ${name}\n${firstLines(messages.join("\n"))}`);
if (counts.passed === 0) counts.failed = Math.max(counts.failed, 1);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

/** @param {string} fullName */
function reasonOf(fullName) {
  return /\((?:skipped: )?([^()]* [^()]*(?:\([^()]*\)[^()]*)*)\)/.exec(fullName)?.[1] ?? fullName;
}

/** @param {string} text */
function firstLines(text) {
  return text
    .split("\n")
    .slice(0, 12)
    .map((line) => `  ${line.slice(0, 300)}`)
    .join("\n");
}
