// Mutation tests of the decision core: `make mutants FILES="regrets bootTimes"`, see docs/decide.md.

const core = "autoscaler-agent/decide";

/** Files of the core to mutate, without folder and ending; all of them when none is named, which takes hours. */
const files = (process.env.MUTANT_FILES ?? "").split(/[\s,]+/).filter((name) => name !== "");

export default {
  mutate: files.length > 0 ? files.map((name) => `${core}/**/${name}.ts`) : [`${core}/**/*.ts`],
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutants.config.mts" },
  coverageAnalysis: "perTest",
  incremental: true,
  incrementalFile: "reports/mutants/incremental.json",
  tempDirName: ".rayfleet/mutants",
  // The copy that is mutated needs the core, what it imports, and its tests; the rest would only be copied.
  ignorePatterns: ["/.rayfleet", "/bench", "/components", "/dist", "/docs", "/emulator", "/examples", "/node-service", "/policies", "/reports", "/stacks"],
  reporters: ["clear-text", "html", "json"],
  htmlReporter: { fileName: "reports/mutants/index.html" },
  jsonReporter: { fileName: "reports/mutants/mutants.json" },
  clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false },
  // A loop that no longer ends is known by its time; on a busy machine a sound one may take long too.
  timeoutMS: 5_000,
  timeoutFactor: 2,
  concurrency: 1,
};
