import { describe, expect, it } from "vitest";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation, type Stillness } from "../support/agentSimulation";
import { atMinimum, twoGroups } from "../support/faultyDays";

const ways: readonly Stillness[] = ["stopped", "suspended"];

/** Work comes, runs and ends; the cluster shrinks to its minimum. */
async function shortDay(simulation: AgentSimulation): Promise<void> {
  simulation.ray.submit({ CPU: 4 }, 3, 40);
  simulation.ray.submit({ GPU: 1 }, 2, 40);
  await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0 && simulation.cloud.launchCount > 0);
  await simulation.until("only the minimum is left", () => atMinimum(simulation));
}

describe("AgentLoop that stands still for an hour", () => {
  it("does nothing on what it saw before, after any single outside call", async () => {
    const clean = twoGroups();
    await shortDay(clean);
    for (let call = 1; call <= clean.callCount; call += 1) {
      const simulation = twoGroups();
      simulation.freezeAfterCall(call, {
        seconds: 3600,
        how: call % 2 === 0 ? "stopped" : "suspended",
        // Somebody needs one machine more meanwhile, and work lands on nodes that were idle.
        meanwhile: () => {
          simulation.cloud.setDesired("demo-gpu", Math.min(4, simulation.group("gpu").desired + 1));
          simulation.ray.submit({ CPU: 2 }, 2, 100);
        },
      });
      // A write on an old view breaks a rule, which throws out of the tick.
      await shortDay(simulation);
    }
  }, 120_000);

  it.each(ways)("gives a lost node its time anew after it was %s", async (how) => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 1 })] }) });
    await simulation.until("one node", () => simulation.ray.aliveCount() === 1);
    await simulation.ticks(60);
    simulation.ray.crashNode("i-00000001");
    await simulation.ticks(50);
    simulation.standStill(3600, how);
    await simulation.ticks(60);
    expect(simulation.writes).not.toContain("cpu: end i-00000001");
    await simulation.until("it is ended", () => simulation.writes.includes("cpu: end i-00000001"), 60);
  });
});
