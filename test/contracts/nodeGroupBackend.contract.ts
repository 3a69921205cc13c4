import { describe, expect, it } from "vitest";
import type { GroupInstance, NodeGroupBackend, NodeGroupState } from "../../autoscaler-agent/nodeGroups/backend";
import type { AgentGroup } from "../../contract/agentConfig";

/** A cloud with the backend under test and the powers that the backend itself does not have. */
export interface BackendWorld {
  readonly backend: NodeGroupBackend;
  /** A new empty group of at most 5 machines, whose new machines are protected. */
  readonly makeGroup: () => Promise<AgentGroup>;
  /** A group that is configured and not there. */
  readonly missingGroup: () => AgentGroup;
  /** Lets a little time pass. */
  readonly wait: () => Promise<void>;
  readonly denyCapacity: (group: AgentGroup) => Promise<void>;
  /** How the cloud says that a machine was ended because the agent asked for it. */
  readonly endedOnRequest: RegExp;
  readonly epochMs: () => number;
}

const { signal } = new AbortController();

/**
 * What every backend must do, whatever the cloud. Run it against each of them, the in-memory one included: the loop's tests are only worth something when that one
 * behaves as the real ones do.
 */
export function describeNodeGroupBackend(name: string, world: () => BackendWorld): void {
  describe(`NodeGroupBackend: ${name}`, () => {
    const stateOf = async (group: AgentGroup): Promise<NodeGroupState> => {
      const observed = (await world().backend.describe([group], signal)).get(group.groupName);
      if (observed?.kind !== "known") {
        throw new Error(`the group is not known: ${JSON.stringify(observed)}`);
      }
      return observed.state;
    };

    const until = async (group: AgentGroup, holds: (state: NodeGroupState) => boolean): Promise<NodeGroupState> => {
      for (let attempt = 0; attempt < 100; attempt += 1) {
        const state = await stateOf(group);
        if (holds(state)) {
          return state;
        }
        await world().wait();
      }
      throw new Error(`not in time: ${JSON.stringify(await stateOf(group))}`);
    };

    const grown = async (count: number): Promise<{ group: AgentGroup; instances: readonly GroupInstance[] }> => {
      const group = await world().makeGroup();
      await world().backend.setDesired(group, count, signal);
      const { instances } = await until(group, (state) => inService(state).length === count);
      return { group, instances };
    };

    it("describes an empty group as known and empty", async () => {
      const group = await world().makeGroup();
      expect(await stateOf(group)).toMatchObject({ desired: 0, min: 0, max: 5, instances: [], launchSuspended: false });
    });

    it("says unknown for a group that is not there, and knows the others", async () => {
      const [here, gone] = [await world().makeGroup(), world().missingGroup()];
      const observed = await world().backend.describe([here, gone], signal);
      expect(observed.get(here.groupName)?.kind).toBe("known");
      expect(observed.get(gone.groupName)).toMatchObject({ kind: "unknown", error: { code: "gone" } });
    });

    it("launches protected machines up to the desired size, each with an id, type and zone", async () => {
      const { instances } = await grown(2);
      expect(new Set(instances.map(({ instanceId }) => instanceId)).size).toBe(2);
      for (const instance of instances) {
        expect(instance).toMatchObject({ lifecycle: "in-service", protectedFromScaleIn: true, fillsDesired: true });
        expect(instance.instanceType + instance.zone).toMatch(/\w+\.\w+\w/);
      }
    });

    it("takes a repeated size without effect", async () => {
      const { group } = await grown(2);
      expect(await world().backend.setDesired(group, 2, signal)).toEqual({ kind: "done" });
      await world().wait();
      expect((await stateOf(group)).instances).toHaveLength(2);
    });

    it("refuses a size above the maximum as data, and changes nothing", async () => {
      const group = await world().makeGroup();
      expect(await world().backend.setDesired(group, 6, signal)).toMatchObject({ kind: "failed", error: { code: "misconfigured" } });
      expect((await stateOf(group)).desired).toBe(0);
    });

    it("refuses to size a group that is not there", async () => {
      expect(await world().backend.setDesired(world().missingGroup(), 1, signal)).toMatchObject({
        kind: "failed",
        error: { code: "gone" },
      });
    });

    it("ends the very machine that was named and takes its place away", async () => {
      const { group, instances } = await grown(3);
      const [first, second, third] = instances.map(({ instanceId }) => instanceId);
      expect(await world().backend.terminate(group, { instanceId: second ?? "", desiredSize: "lower" }, signal)).toEqual({ kind: "done" });
      const state = await until(group, (now) => inService(now).length === 2);
      expect(state.desired).toBe(2);
      expect(inService(state).sort()).toEqual([first, third].sort());
      await world().wait();
      expect(inService(await stateOf(group))).toHaveLength(2);
    });

    it("replaces an ended machine whose place is kept", async () => {
      const { group, instances } = await grown(1);
      const ended = instances[0]?.instanceId ?? "";
      expect(await world().backend.terminate(group, { instanceId: ended, desiredSize: "keep" }, signal)).toEqual({ kind: "done" });
      const state = await until(group, (now) => inService(now).length === 1 && inService(now)[0] !== ended);
      expect(state.desired).toBe(1);
    });

    it("refuses to end a machine that is not there", async () => {
      const { group } = await grown(1);
      const outcome = await world().backend.terminate(group, { instanceId: "i-0123456789abcdef0", desiredSize: "lower" }, signal);
      expect(outcome).toMatchObject({ kind: "failed", error: { code: "gone" } });
      expect((await stateOf(group)).desired).toBe(1);
    });

    it("refuses to end a machine twice, and lowers the size once", async () => {
      const { group, instances } = await grown(2);
      const end = { instanceId: instances[0]?.instanceId ?? "", desiredSize: "lower" } as const;
      await world().backend.terminate(group, end, signal);
      await until(group, (state) => inService(state).length === 1);
      expect((await world().backend.terminate(group, end, signal)).kind).toBe("failed");
      expect((await stateOf(group)).desired).toBe(1);
    });

    it("ends no machine by a smaller size: it keeps them, or refuses the size as data", async () => {
      const { group } = await grown(2);
      const { kind } = await world().backend.setDesired(group, 0, signal);
      await world().wait();
      const state = await stateOf(group);
      expect(state.desired).toBe(kind === "done" ? 0 : 2);
      expect(inService(state)).toHaveLength(2);
    });

    it("knows when its machines were launched, and nothing of others", async () => {
      const begin = world().epochMs();
      const { instances } = await grown(2);
      const ids = instances.map(({ instanceId }) => instanceId);
      const times = await world().backend.launchTimes([...ids, "i-0123456789abcdef0"], signal);
      expect([...times.keys()].sort()).toEqual(ids.sort());
      for (const time of times.values()) {
        // Clouds keep whole seconds.
        expect(time).toBeGreaterThanOrEqual(begin - 1000);
        expect(time).toBeLessThanOrEqual(world().epochMs() + 1000);
      }
    });

    it("keeps the size when there is no capacity, and says why nothing comes", async () => {
      const group = await world().makeGroup();
      await world().denyCapacity(group);
      const begin = world().epochMs();
      await world().backend.setDesired(group, 2, signal);
      await world().wait();
      const state = await stateOf(group);
      expect(state).toMatchObject({ desired: 2, instances: [] });
      const failures = await world().backend.launchFailures(group, signal);
      expect(failures[0]).toMatchObject({ code: "capacity" });
      expect(failures[0]?.atMs).toBeGreaterThanOrEqual(begin - 1000);
    });

    it("has no failures to tell of a group that is well", async () => {
      const { group } = await grown(1);
      expect(await world().backend.launchFailures(group, signal)).toEqual([]);
    });

    it("says why a machine was ended, and nothing of one that runs", async () => {
      const { group, instances } = await grown(2);
      const [ended = "", running = ""] = instances.map(({ instanceId }) => instanceId);
      await world().backend.terminate(group, { instanceId: ended, desiredSize: "lower" }, signal);
      const reasons = await world().backend.endReasons(group, [ended, running], signal);
      expect([...reasons.keys()]).toEqual([ended]);
      expect(reasons.get(ended)).toMatch(world().endedOnRequest);
    });

    it("has no console to tell of a machine that has written nothing, or that is not there", async () => {
      const { instances } = await grown(1);
      expect(await world().backend.consoleTail(instances[0]?.instanceId ?? "", signal)).toEqual([]);
      expect(await world().backend.consoleTail("i-0123456789abcdef0", signal)).toEqual([]);
    });

    it("throws the signal's reason when it is told to stop", async () => {
      const group = await world().makeGroup();
      const stop = new AbortController();
      stop.abort(new Error("told to stop"));
      await expect(world().backend.describe([group], stop.signal)).rejects.toThrow("told to stop");
      await expect(world().backend.setDesired(group, 1, stop.signal)).rejects.toThrow("told to stop");
      expect((await stateOf(group)).desired).toBe(0);
    });
  });
}

function inService(state: NodeGroupState): string[] {
  return state.instances.filter(({ lifecycle }) => lifecycle === "in-service").map(({ instanceId }) => instanceId);
}
