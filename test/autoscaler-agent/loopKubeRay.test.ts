import { describe, expect, it } from "vitest";
import { decisionView } from "../../autoscaler-agent/report/decisionView";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";
import { kubeRayOverMemory } from "../support/kubeRayOverMemory";

const rayCluster = { backend: { kind: "kuberay-worker-group", namespace: "ray", rayClusterName: "demo" } } as const;
const groups = [agentGroup({ pricePerHourUsd: 0.1, ...rayCluster }), agentGroup({ groupName: "dear", pricePerHourUsd: 1, ...rayCluster })];

function simulation(): AgentSimulation {
  const unprotected = { protectNewInstances: false };
  return new AgentSimulation({
    config: agentConfig({ groups }),
    cloud: { cpu: unprotected, dear: unprotected },
    backend: kubeRayOverMemory,
  });
}

describe("AgentLoop over the KubeRay backend", () => {
  it("grows for work, and lets pods go when it is done", async () => {
    const world = simulation();
    world.ray.submit({ CPU: 4 }, 3, 40);
    await world.until("all work runs", () => world.ray.waitingCount === 0);
    expect(world.machineCount()).toBe(3);
    await world.until("nothing is left", () => world.machineCount() === 0);
    expect(world.group().desired).toBe(0);
  });

  it("turns to another group when no node has room, says what the scheduler says, and gives the places back", async () => {
    const world = simulation();
    world.group("cpu").capacity = 1;
    world.ray.submit({ CPU: 4 }, 3, 600);
    const seen = new Set<string | undefined>();
    await world.until("all work runs", () => {
      const last = world.records.at(-1);
      if (last !== undefined) seen.add(decisionView(last).groups[0]?.unfilledBecause);
      return world.ray.waitingCount === 0;
    });
    expect([world.machineCount("cpu"), world.machineCount("dear")]).toEqual([1, 2]);
    expect(seen).toContain("2 pods wait for a node: 0/3 nodes are available: 3 Insufficient cpu.");
    await world.until("the places are given back", () => world.group("cpu").desired === 1);
    expect(world.ray.aliveCount()).toBe(3);
  });
});
