import { describe, expect, it } from "vitest";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";
import { awsOverMemory } from "../support/awsOverMemory";

const TICKS_PER_MINUTE = 30;

/** So many groups, each with a resource of its own, over the real AWS backend; `calls` are those that AWS would count. */
function manyGroups(count: number): { simulation: AgentSimulation; calls: string[] } {
  const calls: string[] = [];
  const groups = Array.from({ length: count }, (_, index) =>
    agentGroup({ groupName: `g${index}`, resources: { CPU: 4, [`r${index}`]: 1 } }),
  );
  const simulation = new AgentSimulation({
    config: agentConfig({ groups }),
    backend: (cloud, clock) => awsOverMemory(cloud, clock, { calls }),
  });
  return { simulation, calls };
}

function countOf(calls: readonly string[], name: string): number {
  return calls.filter((call) => call === name).length;
}

describe("AgentLoop over the AWS backend", () => {
  it.each([1, 100])("reads %s groups with one call a tick, and nothing else while nothing moves", async (count) => {
    const { simulation, calls } = manyGroups(count);
    await simulation.ticks(TICKS_PER_MINUTE);
    expect(calls).toEqual(Array.from({ length: TICKS_PER_MINUTE }, () => "DescribeAutoScalingGroups"));
  });

  it("reads a hundred groups once more before it writes to all of them, as fast as its budget allows", async () => {
    const { simulation, calls } = manyGroups(100);
    for (let index = 0; index < 100; index += 1) simulation.ray.submit({ [`r${index}`]: 1 }, 1, 30);
    await simulation.tick();
    expect([countOf(calls, "DescribeAutoScalingGroups"), countOf(calls, "SetDesiredCapacity")]).toEqual([2, 58]);
    await simulation.ticks(10);
    expect(countOf(calls, "SetDesiredCapacity")).toBe(100);
    await simulation.until(
      "all ran and are gone",
      () => simulation.ray.waitingCount === 0 && simulation.cloud.runningInstances().length === 0,
    );
  });

  it("asks for the reasons of a hundred groups without capacity in turn, and grows another one meanwhile", async () => {
    const { simulation, calls } = manyGroups(100);
    for (let index = 1; index < 100; index += 1) {
      simulation.group(`g${index}`).capacity = 0;
      simulation.ray.submit({ [`r${index}`]: 1 }, 1, 30);
    }
    await simulation.ticks(TICKS_PER_MINUTE);
    simulation.ray.submit({ r0: 1 }, 1, 30);
    await simulation.ticks(3);
    expect(simulation.group("g0").desired).toBe(1);
    expect(calls.length).toBeLessThan(60 + 5 * 2 * (TICKS_PER_MINUTE + 3));
    const paused = () =>
      new Set(
        simulation.records.flatMap(({ assessment }) =>
          assessment.groups.flatMap(({ group, memory }) => (memory.pause === undefined ? [] : [group.groupName])),
        ),
      );
    await simulation.until("all others were refused", () => paused().size === 99, 60);
  });
});
