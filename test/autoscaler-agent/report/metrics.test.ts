import { describe, expect, it } from "vitest";
import { metricList, metricsPage } from "../../../autoscaler-agent/report/metricList";
import { Metrics } from "../../../autoscaler-agent/report/metrics";
import { AgentSimulation } from "../../support/agentSimulation";
import { busyTick } from "../../support/oneTick";

describe("Metrics", () => {
  it("counts the nodes of a busy tick under Ray's names", async () => {
    const { record } = await busyTick();
    const metrics = new Metrics();
    metrics.record(record);
    const text = await metrics.text();
    const session = 'SessionName="session-1"';
    expect(text).toContain(`autoscaler_active_nodes{NodeType="cpu",${session}} 1`);
    expect(text).toContain(`autoscaler_running_workers_nodes{${session}} 1`);
    expect(text).toContain(`autoscaler_cluster_resources{resource="CPU",${session}} 4`);
    expect(text).toContain('rayfleet_group_instances{group="cpu",phase="starting"} 2');
    expect(text).toContain('rayfleet_infeasible_demands{kind="task"} 2');
    expect(text).toContain("rayfleet_ray_known 1");
  });

  it("forgets a group that was taken out of the configuration", async () => {
    const { simulation, record } = await busyTick();
    const metrics = new Metrics();
    metrics.record(record);
    simulation.config = { ...simulation.config, groups: [] };
    metrics.record((await simulation.tick()) ?? record);
    expect(await metrics.text()).not.toContain('group="cpu",phase');
  });

  it("counts what the agent did over a whole day", async () => {
    const simulation = new AgentSimulation();
    const metrics = new Metrics();
    simulation.ray.submit({ CPU: 4 }, 3, 20);
    await simulation.until("no machine is left", () => simulation.cloud.launchCount === 3 && simulation.group().instances.length === 0);
    for (const record of simulation.records) {
      metrics.record(record);
    }
    const text = await metrics.text();
    expect(text).toContain('autoscaler_started_nodes_total{SessionName="session-1"} 3');
    expect(text).toContain('autoscaler_stopped_nodes_total{SessionName="session-1"} 3');
    expect(text).toContain('rayfleet_boot_seconds_count{group="cpu"} 3');
    expect(text).toContain('rayfleet_actions_total{kind="drain",outcome="accepted"} 3');
  });

  it("counts notices by kind, and messages of no known form once", async () => {
    const { simulation } = await busyTick();
    const machine = simulation.group().instances[0]?.instanceId ?? "";
    simulation.announce(machine, "rebalance");
    const record = await simulation.tick();
    if (record === undefined) throw new Error("the agent was killed");
    const heard = { ...record, observation: { ...record.observation, notices: { ...record.observation.notices, droppedCount: 2 } } };
    const metrics = new Metrics();
    metrics.record(heard);
    metrics.record(heard);
    const text = await metrics.text();
    expect(text).toContain('rayfleet_machine_notices{kind="rebalance"} 1');
    expect(text).toContain("rayfleet_notices_dropped_total 2");
  });

  it("serves every metric of the list and no other", async () => {
    const { record } = await busyTick();
    const metrics = new Metrics();
    metrics.record(record);
    const named = [...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(named.sort()).toEqual(metricList.map(({ name }) => name).sort());
  });
});

describe("metricsPage", () => {
  it("is what docs/metrics.md says", async () => {
    await expect(metricsPage()).toMatchFileSnapshot("../../../docs/metrics.md");
  });
});
