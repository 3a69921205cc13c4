import { defineConfig } from "vitest/config";

const core = "test/autoscaler-agent/decide";

/** Only these, where a few tests are to be enough: names of test files, without folder and ending. */
const only = (process.env["MUTANT_TESTS"] ?? "").split(/[\s,]+/).filter((name) => name !== "");

/**
 * The tests that mutants of `autoscaler-agent/decide` are run against: those of its files. Left out are the one that reads the sources, which are not as
 * written here, and the one that is about the size of its input.
 */
export default defineConfig({
  test: {
    include:
      only.length > 0
        ? only.map((name) => `test/autoscaler-agent/{decide/**/,}${name}.test.ts`)
        : [`${core}/**/*.test.ts`, "test/autoscaler-agent/loop.test.ts"],
    exclude: [`${core}/purity.test.ts`, `${core}/decide.scale.test.ts`],
    setupFiles: ["test/support/fixedSeed.ts"],
    testTimeout: 20_000,
  },
});
