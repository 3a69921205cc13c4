#!/bin/sh
# Runs every test and closes with one line of counts, taken from the runner's own report.
set -u
mkdir -p reports
rm -f reports/vitest.json
vitest run --project unit --project components --project emulator --project kubernetes --project e2e --reporter=default --reporter=json --outputFile.json=reports/vitest.json "$@"
status=$?
node scripts/countTests.mjs reports/vitest.json || status=1
exit $status
