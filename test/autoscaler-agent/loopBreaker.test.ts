import { describe, expect, it } from "vitest";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

/** Ten nodes with work for hours. */
async function tenBusy(maxReplicas = 20): Promise<AgentSimulation> {
  const simulation = new AgentSimulation({
    config: agentConfig({ groups: [agentGroup({ maxReplicas, minReplicas: 10 })], limits: { upscalingSpeed: 10 } }),
  });
  simulation.ray.submit({ CPU: 4 }, 10, 100_000);
  await simulation.until("ten nodes", () => simulation.ray.aliveCount() === 10 && simulation.ray.waitingCount === 0);
  await simulation.ticks(60);
  return simulation;
}

function crash(simulation: AgentSimulation, count: number): void {
  for (const { instanceId } of simulation.group().instances.slice(0, count)) simulation.ray.crashNode(instanceId);
}

function ends(simulation: AgentSimulation): number {
  return simulation.writes.filter((write) => write.includes("end")).length;
}

function lastHolds(simulation: AgentSimulation): string[] {
  return (simulation.records.at(-1)?.holds ?? []).map(({ code }) => code);
}

describe("AgentLoop that loses many machines at once", () => {
  it("ends nothing while six of ten are lost, buys, says so, and tries one after ten minutes, then two", async () => {
    const simulation = await tenBusy();
    simulation.ray.neverJoin = () => true;
    crash(simulation, 6);
    await simulation.ticks(295);
    expect([ends(simulation), lastHolds(simulation)]).toEqual([0, expect.arrayContaining(["breaker-open"])]);
    expect(simulation.records.at(-1)?.holds[0]?.text).toContain("6 of ");
    expect(simulation.cloud.launchCount).toBeGreaterThan(10);
    await simulation.ticks(10);
    expect(simulation.writes.filter((write) => write.includes("end"))).toEqual(["cpu: end i-00000001"]);
    await simulation.ticks(300);
    expect(ends(simulation)).toBe(3);
  });

  it("ends four of ten that are lost: that few are no reason to stop", async () => {
    const simulation = await tenBusy();
    crash(simulation, 4);
    await simulation.ticks(10);
    expect(lastHolds(simulation)).not.toContain("breaker-open");
    await simulation.until("they are ended", () => ends(simulation) === 4);
  });

  it("believes the loss when a machine launched since has joined", async () => {
    const simulation = await tenBusy();
    crash(simulation, 6);
    await simulation.ticks(5);
    expect(lastHolds(simulation)).toContain("breaker-open");
    await simulation.until("the lost ones are ended", () => ends(simulation) === 6);
    await simulation.until("ten nodes", () => simulation.ray.aliveCount() === 10);
  });

  it("gives no machine up that the head cannot see for nine minutes", async () => {
    const simulation = await tenBusy(10);
    simulation.ray.neverJoin = () => true;
    simulation.ray.restartHead();
    await simulation.ticks(270);
    expect([ends(simulation), lastHolds(simulation)]).toEqual([0, expect.arrayContaining(["breaker-open"])]);
    simulation.ray.neverJoin = () => false;
    await simulation.ticks(40);
    expect([simulation.ray.aliveCount(), simulation.cloud.launchCount, lastHolds(simulation)]).toEqual([10, 10, []]);
  });

  it("gives no machine up that a new agent found and does not see", async () => {
    const simulation = await tenBusy(10);
    simulation.ray.neverJoin = () => true;
    simulation.ray.restartHead();
    simulation.restartAgent();
    await simulation.ticks(270);
    expect([ends(simulation), lastHolds(simulation)]).toEqual([0, expect.arrayContaining(["breaker-open"])]);
  });

  it("lets idle nodes stay while it is open", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup()], limits: { upscalingSpeed: 10 } }) });
    simulation.ray.submit({ CPU: 4 }, 10, 40);
    await simulation.until("ten nodes run", () => simulation.ray.aliveCount() === 10 && simulation.ray.waitingCount === 0);
    simulation.ray.neverJoin = () => true;
    crash(simulation, 5);
    await simulation.ticks(200);
    expect(simulation.ray.drains).toEqual([]);
  });

  it("is closed by whoever pauses and resumes the agent", async () => {
    const simulation = await tenBusy();
    simulation.ray.neverJoin = () => true;
    crash(simulation, 6);
    await simulation.ticks(120);
    simulation.pause = { reason: "a look" };
    await simulation.ticks(5);
    expect([ends(simulation), lastHolds(simulation)]).toEqual([0, expect.arrayContaining(["paused", "breaker-open"])]);
    simulation.pause = undefined;
    await simulation.ticks(3);
    expect([ends(simulation), lastHolds(simulation)]).toEqual([6, expect.not.arrayContaining(["breaker-open"])]);
  });
});

describe("AgentLoop with a group that flaps", () => {
  it("keeps what it has when it let go and bought again five times in ten minutes, and says so", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ idleTimeoutSeconds: 1 })] }) });
    for (let turn = 0; turn < 6; turn += 1) {
      simulation.ray.submit({ CPU: 4 }, 1, 1);
      await simulation.until("it ran", () => simulation.ray.waitingCount === 0);
      if (turn < 5) await simulation.until("it left", () => simulation.group().instances.length === 0);
    }
    expect(simulation.cloud.launchCount).toBe(6);
    await simulation.ticks(60);
    expect([simulation.machineCount(), lastHolds(simulation)]).toEqual([1, expect.arrayContaining(["group-flapping"])]);
    await simulation.until("it leaves at last", () => simulation.group().instances.length === 0);
  });
});
