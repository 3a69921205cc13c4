import type { TickRecord } from "../../autoscaler-agent/tickRecord";
import { agentConfig, agentGroup } from "./agentBuilders";
import { AgentSimulation } from "./agentSimulation";

/** A simulation in the middle of things: one node runs, two machines start, one more is awaited, one shape fits nowhere. */
export async function busyTick(): Promise<{ simulation: AgentSimulation; record: TickRecord }> {
  const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 1 })] }) });
  await simulation.until("one node", () => simulation.ray.aliveCount() === 1);
  simulation.ray.submit({ CPU: 4 }, 1, 1000);
  // Long enough for the node to count as taken.
  await simulation.ticks(10);
  simulation.group().capacity = 3;
  // The cloud does not say yet that it has no more: else nothing is awaited.
  simulation.cloudFault = (call) => (call === "launchFailures" ? { code: "unreachable", message: "no answer" } : undefined);
  simulation.ray.submit({ CPU: 4 }, 3, 1000);
  simulation.ray.submit({ TPU: 1 }, 2, 10);
  await simulation.ticks(2);
  const record = await simulation.tick();
  if (record === undefined) {
    throw new Error("busyTick: the agent was killed");
  }
  return { simulation, record };
}
