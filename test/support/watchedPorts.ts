import type { LaunchFailure, NodeGroupBackend } from "../../autoscaler-agent/nodeGroups/backend";
import type { RayControl } from "../../autoscaler-agent/ray/rayControl";
import type { FakeRay } from "./fakeRay";
import type { SafetyWatch } from "./safetyWatch";

/** Names of the calls that the agent makes to the outside. */
export type OutsideCall =
  | "readState"
  | "drainNode"
  | "describe"
  | "launchTimes"
  | "launchFailures"
  | "endReasons"
  | "consoleTail"
  | "setDesired"
  | "terminate"
  | "bootReports"
  | "notices";

/** Makes one outside call. `effect` gets the time at which the agent decided to make it, in monotonic milliseconds: how long it takes is not the agent's doing. */
export type CallOutside = <T>(name: OutsideCall, effect: (calledMs: number) => Promise<T>) => Promise<T>;

/** Ray as the agent reaches it, under the eyes of the watch. */
export function watchedRay(ray: FakeRay, watch: SafetyWatch, call: CallOutside): RayControl {
  return {
    readState: async (signal) =>
      await call("readState", async (calledMs) => {
        watch.rayNotSeen(calledMs);
        const snapshot = await ray.readState(signal);
        watch.raySeen(calledMs, snapshot);
        return snapshot;
      }),
    drainNode: async (request, signal) =>
      await call("drainNode", async (calledMs) => {
        watch.draining(request, calledMs);
        try {
          return await ray.drainNode(request, signal);
        } finally {
          // Its answer may be lost, and the node is gone all the same.
          watch.drained(request, calledMs);
        }
      }),
    reportState: async (report, signal) => await ray.reportState(report, signal),
    reportConfig: async (report, signal) => await ray.reportConfig(report, signal),
  };
}

/**
 * The cloud as the agent reaches it, under the eyes of the watch.
 *
 * @param stamp the cloud's clock for one of the head's, in epoch milliseconds.
 */
export function watchedBackend(
  backend: NodeGroupBackend,
  { watch, call, stamp }: { watch: SafetyWatch; call: CallOutside; stamp: (epochMs: number) => number },
): NodeGroupBackend {
  return {
    describe: async (groups, signal) =>
      await call("describe", async (calledMs) => {
        watch.cloudCalled();
        const observed = await backend.describe(groups, signal);
        watch.groupsSeen(calledMs, observed);
        return observed;
      }),
    launchTimes: async (ids, signal) =>
      await call("launchTimes", async () => {
        const times = await backend.launchTimes(ids, signal);
        return new Map([...times].map(([id, atMs]) => [id, stamp(atMs)]));
      }),
    launchFailures: async (group, signal) =>
      await call("launchFailures", async () => {
        const failures = await backend.launchFailures(group, signal);
        watch.failuresSeen(group, failures.length);
        return failures.map((failure): LaunchFailure => ({ ...failure, atMs: stamp(failure.atMs) }));
      }),
    endReasons: async (group, instanceIds, signal) => await call("endReasons", () => backend.endReasons(group, instanceIds, signal)),
    consoleTail: async (instanceId, signal) => await call("consoleTail", () => backend.consoleTail(instanceId, signal)),
    setDesired: async (group, desired, signal) =>
      await call("setDesired", async (calledMs) => {
        watch.sizing(group, desired, calledMs);
        const settings = watch.settings();
        const outcome = await backend.setDesired(group, desired, signal);
        watch.wrote(outcome, settings);
        return outcome;
      }),
    terminate: async (group, end, signal) =>
      await call("terminate", async (calledMs) => {
        watch.ending(group, end.instanceId, calledMs);
        const settings = watch.settings();
        const outcome = await backend.terminate(group, end, signal);
        watch.wrote(outcome, settings);
        return outcome;
      }),
  };
}
