import { describe, expect, it } from "vitest";
import { decide } from "../../autoscaler-agent/decide/decide";
import { noNotices } from "../../autoscaler-agent/decide/tick/machineNotices";
import { AgentLoop } from "../../autoscaler-agent/loop";
import { InMemoryBackend } from "../../autoscaler-agent/nodeGroups/inMemory";
import type { AgentConfig } from "../../contract/agentConfig";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

const unreachable = { code: "unreachable", message: "TimeoutError" } as const;
const throttled = { code: "throttled", message: "Throttling: Rate exceeded" } as const;

function twoGroups(limits: Partial<AgentConfig["limits"]>): AgentConfig {
  return agentConfig({ groups: [agentGroup(), agentGroup({ groupName: "other" })], limits: { upscalingSpeed: 10, ...limits } });
}

function pauseCause(simulation: AgentSimulation): string | undefined {
  return simulation.records.at(-1)?.assessment.groups[0]?.memory.pause?.cause;
}

describe("AgentLoop", () => {
  it("grows from nothing for waiting tasks and goes back to nothing when they are done", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 1 }, 12, 100);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    expect(simulation.group().desired).toBe(3);
    await simulation.until("no machine is left", () => simulation.group().desired === 0 && simulation.group().instances.length === 0);
    expect(simulation.cloud.launchCount).toBe(3);
    const writes = simulation.writes.length;
    await simulation.ticks(60);
    expect(simulation.writes.length).toBe(writes);
  });

  it("does not buy again what is on its way", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.bootSeconds = 120;
    simulation.ray.submit({ CPU: 4 }, 4, 30);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    expect(simulation.writes).toEqual(["cpu: 0 -> 4"]);
  });

  it("ends only by id, after the node has left Ray, with the size lowered", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 2, 10);
    await simulation.until("both are gone", () => simulation.cloud.launchCount === 2 && simulation.group().instances.length === 0);
    expect(simulation.writes.filter((write) => write.includes("->"))).toEqual(["cpu: 0 -> 2"]);
    expect(simulation.writes.filter((write) => write.includes("end")).sort()).toEqual(["cpu: end i-00000001", "cpu: end i-00000002"]);
  });

  it("keeps minReplicas and replaces a machine that is lost", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 2 })] }) });
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    await simulation.ticks(200);
    expect(simulation.machineCount()).toBe(2);
    expect(simulation.ray.drains).toEqual([]);
    simulation.cloud.loseInstance("i-00000001");
    await simulation.until("two nodes again", () => simulation.ray.aliveCount() === 2 && simulation.cloud.launchCount === 3);
    expect(simulation.group().desired).toBe(2);
  });

  it("never grows above a group's maximum nor the cluster's", async () => {
    const groups = [
      agentGroup({ maxReplicas: 5 }),
      agentGroup({ groupName: "big", resources: { CPU: 16 }, maxReplicas: 5, pricePerHourUsd: 0.8 }),
    ];
    const simulation = new AgentSimulation({ config: agentConfig({ groups, limits: { upscalingSpeed: 10, maxReplicas: 6 } }) });
    simulation.ray.submit({ CPU: 4 }, 200, 5000);
    await simulation.ticks(100);
    expect(simulation.group("cpu").desired + simulation.group("big").desired).toBe(6);
  });

  it("serves each group's shapes from that group", async () => {
    const groups = [agentGroup(), agentGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 1 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    simulation.ray.submit({ CPU: 1 }, 4, 60);
    simulation.ray.submit({ GPU: 1 }, 2, 60);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    // A task without GPU may run on the free CPUs of a GPU machine that is bought anyway, so the CPU group may stay empty.
    expect(simulation.group("gpu").desired).toBe(2);
    expect(simulation.group("cpu").desired).toBeLessThanOrEqual(1);
  });

  it("gives a spread placement group its separate machines, all at once", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submitGang({ shape: { CPU: 1 }, count: 3, spread: true, seconds: 60 });
    await simulation.until("the group runs", () => simulation.ray.waitingCount === 0);
    expect(simulation.writes).toEqual(["cpu: 0 -> 3"]);
  });

  it("holds what request_resources asked for until it is taken back", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.requested = [{ shape: { CPU: 1 }, count: 7 }];
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    await simulation.ticks(200);
    expect(simulation.machineCount()).toBe(2);
    simulation.ray.requested = [];
    await simulation.until("no machine is left", () => simulation.group().instances.length === 0);
  });

  it("tells of demand that no group can serve and buys nothing for it", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ TPU: 1 }, 1, 60);
    await simulation.ticks(20);
    expect(simulation.writes).toEqual([]);
    expect(simulation.records.at(-1)?.reply?.infeasible.demands).toMatchObject([{ shape: { TPU: 1 }, count: 1 }]);
  });

  it("does not grow before the head is alive in Ray, and then does", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.listsNothing = true;
    simulation.ray.submit({ CPU: 4 }, 2, 60);
    await simulation.ticks(30);
    expect(simulation.writes).toEqual([]);
    expect(simulation.records.at(-1)?.holds.map(({ code }) => code)).toContain("head-not-alive");
    simulation.ray.listsNothing = false;
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
  });

  it.each([
    ["does not answer", (simulation: AgentSimulation, on: boolean) => (simulation.ray.unreachable = on)],
    ["lists nothing", (simulation: AgentSimulation, on: boolean) => (simulation.ray.listsNothing = on)],
  ])("writes nothing while Ray %s, however long, and goes on after", async (_what, set) => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 3, 60);
    await simulation.until("three nodes", () => simulation.ray.aliveCount() === 3);
    set(simulation, true);
    const writes = simulation.writes.length;
    await simulation.ticks(400);
    expect(simulation.writes.length).toBe(writes);
    expect(simulation.machineCount()).toBe(3);
    set(simulation, false);
    await simulation.until("no machine is left", () => simulation.group().instances.length === 0);
  });

  it("takes workers back after the head started anew, and ends none for its age", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 3, bootDeadlineSeconds: 30 })] }) });
    await simulation.until("three nodes", () => simulation.ray.aliveCount() === 3);
    await simulation.ticks(100);
    simulation.ray.unreachable = true;
    simulation.restartAgent();
    await simulation.ticks(10);
    simulation.ray.unreachable = false;
    simulation.ray.listsNothing = true;
    await simulation.ticks(3);
    simulation.ray.listsNothing = false;
    simulation.ray.restartHead();
    await simulation.until("three nodes", () => simulation.ray.aliveCount() === 3);
    await simulation.ticks(100);
    expect(simulation.cloud.launchCount).toBe(3);
  });

  it("buys nothing elsewhere for what is on its way in a group that cannot be read", async () => {
    const groups = [agentGroup(), agentGroup({ groupName: "other", pricePerHourUsd: 0.3 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    simulation.ray.submit({ CPU: 4 }, 3, 60);
    await simulation.until("bought", () => simulation.group().desired === 3);
    simulation.cloudFault = (call, group) => (call === "describe" && group === "cpu" ? unreachable : undefined);
    await simulation.ticks(20);
    expect(simulation.group("other").desired).toBe(0);
    simulation.cloudFault = () => undefined;
    await simulation.until("no machine is left", () => simulation.cloud.launchCount === 3 && simulation.group().instances.length === 0);
  });

  it("goes on with the other groups while one cannot be read", async () => {
    const groups = [agentGroup(), agentGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 } })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    await simulation.ticks(5);
    simulation.cloudFault = (call, group) => (call === "describe" && group === "cpu" ? unreachable : undefined);
    simulation.ray.submit({ GPU: 1 }, 2, 60);
    await simulation.until("both run", () => simulation.ray.waitingCount === 0);
    await simulation.until("the gpu group is empty", () => simulation.group("gpu").instances.length === 0);
  });

  it("ends no machine of a group that cannot be read", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 2, 10);
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    simulation.cloudFault = (call) => (call === "describe" ? unreachable : undefined);
    await simulation.ticks(200);
    expect(simulation.machineCount()).toBe(2);
    expect(simulation.ray.drains).toEqual([]);
  });

  it("slows down when it is throttled and loses no intent", async () => {
    const simulation = new AgentSimulation();
    let describes = 0;
    simulation.cloudFault = (call) => {
      describes += call === "describe" ? 1 : 0;
      return throttled;
    };
    simulation.ray.submit({ CPU: 4 }, 2, 60);
    await simulation.ticks(60);
    expect(describes).toBeLessThan(10);
    expect(describes).toBeGreaterThan(2);
    simulation.cloudFault = () => undefined;
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
  });

  it("survives writes whose answer is lost", async () => {
    const simulation = new AgentSimulation();
    simulation.cloudFault = (call) => (call === "setDesired" && simulation.writes.length < 3 ? unreachable : undefined);
    simulation.ray.submit({ CPU: 4 }, 2, 30);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    expect(simulation.cloud.launchCount).toBe(2);
  });

  it("turns to another group when one has no capacity, and gives the unfilled places back", async () => {
    const groups = [agentGroup({ pricePerHourUsd: 0.1 }), agentGroup({ groupName: "other", pricePerHourUsd: 0.3 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    simulation.group("cpu").capacity = 1;
    simulation.ray.submit({ CPU: 4 }, 4, 400);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    expect(simulation.machineCount("cpu")).toBe(1);
    expect(simulation.group("other").desired).toBe(3);
    expect(simulation.group("cpu").desired).toBe(1);
    expect(simulation.records.some((record) => record.holds.some(({ text }) => text.includes("capacity")))).toBe(true);
  });

  it("gives unfilled places back only when Ray was seen complete twice in a row", async () => {
    const simulation = new AgentSimulation();
    simulation.group().capacity = 0;
    simulation.ray.submit({ CPU: 4 }, 2, 30);
    await simulation.until("bought", () => simulation.group().desired === 2);
    // Every other answer is a first one, so the group is paused and nothing of it is given back.
    for (let count = 0; count < 20; count += 1) {
      simulation.ray.unreachable = count % 2 === 0;
      await simulation.tick();
    }
    expect(pauseCause(simulation)).toBe("capacity");
    expect(simulation.group().desired).toBe(2);
    await simulation.until("given back", () => simulation.group().desired === 0);
  });

  it.each([
    ["a maximum", { maxReplicas: 6 }],
    ["a budget", { maxHourlyUsd: 1.5 }],
    [
      "a vCPU quota",
      { quotas: [{ name: "spot", maxVcpus: 24, groups: ["cpu", "other"].map((groupName) => ({ groupName, vcpusPerNode: 4 })) }] },
    ],
  ])("buys nothing while a group was never read and the cluster has %s", async (_what, limits) => {
    const simulation = new AgentSimulation({ config: twoGroups(limits) });
    simulation.cloud.setDesired("demo-other", 5);
    simulation.cloudFault = (call, group) => (call === "describe" && group === "other" ? unreachable : undefined);
    simulation.ray.submit({ CPU: 4 }, 8, 5000);
    await simulation.ticks(100);
    expect(simulation.writes).toEqual([]);
    expect(simulation.records.at(-1)?.holds.map(({ code }) => code)).toContain("group-uncounted");
    simulation.cloudFault = () => undefined;
    await simulation.until("bought", () => simulation.group("cpu").desired > 0);
    await simulation.ticks(100);
    expect(simulation.group("cpu").desired + simulation.group("other").desired).toBeLessThanOrEqual(7);
  });

  it.each([
    ["the cluster has no limit", {}, unreachable],
    ["the cloud says that it is gone", { maxReplicas: 6 }, { code: "gone", message: "there is no such group" } as const],
  ])("goes on after a minute without a group that was never read when %s", async (_what, limits, error) => {
    const simulation = new AgentSimulation({ config: twoGroups(limits) });
    simulation.cloudFault = (call, group) => (call === "describe" && group === "other" ? error : undefined);
    simulation.ray.submit({ CPU: 4 }, 2, 60);
    const ticks = await simulation.until("bought", () => simulation.group("cpu").desired === 2);
    expect(ticks * simulation.config.tickSeconds).toBeLessThan(70);
  });

  it("asks for capacity again later, and gets it", async () => {
    const simulation = new AgentSimulation();
    simulation.group().capacity = 0;
    simulation.ray.submit({ CPU: 4 }, 2, 30);
    await simulation.ticks(100);
    expect(simulation.writes.filter((write) => write === "cpu: 0 -> 2").length).toBeLessThan(5);
    simulation.group().capacity = undefined;
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0, 2000);
  });

  it("ends machines that never join at their deadline, and pauses the group after three", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.neverJoin = () => true;
    simulation.ray.submit({ CPU: 4 }, 3, 30);
    await simulation.until("all three are ended", () => simulation.writes.filter((write) => write.includes("end")).length === 3);
    await simulation.ticks(30);
    expect(simulation.cloud.launchCount).toBe(3);
    expect(
      simulation.records
        .at(-1)
        ?.holds.map(({ text }) => text)
        .join(),
    ).toContain("boot-failures");
    simulation.ray.neverJoin = () => false;
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0, 2000);
  });

  it("ends a machine early when its boot report says that it gave up", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.neverJoin = () => true;
    simulation.ray.submit({ CPU: 4 }, 1, 30);
    await simulation.until("launched", () => simulation.cloud.launchCount === 1);
    simulation.bootReports.set("i-00000001", {
      schemaVersion: 1,
      instanceId: "i-00000001",
      groupName: "cpu",
      stage: "ray-install",
      startedAtMs: {},
      failure: "pip could not be reached",
    });
    const ticks = await simulation.until("ended", () => simulation.writes.some((write) => write.includes("end")));
    expect(ticks * 2).toBeLessThan(200);
  });

  it("ends a machine whose node died and does not come back, and serves its work elsewhere", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 1, 10_000);
    await simulation.until("it runs", () => simulation.ray.waitingCount === 0 && simulation.ray.aliveCount() === 1);
    await simulation.ticks(60);
    simulation.ray.crashNode("i-00000001");
    await simulation.until("it is ended", () => simulation.writes.includes("cpu: end i-00000001"));
    await simulation.until("its work runs again", () => simulation.ray.waitingCount === 0);
  });

  it("asks a node that refused no sooner than an idle time-out later", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 1, 10);
    await simulation.until("one node", () => simulation.ray.aliveCount() === 1);
    const asked: number[] = [];
    simulation.onCall = (call) => {
      if (call === "drainNode") {
        asked.push(simulation.clock.monotonicMs() / 1000);
        // Work lands between the look and the request.
        if (asked.length === 1) {
          simulation.ray.submit({ CPU: 4 }, 1, 1);
          simulation.ray.settle();
        }
      }
    };
    await simulation.until("it is gone", () => simulation.group().instances.length === 0);
    expect(asked.length).toBe(2);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(60);
  });

  it("adopts a size that somebody raised, says so, and lets idle machines go in their time", async () => {
    const simulation = new AgentSimulation();
    await simulation.ticks(5);
    simulation.cloud.setDesired("demo-cpu", 4);
    const record = await simulation.tick();
    expect(record?.assessment.notices).toMatchObject([{ code: "desired-changed-elsewhere", groupName: "cpu" }]);
    await simulation.until("four nodes", () => simulation.ray.aliveCount() === 4);
    await simulation.until("no machine is left", () => simulation.group().instances.length === 0);
    expect(simulation.group().desired).toBe(0);
    expect(simulation.writes.filter((write) => write.includes("->"))).toEqual([]);
  });

  it("ends protected machines of a group that somebody set to zero when they are idle", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 2, 60);
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    simulation.cloud.setDesired("demo-cpu", 0);
    await simulation.ticks(10);
    expect(simulation.machineCount()).toBe(2);
    await simulation.until("no machine is left", () => simulation.group().instances.length === 0);
    expect(simulation.group().desired).toBe(0);
  });

  it("leaves a machine in an unknown state alone", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 1, 10);
    await simulation.until("one node", () => simulation.ray.aliveCount() === 1);
    for (const instance of simulation.group().instances) {
      instance.unusualState = "ReplacingRootVolume";
    }
    await simulation.ticks(400);
    expect(simulation.machineCount()).toBe(1);
    expect(simulation.writes.filter((write) => write.includes("end"))).toEqual([]);
    expect(simulation.records.flatMap((record) => record.assessment.notices).map(({ code }) => code)).toContain("unknown-lifecycle");
  });

  it("does not age machines when the wall clock jumps", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 2 })] }) });
    simulation.ray.bootSeconds = 100;
    await simulation.until("launched", () => simulation.cloud.launchCount === 2);
    await simulation.ticks(4);
    simulation.clock.jumpWallClock(3600);
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    expect(simulation.cloud.launchCount).toBe(2);
  });

  it("does not age machines when the head's clock is ahead of the cloud's", async () => {
    const simulation = new AgentSimulation();
    simulation.cloudClockSeconds = -3600;
    simulation.ray.bootSeconds = 100;
    // After the time that every machine has once the head came up.
    await simulation.ticks(120);
    simulation.ray.submit({ CPU: 4 }, 2, 60);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    expect(simulation.cloud.launchCount).toBe(2);
  });

  it("does not age them either when the cloud says late when they were launched", async () => {
    const simulation = new AgentSimulation();
    simulation.cloudClockSeconds = -3600;
    simulation.ray.bootSeconds = 100;
    await simulation.ticks(120);
    simulation.cloudFault = (call) => (call === "launchTimes" ? unreachable : undefined);
    simulation.ray.submit({ CPU: 4 }, 2, 60);
    await simulation.ticks(10);
    simulation.cloudFault = () => undefined;
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    expect(simulation.cloud.launchCount).toBe(2);
  });

  it.each([-3600, 3600])("sees soon that the cloud has no capacity with clocks that are %s s apart", async (seconds) => {
    const simulation = new AgentSimulation();
    simulation.cloudClockSeconds = seconds;
    simulation.group().capacity = 0;
    simulation.ray.submit({ CPU: 4 }, 2, 30);
    const ticks = await simulation.until("the group is paused", () => pauseCause(simulation) !== undefined);
    expect(pauseCause(simulation)).toBe("capacity");
    expect(ticks * simulation.config.tickSeconds).toBeLessThan(30);
  });

  it("writes nothing while it is paused, says so, and goes on when it is resumed", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 1, 10);
    await simulation.until("it is idle", () => simulation.ray.aliveCount() === 1 && simulation.ray.waitingCount === 0);
    simulation.pause = { reason: "incident 12" };
    simulation.ray.submit({ CPU: 4 }, 3, 10);
    const writes = simulation.writes.length;
    await simulation.ticks(200);
    expect([simulation.writes.length, simulation.ray.drains]).toEqual([writes, []]);
    expect(simulation.records.at(-1)?.holds[0]).toMatchObject({ code: "paused", text: expect.stringContaining("incident 12") });
    expect(simulation.records.some(({ outcomes }) => outcomes.some(({ outcome }) => outcome.kind === "skipped"))).toBe(true);
    simulation.pause = undefined;
    await simulation.until("all is done and gone", () => simulation.ray.waitingCount === 0 && simulation.group().instances.length === 0);
  });

  it("says so while the switch cannot be read, and goes on as it was", async () => {
    const simulation = new AgentSimulation();
    simulation.pauseProblem = "TimeoutError";
    simulation.ray.submit({ CPU: 4 }, 1, 10);
    await simulation.until("it is bought", () => simulation.group().desired === 1);
    expect(simulation.records.at(-1)?.holds).toContainEqual({
      code: "pause-unknown",
      text: "the kill switch cannot be read: TimeoutError; nothing is held back by it",
    });
    simulation.pause = { reason: "incident 12" };
    const record = await simulation.tick();
    expect(record?.holds.map(({ code }) => code).slice(0, 2)).toEqual(["paused", "pause-unknown"]);
  });

  it("decides in a dry run as in earnest, and writes nothing", async () => {
    const plans = await Promise.all(
      [true, false].map(async (dryRun) => {
        const simulation = new AgentSimulation({ config: agentConfig({ dryRun }) });
        simulation.ray.submit({ CPU: 4 }, 3, 60);
        const record = await simulation.tick();
        return { actions: record?.outcomes.map(({ action }) => action), reply: record?.reply, writes: simulation.writes.length, dryRun };
      }),
    );
    expect(plans[0]?.actions).toEqual(plans[1]?.actions);
    expect(plans[0]?.reply).toEqual(plans[1]?.reply);
    expect(plans.map(({ writes }) => writes)).toEqual([0, 1]);
  });

  it("skips ticks that a slow one has swallowed, and stops when told", async () => {
    const simulation = new AgentSimulation();
    const started: number[] = [];
    const stop = new AbortController();
    const backend = new InMemoryBackend(simulation.cloud);
    const loop = new AgentLoop({
      clock: simulation.clock,
      random: () => 0,
      decide,
      killSwitch: async () => ({}),
      ray: simulation.ray,
      backend,
      bootReports: { read: async () => new Map() },
      notices: { read: async () => noNotices },
    });
    const begin = simulation.clock.monotonicMs();
    const report = async () => {
      started.push((simulation.clock.monotonicMs() - begin) / 1000);
      if (started.length === 2) {
        simulation.clock.advance(7);
      }
      if (started.length === 4) {
        stop.abort();
      }
    };
    await loop.run(async () => simulation.config, report, stop.signal);
    expect(started).toEqual([0, 2, 10, 12]);
  });
});
