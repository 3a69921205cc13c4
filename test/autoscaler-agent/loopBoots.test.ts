import { describe, expect, it } from "vitest";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

const ends = (simulation: AgentSimulation) => simulation.writes.filter((write) => write.includes("end")).length;
const holdsOf = (simulation: AgentSimulation) => simulation.records.at(-1)?.holds ?? [];
const started = (simulation: AgentSimulation) =>
  simulation.records.at(-1)?.assessment.groups[0]?.instances.filter(({ phase }) => phase === "starting").length ?? 0;

describe("machines that do not become nodes", () => {
  it("are tried one at a time after the pause, and all at once when one has stayed", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.neverJoin = () => true;
    simulation.ray.submit({ CPU: 4 }, 6, 3000);
    await simulation.until("the first five are ended", () => ends(simulation) === 5, 2000);
    await simulation.until("one is tried", () => simulation.cloud.launchCount === 6, 2000);
    expect(holdsOf(simulation).map(({ code }) => code)).toContain("group-probing");
    await simulation.until("that one is ended too", () => ends(simulation) === 6, 2000);
    expect(simulation.cloud.launchCount).toBe(6);
    simulation.ray.neverJoin = () => false;
    await simulation.until("the next one is in Ray", () => simulation.ray.aliveCount() === 1, 4000);
    expect(simulation.cloud.launchCount).toBe(7);
    await simulation.until("the others follow", () => simulation.ray.waitingCount === 0, 200);
    expect(simulation.cloud.launchCount).toBe(12);
  });

  it("do not pause their group when others that were launched with them came up", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ maxReplicas: 40 })] }) });
    const broken = new Set(["i-00000001", "i-00000002", "i-00000003", "i-00000004"]);
    simulation.ray.neverJoin = (_group, instanceId) => broken.has(instanceId);
    simulation.ray.submit({ CPU: 4 }, 30, 3000);
    // 300 s to their deadline and a boot: no pause, which takes 900 s.
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0, 200);
    expect(ends(simulation)).toBe(4);
    expect(simulation.cloud.launchCount).toBe(34);
  });

  it("pause their group when they fail one after the other in a place of their own", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 2, 20_000);
    await simulation.until("two run", () => simulation.ray.waitingCount === 0);
    await simulation.ticks(120);
    simulation.ray.neverJoin = () => true;
    simulation.ray.submit({ CPU: 4 }, 1, 60);
    await simulation.until("three of the new ones are ended", () => ends(simulation) === 3, 2000);
    await simulation.ticks(60);
    expect(simulation.cloud.launchCount).toBe(5);
    expect(
      holdsOf(simulation)
        .map(({ text }) => text)
        .join(),
    ).toContain("boot-failures");
  });

  it("are ended after a few times their group's usual boot once that is known", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ bootDeadlineSeconds: 900 })] }) });
    simulation.ray.submit({ CPU: 4 }, 5, 20_000);
    await simulation.until("five run", () => simulation.ray.waitingCount === 0);
    // Adopted machines have three minutes after the head came up.
    await simulation.ticks(100);
    simulation.ray.neverJoin = () => true;
    simulation.ray.submit({ CPU: 4 }, 1, 60);
    await simulation.until("launched", () => simulation.cloud.launchCount === 6);
    const ticks = await simulation.until("ended", () => ends(simulation) === 1);
    expect(ticks * 2).toBeGreaterThan(110);
    expect(ticks * 2).toBeLessThan(150);
  });
});

describe("a node that is lost under a living head", () => {
  async function oneLost(): Promise<AgentSimulation> {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 1, 10_000);
    await simulation.until("it runs", () => simulation.ray.waitingCount === 0 && simulation.ray.aliveCount() === 1);
    await simulation.ticks(60);
    simulation.ray.crashNode("i-00000001");
    return simulation;
  }

  it("has its work served elsewhere after a minute, and its machine ended two minutes later", async () => {
    const simulation = await oneLost();
    const bought = await simulation.until("another is bought", () => simulation.cloud.launchCount === 2);
    expect(bought * 2).toBeGreaterThanOrEqual(60);
    expect(bought * 2).toBeLessThan(70);
    expect(ends(simulation)).toBe(0);
    const ended = await simulation.until("the lost one is ended", () => simulation.writes.includes("cpu: end i-00000001"));
    expect((bought + ended) * 2).toBeGreaterThanOrEqual(180);
    await simulation.until("all have gone again", () => simulation.group().desired === 0);
    expect(simulation.cloud.launchCount).toBe(2);
  });

  it("is waited for when its machine is back within a minute", async () => {
    const simulation = await oneLost();
    await simulation.ticks(25);
    simulation.ray.bringBack("i-00000001");
    await simulation.until("its work is done there", () => simulation.ray.waitingCount === 0);
    await simulation.ticks(20);
    expect(simulation.cloud.launchCount).toBe(1);
    expect(ends(simulation)).toBe(0);
  });
});

describe("nodes that join and are lost", () => {
  it("are called a firewall's, ended, and not replaced over and over", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.firewalled = () => true;
    simulation.ray.submit({ CPU: 4 }, 3, 10_000);
    await simulation.until("three are ended", () => ends(simulation) === 3, 300);
    await simulation.ticks(200);
    expect(simulation.cloud.launchCount).toBe(3);
    expect(
      holdsOf(simulation)
        .map(({ text }) => text)
        .join(),
    ).toContain("firewall");
    simulation.ray.firewalled = () => false;
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0, 2000);
  });

  it("are left alone when it was their head that came and went", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 2, 10_000);
    await simulation.until("two run", () => simulation.ray.waitingCount === 0);
    for (let round = 0; round < 6; round += 1) {
      simulation.ray.restartHead();
      simulation.ray.submit({ CPU: 4 }, 2, 10_000);
      await simulation.ticks(10);
    }
    expect(ends(simulation)).toBe(0);
    expect(started(simulation)).toBe(0);
  });
});
