import { describe, expect, it } from "vitest";
import { autoscalingReport, clusterConfigReport } from "../../../autoscaler-agent/report/rayReport";
import { agentConfig, agentGroup } from "../../support/agentBuilders";
import { AgentSimulation } from "../../support/agentSimulation";
import { busyTick } from "../../support/oneTick";

describe("autoscalingReport", () => {
  it("names each machine that is on its way with its stage, and each one that is missing", async () => {
    const { simulation, record } = await busyTick();
    const [first] = simulation.group().instances.slice(1);
    simulation.bootReports.set(first?.instanceId ?? "", {
      schemaVersion: 1,
      instanceId: first?.instanceId ?? "",
      groupName: "cpu",
      stage: "ray-install",
      startedAtMs: {},
    });
    const report = autoscalingReport((await simulation.tick()) ?? record);
    expect(report.pendingInstances).toHaveLength(2);
    expect(report.pendingInstances[0]).toMatchObject({ groupName: "cpu", instanceId: first?.instanceId });
    expect(report.pendingInstances[0]?.details).toMatch(/^ray-install, \d+ s since launch$/);
    expect(report.pendingInstances[1]?.details).toMatch(/^(launching|booting), \d+ s since launch$/);
  });

  it("gives times in epoch seconds", async () => {
    const { record } = await busyTick();
    const report = autoscalingReport(record);
    const times = [
      ...report.pendingRequests.map((request) => request.requestedAtSeconds),
      ...report.failedRequests.map((request) => request.failedAtSeconds),
    ];
    expect(times.length).toBeGreaterThan(0);
    for (const time of times) {
      expect(Math.abs(time - record.epochMs / 1000)).toBeLessThan(60);
    }
  });

  it("calls infeasible only what no group can ever serve, not what waits for capacity or a limit", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ maxReplicas: 1 })] }) });
    simulation.ray.submit({ CPU: 4 }, 9, 1000);
    simulation.ray.submit({ TPU: 1 }, 2, 10);
    simulation.ray.submitGang({ shape: { TPU: 4 }, count: 2, spread: true, seconds: 5 });
    simulation.ray.requested = [{ shape: { CPU: 64 }, count: 1 }];
    const record = await simulation.tick();
    const report = record === undefined ? undefined : autoscalingReport(record);
    expect(report?.infeasibleDemands).toEqual([{ shape: { TPU: 1 }, count: 2 }]);
    expect(report?.infeasibleGangs).toMatchObject([{ bundles: [{ shape: { TPU: 4 }, count: 2 }] }]);
    expect(report?.infeasibleRequested).toEqual([{ shape: { CPU: 64 }, count: 1 }]);
    expect(record?.reply?.overLimit.demands).toHaveLength(1);
  });

  it("says what failed and why", async () => {
    const simulation = new AgentSimulation();
    simulation.group().capacity = 0;
    simulation.ray.submit({ CPU: 4 }, 2, 30);
    await simulation.until("the group is paused", () => simulation.records.at(-1)?.assessment.groups[0]?.memory.pause !== undefined);
    const [record] = simulation.records.slice(-1);
    const report = record === undefined ? undefined : autoscalingReport(record);
    expect(report?.failedRequests).toMatchObject([{ groupName: "cpu", instanceType: "m7i.xlarge", count: 2 }]);
    expect(report?.failedRequests[0]?.reason).toMatch(/^capacity: /);
  });
});

describe("clusterConfigReport", () => {
  it("gives every group's bounds and the cluster's", () => {
    const report = clusterConfigReport(
      agentConfig({ groups: [agentGroup({ minReplicas: 1 })], limits: { upscalingSpeed: 1, maxReplicas: 6 } }),
    );
    expect(report).toMatchObject({
      groups: [{ groupName: "cpu", minReplicas: 1, maxReplicas: 10, resources: { CPU: 4 } }],
      maxReplicas: 6,
    });
  });
});
