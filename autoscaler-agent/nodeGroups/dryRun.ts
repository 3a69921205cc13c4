import type { NodeGroupBackend } from "./backend";

/** Reads through, writes nothing: the same decisions as the real thing from the same input, and no effect. `reason`: why, for the outcomes. */
export function dryRunBackend(backend: NodeGroupBackend, reason: string): NodeGroupBackend {
  const skipped = { kind: "skipped", reason } as const;
  return {
    describe: (groups, signal) => backend.describe(groups, signal),
    launchTimes: (instanceIds, signal) => backend.launchTimes(instanceIds, signal),
    launchFailures: (group, signal) => backend.launchFailures(group, signal),
    endReasons: (group, instanceIds, signal) => backend.endReasons(group, instanceIds, signal),
    // Asked right before a machine is ended, and none is.
    consoleTail: async () => [],
    setDesired: async () => skipped,
    terminate: async () => skipped,
  };
}
