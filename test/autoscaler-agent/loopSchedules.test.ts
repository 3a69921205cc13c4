import { describe, expect, it } from "vitest";
import { decisionView } from "../../autoscaler-agent/report/decisionView";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

/** A day in Berlin with three nodes from eight to six. The simulation's clock begins at 2023-11-14, 22:30 UTC. */
function workday(): AgentSimulation {
  const base = { timeZone: "Europe/Berlin", groupName: "cpu" };
  const schedules = [
    { ...base, cron: "0 8 * * *", minReplicas: 3 },
    { ...base, cron: "0 18 * * *", minReplicas: 0 },
  ];
  return new AgentSimulation({ config: agentConfig({ schedules, tickSeconds: 10 }) });
}

async function untilUtc(simulation: AgentSimulation, moment: string): Promise<void> {
  // Nothing happens for most of the day, so only its last minutes are ticked through.
  simulation.clock.advance(Math.max(0, Date.parse(moment) - simulation.clock.epochMs() - 300_000) / 1000);
  await simulation.ticks(Math.ceil((Date.parse(moment) - simulation.clock.epochMs()) / 10_000));
}

describe("AgentLoop with schedules", () => {
  it("has the nodes at eight, keeps them idle over the day, and lets them go after six", async () => {
    const simulation = workday();
    await untilUtc(simulation, "2023-11-15T06:59:40Z");
    expect(simulation.writes).toEqual([]);
    await untilUtc(simulation, "2023-11-15T07:01:00Z");
    expect(simulation.ray.aliveCount()).toBe(3);
    await untilUtc(simulation, "2023-11-15T16:59:50Z");
    expect([simulation.ray.aliveCount(), simulation.ray.drains.length]).toEqual([3, 0]);
    await untilUtc(simulation, "2023-11-15T17:03:00Z");
    expect(simulation.ray.aliveCount()).toBe(0);
    const record = simulation.records.at(-1);
    expect(record && decisionView(record).groups[0]?.schedules).toMatchObject([
      { sets: ["minReplicas 3"], holds: [], nextAt: "2023-11-16T07:00:00.000Z" },
      { sets: ["minReplicas 0"], holds: ["minReplicas"], lastAt: "2023-11-15T17:00:00.000Z" },
    ]);
    // The next morning it knows how long they take, and has them on time.
    await untilUtc(simulation, "2023-11-16T07:00:00Z");
    expect(simulation.ray.aliveCount()).toBe(3);
  });

  it("regrets what it ended and wants back at once, and keeps idle nodes longer for it", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ idleTimeoutSeconds: 20 })] }) });
    simulation.ray.submit({ CPU: 4 }, 1, 10);
    await simulation.until("the node is asked to leave", () => simulation.ray.drains.length === 1);
    simulation.ray.submit({ CPU: 4 }, 1, 10);
    await simulation.until("work runs", () => simulation.ray.waitingCount === 0);
    const group = simulation.records.at(-1)?.assessment.groups[0];
    expect(group?.memory.regrets.total).toBe(1);
    expect(group?.targets.idleTimeout.seconds).toBeGreaterThan(25);
    await simulation.until("it leaves", () => simulation.ray.drains.length === 2);
    expect(JSON.stringify(simulation.records.at(-1)?.outcomes)).toContain("wanted back right after");
  });
});
