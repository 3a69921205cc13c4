import type { NodeGroupBackend } from "./backend";

const skipped = { kind: "skipped", reason: "dry run" } as const;

/** Reads through, writes nothing: the same decisions as the real thing from the same input, and no effect. */
export function dryRunBackend(backend: NodeGroupBackend): NodeGroupBackend {
  return {
    describe: (groups, signal) => backend.describe(groups, signal),
    launchTimes: (instanceIds, signal) => backend.launchTimes(instanceIds, signal),
    launchFailures: (group, signal) => backend.launchFailures(group, signal),
    setDesired: async () => skipped,
    terminate: async () => skipped,
  };
}
