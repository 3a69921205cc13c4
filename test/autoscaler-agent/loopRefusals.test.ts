import { describe, expect, it } from "vitest";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

describe("AgentLoop whose request for machines is refused as misconfigured", () => {
  it("stops the group, says so, and serves the work in another one", async () => {
    const groups = [agentGroup({ pricePerHourUsd: 0.1 }), agentGroup({ groupName: "other", pricePerHourUsd: 0.3 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    const refusal = { code: "misconfigured", message: "ValidationError: the launch template is gone" } as const;
    simulation.cloudFault = (call, group) => (call === "setDesired" && group === "cpu" ? refusal : undefined);
    simulation.ray.submit({ CPU: 4 }, 2, 60);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0, 60);
    expect(simulation.machineCount("other")).toBe(2);
    simulation.ray.submit({ CPU: 4 }, 20, 600);
    await simulation.ticks(100);
    expect(simulation.writes.filter((write) => write.startsWith("cpu:"))).toHaveLength(1);
    expect(simulation.records.at(-1)?.holds.map(({ text }) => text)).toContainEqual(expect.stringContaining("(misconfigured)"));
  });
});
