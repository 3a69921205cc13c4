import { defineConfig } from "vitest/config";

/** Tests that start servers, processes or namespaces, wherever they stand. */
const emulator = [
  "test/emulator/**/*.test.ts",
  "test/contracts/**/*.test.ts",
  "test/autoscaler-agent/main.test.ts",
  "test/components/plan/bootShimRun.test.ts",
  "test/components/plan/monitoring/{promtool,prometheus}.test.ts",
  "test/node-service/awsCalls.test.ts",
  "test/node-service/raySupervisor.test.ts",
  "test/node-service/steps/wheelInstall.test.ts",
];
const components = ["test/components/{aws,kubernetes}/**/*.test.ts", "test/components/rayCluster.test.ts", "test/stacks/**/*.test.ts"];
const faults = ["test/e2e/faults.test.ts"];
const kubernetes = ["test/kubernetes/**/*.test.ts"];
const endToEnd = ["test/e2e/**/*.test.ts"];
/** Real Ray: one file after the other. */
const realRay = { testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false, maxWorkers: 1, sequence: { groupOrder: 4 } };

/**
 * Six projects, because their tests need different surroundings: `unit` touches nothing outside the process; `components` keeps one Pulumi
 * runtime for all files (a fresh one costs a second each); `emulator` starts servers and namespaces; `kubernetes` runs a real API server where `make test-kubernetes` has
 * built one; `e2e` runs real Ray; `faults` (`make faults`, not part of `make test`)
 * breaks what it runs on, row by row, which takes long.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...emulator, ...components, ...endToEnd, ...kubernetes],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "components",
          include: components,
          isolate: false,
          fileParallelism: false,
          testTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { name: "emulator", include: emulator, testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2, sequence: { groupOrder: 2 } },
      },
      {
        test: {
          name: "kubernetes",
          include: kubernetes,
          testTimeout: 60_000,
          hookTimeout: 90_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      { test: { name: "e2e", include: endToEnd, exclude: faults, ...realRay } },
      { test: { name: "faults", include: faults, ...realRay } },
    ],
    passWithNoTests: false,
  },
});
