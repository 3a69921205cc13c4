import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { Heartbeat } from "../../../autoscaler-agent/report/heartbeat";
import { agentConfig } from "../../support/agentBuilders";

const { signal } = new AbortController();

function heartbeat(): { heartbeat: Heartbeat; sent: unknown[]; fail: (fails: boolean) => void } {
  const cloudWatch = new CloudWatchClient({ region: "us-east-1" });
  const sent: unknown[] = [];
  let failing = false;
  const send = async (command: { input: unknown }) => {
    if (failing) {
      throw new Error("AccessDenied");
    }
    sent.push(command.input);
  };
  cloudWatch.send = send as typeof cloudWatch.send;
  return { heartbeat: new Heartbeat(cloudWatch), sent, fail: (fails) => (failing = fails) };
}

describe("Heartbeat", () => {
  const config = agentConfig({ heartbeatNamespace: "Rayfleet" });

  it("sends one metric a minute, named after the cluster", async () => {
    const { heartbeat: beats, sent } = heartbeat();
    for (let second = 0; second <= 120; second += 2) {
      await beats.beat(config, second * 1000, signal);
    }
    expect(sent).toHaveLength(3);
    expect(sent[0]).toMatchObject({
      Namespace: "Rayfleet",
      MetricData: [{ MetricName: "AgentHeartbeat", Value: 1, Dimensions: [{ Name: "ClusterName", Value: "demo" }] }],
    });
  });

  it("sends nothing without a namespace", async () => {
    const { heartbeat: beats, sent } = heartbeat();
    await beats.beat(agentConfig(), 0, signal);
    expect(sent).toEqual([]);
  });

  it("says when it fails and tries again after 10 seconds", async () => {
    const { heartbeat: beats, sent, fail } = heartbeat();
    fail(true);
    await expect(beats.beat(config, 0, signal)).rejects.toThrow("AccessDenied");
    fail(false);
    await beats.beat(config, 9_000, signal);
    expect(sent).toHaveLength(0);
    await beats.beat(config, 10_000, signal);
    expect(sent).toHaveLength(1);
  });
});
