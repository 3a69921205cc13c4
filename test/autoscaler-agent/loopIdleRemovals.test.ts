import { describe, expect, it } from "vitest";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

/** Sixty nodes that all have become idle at the same time. */
async function sixtyIdle(): Promise<AgentSimulation> {
  const simulation = new AgentSimulation({
    config: agentConfig({ groups: [agentGroup({ maxReplicas: 100 })], limits: { upscalingSpeed: 100 } }),
  });
  simulation.ray.submit({ CPU: 4 }, 60, 30);
  await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0 && simulation.ray.aliveCount() === 60);
  return simulation;
}

function lastHolds(simulation: AgentSimulation): string[] {
  return (simulation.records.at(-1)?.holds ?? []).map(({ code }) => code);
}

describe("AgentLoop with many idle nodes", () => {
  it("lets many idle nodes go in numbers that double while nobody misses them", async () => {
    const simulation = await sixtyIdle();
    await simulation.until("the first leave", () => simulation.ray.drains.length > 0);
    expect(simulation.ray.drains).toHaveLength(10);
    await simulation.ticks(20);
    expect([simulation.ray.drains.length, lastHolds(simulation)]).toEqual([10, expect.arrayContaining(["idle-removals-bounded"])]);
    await simulation.ticks(30);
    expect(simulation.ray.drains).toHaveLength(30);
    const ticks = await simulation.until("no machine is left", () => simulation.group().instances.length === 0);
    expect((50 + ticks) * 2).toBeLessThan(200);
    expect(lastHolds(simulation)).not.toContain("idle-removals-bounded");
  });

  it("lets no more than ten of sixty go in ten minutes when they are wanted back", async () => {
    const simulation = await sixtyIdle();
    await simulation.until("the first leave", () => simulation.ray.drains.length > 0);
    const leftMs = simulation.clock.monotonicMs();
    simulation.ray.submit({ CPU: 4 }, 60, 30);
    await simulation.until("all run again", () => simulation.ray.waitingCount === 0);
    expect(simulation.cloud.launchCount).toBe(70);
    await simulation.until("they leave again", () => simulation.ray.drains.length > 10, 1000);
    expect((simulation.clock.monotonicMs() - leftMs) / 1000).toBeGreaterThanOrEqual(600);
  });

  it("lets nothing go in the first minute of an agent", async () => {
    const simulation = await sixtyIdle();
    await simulation.until("the first leave", () => simulation.ray.drains.length > 0);
    simulation.restartAgent();
    await simulation.ticks(29);
    expect([simulation.ray.drains.length, lastHolds(simulation)]).toEqual([10, expect.arrayContaining(["idle-removals-bounded"])]);
    await simulation.until("more leave", () => simulation.ray.drains.length > 10, 10);
  });
});
