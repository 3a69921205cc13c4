import { describe, expect, it } from "vitest";
import { DecisionLog } from "../../../autoscaler-agent/report/decisionLog";
import { decisionView } from "../../../autoscaler-agent/report/decisionView";
import { jsonLog } from "../../../autoscaler-agent/report/log";
import { AgentSimulation } from "../../support/agentSimulation";

function logOf(simulation: AgentSimulation): { lines: string[]; writeAll: () => void } {
  const lines: string[] = [];
  const log = new DecisionLog(jsonLog(simulation.clock, (line) => lines.push(line)));
  return {
    lines,
    writeAll: () => {
      for (const record of simulation.records) {
        log.write(decisionView(record), record.observation.nowMs);
      }
    },
  };
}

describe("DecisionLog", () => {
  it("writes one line of JSON for each tick that does something, with the reason and the outcome", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 2, 10);
    await simulation.until("no machine is left", () => simulation.cloud.launchCount === 2 && simulation.group().instances.length === 0);
    const { lines, writeAll } = logOf(simulation);
    writeAll();
    const acted = lines
      .map((line) => JSON.parse(line) as { event: string; actions: { kind: string; text: string; outcome: string }[] })
      .filter(({ actions }) => actions.length > 0);
    expect(lines.every((line) => line.endsWith("}\n") && line.indexOf("\n") === line.length - 1)).toBe(true);
    expect(acted.flatMap(({ actions }) => actions.map(({ kind }) => kind)).sort()).toEqual([
      "drain",
      "drain",
      "set-desired",
      "terminate",
      "terminate",
    ]);
    expect(acted[0]?.actions[0]?.text).toMatch(/^grow from 0 to 2: .+/);
    expect(acted[0]?.actions[0]?.outcome).toBe("done");
  });

  it("writes a line a minute while nothing happens", async () => {
    const simulation = new AgentSimulation();
    await simulation.ticks(151);
    const { lines, writeAll } = logOf(simulation);
    writeAll();
    // 300 seconds: the first look, the end of its hold, and four minutes after that.
    expect(lines.length).toBe(6);
  });

  it("writes a line when something begins to hold the agent back, and when that ends", async () => {
    const simulation = new AgentSimulation();
    await simulation.ticks(3);
    simulation.ray.unreachable = true;
    await simulation.ticks(5);
    simulation.ray.unreachable = false;
    await simulation.ticks(3);
    const { lines, writeAll } = logOf(simulation);
    writeAll();
    const holds = lines.map((line) => (JSON.parse(line) as { holds: { code: string }[] }).holds.map(({ code }) => code));
    expect(holds).toEqual([["not-seen-twice"], [], ["ray-unknown"], ["not-seen-twice"], []]);
  });
});
