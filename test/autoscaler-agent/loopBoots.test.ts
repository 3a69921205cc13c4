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
