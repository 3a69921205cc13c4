#!/bin/sh
# Runs every test and closes with one line of counts, taken from the runner's own reports.
set -u
mkdir -p reports
rm -f reports/vitest.json reports/again.json
vitest run --project unit --project components --project emulator --project kubernetes --project e2e --reporter=default --reporter=json --outputFile.json=reports/vitest.json "$@"
status=$?
if [ "$status" -ne 0 ]; then
  # What runs real processes may fail for want of processor time; such a file is run once more, alone, and its first failure is named with the counts.
  again=$(node scripts/countTests.mjs --files-to-repeat reports/vitest.json)
  if [ -n "$again" ]; then
    # shellcheck disable=SC2086 # Names of files of the repository: no spaces.
    vitest run --project emulator --project kubernetes --project e2e --reporter=default --reporter=json --outputFile.json=reports/again.json $again
    node scripts/countTests.mjs reports/vitest.json reports/again.json
    exit $?
  fi
fi
node scripts/countTests.mjs reports/vitest.json || status=1
exit $status
