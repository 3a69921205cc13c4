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

describe("a machine that never says anything", () => {
  const reads = (simulation: AgentSimulation) => {
    const asked: number[] = [];
    simulation.onCall = (call) => void (call === "consoleTail" && asked.push(simulation.records.length));
    return asked;
  };

  it("has its console read before it is ended, and its last lines in the group's pause", async () => {
    const simulation = new AgentSimulation();
    const asked = reads(simulation);
    simulation.ray.neverJoin = () => true;
    for (let machine = 1; machine <= 9; machine += 1)
      simulation.cloud.consoles.set(`i-0000000${machine}`, ["Linux version 6.1", "cloud-init", "curl: (28)", `panic ${machine}`]);
    simulation.ray.submit({ CPU: 4 }, 2, 3000);
    await simulation.until("four are ended", () => ends(simulation) === 4, 3000);
    const outcomes = simulation.records.flatMap((record) => record.outcomes).filter(({ action }) => action.kind === "terminate");
    expect(outcomes.map((outcome) => "consoleTail" in outcome && outcome.consoleTail?.at(-1))).toEqual(
      [1, 2, 3, 4].map((machine) => `panic ${machine}`),
    );
    await simulation.ticks(1);
    expect(
      holdsOf(simulation)
        .map(({ text }) => text)
        .join(),
    ).toContain("its console ends with: cloud-init | curl: (28) | panic 4");
    expect(asked).toHaveLength(4);
  });

  it("is ended all the same, and in the same tick, when its console cannot be read", async () => {
    const ended = async (fault: boolean) => {
      const simulation = new AgentSimulation();
      simulation.ray.neverJoin = () => true;
      if (fault) simulation.cloudFault = (call) => (call === "consoleTail" ? { code: "unreachable", message: "no" } : undefined);
      simulation.ray.submit({ CPU: 4 }, 1, 3000);
      return await simulation.until("it is ended", () => ends(simulation) === 1, 3000);
    };
    expect(await ended(true)).toBe(await ended(false));
  });

  it("is one of three of a tick whose consoles are read, however many fail at once", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ maxReplicas: 40 })] }) });
    const asked = reads(simulation);
    simulation.ray.neverJoin = () => true;
    simulation.ray.submit({ CPU: 4 }, 30, 3000);
    await simulation.until("all are ended", () => ends(simulation) >= 5, 3000);
    expect(asked.filter((tick) => tick === asked[0])).toHaveLength(3);
  });

  it("is not ended on what was seen before the agent stood still while it read", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.neverJoin = () => true;
    simulation.ray.submit({ CPU: 4 }, 1, 3000);
    simulation.onCall = (call) => {
      if (call === "consoleTail") simulation.clock.advance(6);
    };
    await simulation.ticks(200);
    const reasons = simulation.records
      .flatMap(({ outcomes }) => outcomes)
      .map(({ outcome }) => ("reason" in outcome ? outcome.reason : ""));
    expect(reasons.join()).toContain("Ray was asked 6 s ago");
    expect(ends(simulation)).toBe(0);
    simulation.onCall = () => undefined;
    await simulation.until("it is ended", () => ends(simulation) > 0, 3);
  });

  it("is asked for nothing in a dry run, nor when it had said how far it came", async () => {
    const simulation = new AgentSimulation();
    const asked = reads(simulation);
    simulation.ray.neverJoin = () => true;
    const report = { schemaVersion: 1, groupName: "cpu", stage: "ray-install", startedAtMs: {} } as const;
    simulation.bootReports.set("i-00000001", { ...report, instanceId: "i-00000001" });
    simulation.ray.submit({ CPU: 4 }, 1, 3000);
    await simulation.until("the first is ended", () => ends(simulation) === 1, 3000);
    simulation.config = { ...simulation.config, dryRun: true };
    await simulation.ticks(400);
    expect(asked).toEqual([]);
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

  it("has its work served elsewhere after a minute also when Ray could not be seen while it was lost", async () => {
    const simulation = await oneLost();
    simulation.ray.unreachable = true;
    await simulation.ticks(20);
    simulation.ray.unreachable = false;
    const bought = await simulation.until("another is bought", () => simulation.cloud.launchCount === 2);
    expect(bought * 2).toBeLessThan(70);
    expect(ends(simulation)).toBe(0);
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
