import type { NodeGroupBackend } from "../nodeGroups/backend";
import type { RayControl } from "../ray/rayControl";

/** Whether this agent is the only one of its cluster. */
export interface Sole {
  /** Why nothing may be written now; undefined: it is. */
  doubt(): string | undefined;
}

/** Writes only while this agent is surely the only one; everything else as ever. */
export function backendWhileSole(backend: NodeGroupBackend, sole: Sole): NodeGroupBackend {
  return {
    describe: (groups, signal) => backend.describe(groups, signal),
    launchTimes: (instanceIds, signal) => backend.launchTimes(instanceIds, signal),
    launchFailures: (group, signal) => backend.launchFailures(group, signal),
    endReasons: (group, instanceIds, signal) => backend.endReasons(group, instanceIds, signal),
    consoleTail: (instanceId, signal) => backend.consoleTail(instanceId, signal),
    setDesired: async (group, desired, signal) => skippedFor(sole) ?? (await backend.setDesired(group, desired, signal)),
    terminate: async (group, end, signal) => skippedFor(sole) ?? (await backend.terminate(group, end, signal)),
  };
}

/** Drains only while this agent is surely the only one; everything else as ever. */
export function rayWhileSole(ray: RayControl, sole: Sole): RayControl {
  return {
    readState: (signal) => ray.readState(signal),
    drainNode: async (request, signal) => skippedFor(sole) ?? (await ray.drainNode(request, signal)),
    reportState: (report, signal) => ray.reportState(report, signal),
    reportConfig: (report, signal) => ray.reportConfig(report, signal),
  };
}

function skippedFor(sole: Sole): { readonly kind: "skipped"; readonly reason: string } | undefined {
  const reason = sole.doubt();
  return reason === undefined ? undefined : { kind: "skipped", reason };
}
