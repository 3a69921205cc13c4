import { describe, expect, it } from "vitest";
import { decisionView } from "../../autoscaler-agent/report/decisionView";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

const twoZones = { cloud: { cpu: { zones: ["a", "b"] } } };

function cloudOf(simulation: AgentSimulation) {
  return simulation.cloud.group("demo-cpu");
}

function lastHolds(simulation: AgentSimulation): readonly string[] {
  return (simulation.records.at(-1)?.holds ?? []).map(({ code }) => code);
}

describe("the loop, with a group of two zones", () => {
  it("waits for the other zone when one has no machines, gives nothing back, and says which is out", async () => {
    const simulation = new AgentSimulation(twoZones);
    cloudOf(simulation).zonesOut.add("a");
    cloudOf(simulation).capacity = 2;
    simulation.ray.submit({ CPU: 4 }, 4, 600);
    await simulation.until("the zone is out", () => lastHolds(simulation).includes("way-unavailable"));
    await simulation.ticks(5);
    expect(simulation.writes).toEqual(["cpu: 0 -> 4"]);
    expect(lastHolds(simulation)).not.toContain("group-unavailable");
    const record = simulation.records.at(-1);
    expect(record && decisionView(record).groups[0]?.waysOut).toMatchObject([{ zone: "a", market: "on-demand" }]);
    cloudOf(simulation).capacity = undefined;
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    expect(simulation.writes.filter((write) => write.includes("->"))).toEqual(["cpu: 0 -> 4"]);
    expect(new Set(cloudOf(simulation).instances.map(({ zone }) => zone))).toEqual(new Set(["b"]));
  });

  it("takes another group at once when both are out, and comes back when they are not", async () => {
    const groups = [agentGroup(), agentGroup({ groupName: "dear", pricePerHourUsd: 2, maxReplicas: 1 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }), ...twoZones });
    for (const zone of ["a", "b"]) cloudOf(simulation).zonesOut.add(zone);
    simulation.ray.submit({ CPU: 4 }, 2, 3000);
    await simulation.until("the other group is taken", () => simulation.group("dear").desired === 1);
    expect(lastHolds(simulation)).toContain("group-unavailable");
    await simulation.until("nothing is wanted of it", () => cloudOf(simulation).desired === 0);
    cloudOf(simulation).zonesOut.clear();
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
  });

  it("is back at minReplicas in the other zone when one is lost with all its machines, and ends nothing for it", async () => {
    const groups = [agentGroup({ minReplicas: 6 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }), ...twoZones });
    await simulation.until("six nodes", () => simulation.ray.aliveCount() === 6);
    cloudOf(simulation).zonesOut.add("a");
    const lost = cloudOf(simulation).instances.filter(({ zone }) => zone === "a");
    expect(lost).toHaveLength(3);
    for (const { instanceId } of lost) simulation.cloud.loseInstance(instanceId);
    await simulation.until("six nodes again", () => simulation.ray.aliveCount() === 6);
    await simulation.ticks(200);
    expect(new Set(cloudOf(simulation).instances.map(({ zone }) => zone))).toEqual(new Set(["b"]));
    expect([simulation.ray.aliveCount(), cloudOf(simulation).desired, simulation.cloud.launchCount]).toEqual([6, 6, 9]);
    expect(simulation.writes).toEqual(["cpu: 0 -> 6"]);
  });

  it("serves the work of a lost zone elsewhere, by another group when the first has no machines left", async () => {
    const groups = [agentGroup({ maxReplicas: 4 }), agentGroup({ groupName: "dear", pricePerHourUsd: 2, maxReplicas: 4 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }), ...twoZones });
    simulation.ray.submit({ CPU: 4 }, 4, 100_000);
    await simulation.until("all tasks run", () => simulation.ray.waitingCount === 0);
    cloudOf(simulation).zonesOut.add("a");
    cloudOf(simulation).capacity = 2;
    for (const { instanceId, zone } of [...cloudOf(simulation).instances]) if (zone === "a") simulation.cloud.loseInstance(instanceId);
    await simulation.until("the lost work waits", () => simulation.ray.waitingCount === 2);
    await simulation.until("it runs again", () => simulation.ray.waitingCount === 0);
    expect(simulation.writes.filter((write) => write.includes("end"))).toEqual([]);
    expect(simulation.writes).toContain("dear: 0 -> 2");
  });
});
