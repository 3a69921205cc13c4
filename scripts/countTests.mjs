// Prints the skipped tests with their reasons and, as the last line, `N passed, N failed, N skipped`.
import { readFileSync } from "node:fs";

const file = process.argv[2] ?? "reports/vitest.json";
const report = JSON.parse(readFileSync(file, "utf8"));
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const suite of report.testResults) {
  // A file that could not be loaded, or whose preparation failed, has no failed test of its own, and is a failure all the same.
  if (suite.status === "failed" && !suite.assertionResults.some(({ status }) => status === "failed")) counts.failed += 1;
  for (const test of suite.assertionResults) {
    if (test.status === "passed") counts.passed += 1;
    else if (test.status === "failed") counts.failed += 1;
    else {
      counts.skipped += 1;
      console.log(`skipped: ${test.fullName}`);
    }
  }
}
if (counts.passed === 0) counts.failed = Math.max(counts.failed, 1);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);
