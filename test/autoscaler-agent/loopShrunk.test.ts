import { describe, expect, it } from "vitest";
import { AgentSimulation } from "../support/agentSimulation";
import { liveThroughIn, twoGroups } from "../support/faultyDays";

const throttled = { code: "throttled", message: "Throttling: Rate exceeded" } as const;

/** What random or paired faults have broken once, made as small as it gets. */
describe("AgentLoop, shrunk failures", () => {
  it("S8, F3 × F18: a slow tick that did not ask the cloud does not end the wait that throttling began", async () => {
    const simulation = new AgentSimulation();
    const asked: number[] = [];
    simulation.cloudFault = () => throttled;
    simulation.onCall = (call) => {
      if (call === "describe") asked.push(simulation.clock.monotonicMs() / 1000);
      if (call === "readState") simulation.clock.advance(5);
    };
    await simulation.ticks(30);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(Math.max(...gaps)).toBeGreaterThan(40);
  });

  it("S5, F5 × F18: places are not given back on a look at Ray that grew old while the group was read (soak, seed 1001622)", async () => {
    await liveThroughIn(twoGroups(), [
      { kind: "capacity", group: "cpu", count: 0 },
      { kind: "slow", seconds: 3 },
      { kind: "ticks", count: 2 },
      { kind: "slow", seconds: 0 },
    ]);
  });

  it("S8, F5 × F15: a refusal between the request for machines and the next look pauses the group at once", async () => {
    const simulation = new AgentSimulation();
    await simulation.ticks(5);
    simulation.group().capacity = 0;
    simulation.ray.submit({ CPU: 4 }, 1, 30);
    await simulation.tick();
    expect(simulation.group().desired).toBe(1);
    const record = await simulation.tick();
    expect(record?.assessment.groups[0]?.memory.pause?.cause).toBe("capacity");
  });
});
