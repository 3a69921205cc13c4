import { describe, expect, it } from "vitest";
import { decide } from "../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../contract/decision";
import { agentConfig, agentGroup, nodeId, rayNode } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

/** Two machines of four CPUs, both full for long. */
async function twoBusyMachines(): Promise<AgentSimulation> {
  const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup()] }) });
  simulation.ray.submit({ CPU: 4 }, 2, 1000);
  await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2 && simulation.ray.waitingCount === 0);
  return simulation;
}

describe("the loop and a control store that comes back with its state", () => {
  it.each([
    { who: "the agent that was there", restart: false },
    { who: "a new agent", restart: true },
  ])("neither buys nor ends anything meanwhile or afterwards: $who", async ({ restart }) => {
    const simulation = await twoBusyMachines();
    const writes = simulation.writes.length;
    simulation.ray.loseHead();
    await simulation.ticks(40);
    if (restart) simulation.restartAgent();
    simulation.ray.restoreHead();
    await simulation.ticks(100);
    expect(simulation.writes.slice(writes)).toEqual([]);
    expect(simulation.ray.aliveCount()).toBe(2);
  });

  it("buys at once for what ran on a machine that went with the head, which Ray still lists as free", async () => {
    const simulation = await twoBusyMachines();
    simulation.ray.loseHead();
    await simulation.ticks(5);
    const [lost] = simulation.cloud.runningInstances();
    simulation.cloud.terminate("demo-cpu", { instanceId: lost?.instanceId ?? "", desiredSize: "lower" });
    await simulation.ticks(5);
    simulation.ray.restoreHead();
    await simulation.until("one more", () => simulation.cloud.launchCount === 3, 5);
    await simulation.ticks(60);
    expect(simulation.cloud.launchCount).toBe(3);
  });

  it("counts each machine once, whatever Ray lists of it, and a node without a machine only when those that left are known", async () => {
    const asked: DecisionRequest[] = [];
    const decideAndKeep = (request: DecisionRequest) => {
      asked.push(request);
      return decide(request);
    };
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 1 })] }), decide: decideAndKeep });
    await simulation.until("one node", () => simulation.ray.aliveCount() === 1);
    const [machine] = simulation.cloud.runningInstances();
    const read = simulation.ray.readState.bind(simulation.ray);
    const { idleSeconds: _, ...running } = rayNode({ nodeId: nodeId(90), instanceId: machine?.instanceId ?? "", status: "running" });
    const listed = [running, { ...running, nodeId: nodeId(91), instanceId: "i-gone" }];
    simulation.ray.readState = async (signal) => {
      const state = await read(signal);
      return { ...state, nodes: [...listed, ...state.nodes] };
    };
    simulation.ray.loseHead();
    await simulation.ticks(5);
    simulation.ray.restoreHead();
    const nodesAsked = () => asked.at(-1)?.nodes.map(({ id }) => id);
    await simulation.ticks(1);
    expect(nodesAsked()).toEqual(["head", machine?.instanceId]);
    await simulation.ticks(28);
    expect(nodesAsked()).toEqual(["head", machine?.instanceId]);
    await simulation.ticks(4);
    expect(nodesAsked()).toEqual([`ray-${nodeId(91)}`, "head", machine?.instanceId]);
    expect(simulation.ray.drains).toEqual([]);
  });
});
