import type { NodeGroupBackend } from "./backend";

/** Reads through, writes nothing: the same decisions as the real thing from the same input, and no effect. `reason`: why, for the outcomes. */
export function dryRunBackend(backend: NodeGroupBackend, reason: string): NodeGroupBackend {
  const skipped = { kind: "skipped", reason } as const;
  return {
    describe: (groups, signal) => backend.describe(groups, signal),
    launchTimes: (instanceIds, signal) => backend.launchTimes(instanceIds, signal),
    launchFailures: (group, signal) => backend.launchFailures(group, signal),
    setDesired: async () => skipped,
    terminate: async () => skipped,
  };
}
