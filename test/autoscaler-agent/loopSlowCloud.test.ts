import { describe, expect, it } from "vitest";
import { AgentSimulation } from "../support/agentSimulation";
import type { OutsideCall } from "../support/watchedPorts";

const CLOUD_CALLS: readonly OutsideCall[] = [
  "describe",
  "launchTimes",
  "launchFailures",
  "bootReports",
  "notices",
  "setDesired",
  "terminate",
];

describe("a slow cloud", () => {
  it("ends what Ray let go though every call of the cloud takes three seconds", async () => {
    const simulation = new AgentSimulation();
    simulation.onCall = (call) => {
      if (CLOUD_CALLS.includes(call)) simulation.clock.advance(3);
    };
    simulation.ray.submit({ CPU: 4 }, 2, 10);
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    await simulation.until("both are gone", () => simulation.group().instances.length === 0, 200);
    expect(simulation.group().desired).toBe(0);
  });

  it("asks Ray again only when the look is old", async () => {
    const simulation = new AgentSimulation();
    const calls: OutsideCall[] = [];
    simulation.onCall = (call) => calls.push(call);
    await simulation.tick();
    expect(calls.filter((call) => call === "readState")).toHaveLength(1);
    simulation.onCall = (call) => {
      calls.push(call);
      if (call === "describe") simulation.clock.advance(3);
    };
    await simulation.tick();
    expect(calls.filter((call) => call === "readState")).toHaveLength(3);
  });

  it("holds still when Ray is gone at the second look", async () => {
    const simulation = new AgentSimulation();
    simulation.onCall = (call) => {
      if (call !== "describe") return;
      simulation.clock.advance(3);
      simulation.ray.unreachable = true;
    };
    simulation.ray.submit({ CPU: 4 }, 2, 10);
    await simulation.ticks(3);
    expect(simulation.writes).toEqual([]);
    expect(simulation.records.at(-1)?.observation.ray.kind).toBe("unknown");
  });
});
