import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { ConfigSource } from "../../../autoscaler-agent/configSource";
import { Heartbeat } from "../../../autoscaler-agent/report/heartbeat";
import { jsonLog } from "../../../autoscaler-agent/report/log";
import { Reporting } from "../../../autoscaler-agent/report/reporting";
import { busyTick } from "../../support/oneTick";

const { signal } = new AbortController();

describe("Reporting", () => {
  it("keeps one receiver's fault from the others and says it once", async () => {
    const { simulation, record } = await busyTick();
    const { clock, ray } = simulation;
    const lines: string[] = [];
    const reporting = new Reporting({
      clock,
      ray,
      log: jsonLog(clock, (line) => lines.push(line)),
      heartbeat: new Heartbeat(new CloudWatchClient({ region: "us-east-1" })),
      configSource: new ConfigSource({ fetch: async () => "", clock }),
    });
    const told = ray.stateReports.length;
    // No histogram takes this.
    const broken = { ...record, durationMs: Number.NaN };
    await reporting.tick(broken, signal);
    await reporting.tick(broken, signal);
    expect(ray.stateReports.length).toBeGreaterThan(told);
    expect(reporting.health().healthy).toBe(true);
    const events = lines.map((line) => JSON.parse(line) as { event: string; receiver?: string });
    expect(events.filter(({ event }) => event === "decision")).not.toEqual([]);
    expect(events.filter(({ event }) => event === "report-failed")).toEqual([expect.objectContaining({ receiver: "metrics" })]);
    await reporting.tick(record, signal);
    expect(lines.at(-1)).toContain("report-delivered-again");
  });
});
