import { describe, expect, it } from "vitest";
import { RayReporter } from "../../../autoscaler-agent/report/rayReporter";
import { AgentSimulation } from "../../support/agentSimulation";

const { signal } = new AbortController();

describe("RayReporter", () => {
  it("sends what is new at once and the rest now and then, because Ray may have forgotten", async () => {
    const simulation = new AgentSimulation();
    const reporter = new RayReporter(simulation.ray);
    const sent: number[] = [];
    for (let tick = 0; tick < 40; tick += 1) {
      const record = await simulation.tick();
      await reporter.report(record ?? simulation.records[0] ?? fail(), signal);
      sent.push(simulation.ray.stateReports.length);
    }
    expect(sent[0]).toBe(1);
    // 80 seconds of quiet: every 10 seconds, not every tick.
    expect(sent.at(-1)).toBe(8);
    expect(simulation.ray.configReports).toHaveLength(2);
  });

  it("sends everything again to a head that started anew", async () => {
    const simulation = new AgentSimulation();
    const reporter = new RayReporter(simulation.ray);
    await reporter.report((await simulation.tick()) ?? fail(), signal);
    simulation.ray.restartHead();
    await reporter.report((await simulation.tick()) ?? fail(), signal);
    expect([simulation.ray.stateReports.length, simulation.ray.configReports.length]).toEqual([2, 2]);
  });

  it("sends again what did not arrive, and nothing to a Ray that does not answer", async () => {
    const simulation = new AgentSimulation();
    const reporter = new RayReporter(simulation.ray);
    const record = (await simulation.tick()) ?? fail();
    simulation.ray.unreachable = true;
    await expect(reporter.report(record, signal)).rejects.toMatchObject({ code: "unreachable" });
    await reporter.report((await simulation.tick()) ?? fail(), signal);
    simulation.ray.unreachable = false;
    await reporter.report((await simulation.tick()) ?? fail(), signal);
    expect(simulation.ray.stateReports).toHaveLength(1);
  });
});

function fail(): never {
  throw new Error("there is no record");
}
