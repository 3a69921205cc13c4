import { describe, expect, it } from "vitest";
import { AwsWatchdog } from "../../../components/aws/awsWatchdog";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { deploy } from "../../support/pulumi";

const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
const snsTopicArn = "arn:aws:sns:us-east-1:123456789012:ray";

function deployWatchdog(overrides: Partial<ClusterSpecInput> = {}) {
  const spec = buildClusterSpec({ head: { instanceType: "r6i.2xlarge" }, ...overrides });
  return deploy((options) => new AwsWatchdog("demo", { spec, headInstanceId: "i-1", region: "us-east-1", partition: "aws" }, options));
}

describe("AwsWatchdog", () => {
  it("takes silence of the agent for an alarm", async () => {
    const { one } = await deployWatchdog();
    expect(one(alarm, "demo-agent-silent").inputs).toMatchObject({
      namespace: "Rayfleet",
      metricName: "AgentHeartbeat",
      dimensions: { ClusterName: "demo" },
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      treatMissingData: "breaching",
    });
  });

  it("waits longer for a heartbeat than a reboot or a restart of the agent takes, and no longer than ten minutes", async () => {
    const { one } = await deployWatchdog();
    const { period, evaluationPeriods, datapointsToAlarm } = one(alarm, "demo-agent-silent").inputs;
    // Heartbeats come once a minute, so that every period of a healthy agent has one.
    expect(period).toBe(60);
    expect(Number(period) * Number(evaluationPeriods)).toBe(600);
    expect(datapointsToAlarm).toBeUndefined();
  });

  it.each([
    { name: "demo-head-hardware", metricName: "StatusCheckFailed_System", action: "arn:aws:automate:us-east-1:ec2:recover" },
    { name: "demo-head-system", metricName: "StatusCheckFailed_Instance", action: "arn:aws:automate:us-east-1:ec2:reboot" },
  ])("$metricName of the head ends in $action", async ({ name, metricName, action }) => {
    const { one } = await deployWatchdog();
    expect(one(alarm, name).inputs).toMatchObject({
      namespace: "AWS/EC2",
      metricName,
      dimensions: { InstanceId: "i-1" },
      treatMissingData: "notBreaching",
      alarmActions: [action],
      okActions: [],
    });
  });

  it.each(["r5dn.16xlarge", "m7i.metal-24xl"])("does not ask AWS to move a %s, which it would refuse", async (instanceType) => {
    const { one } = await deployWatchdog({ head: { instanceType }, watchdog: { snsTopicArn } });
    expect(one(alarm, "demo-head-hardware").inputs["alarmActions"]).toEqual([snsTopicArn]);
    expect(one(alarm, "demo-head-system").inputs["alarmActions"]).toEqual(["arn:aws:automate:us-east-1:ec2:reboot", snsTopicArn]);
  });

  it("tells the topic that the stack file names, of trouble and of its end", async () => {
    const { byType } = await deployWatchdog({ watchdog: { snsTopicArn } });
    for (const { inputs } of byType(alarm)) {
      expect(inputs["alarmActions"]).toContain(snsTopicArn);
      expect(inputs["okActions"]).toEqual([snsTopicArn]);
    }
    expect(byType(alarm)).toHaveLength(3);
  });
});
