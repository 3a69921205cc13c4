import { beforeAll, describe, expect, it } from "vitest";
import { AwsNotices } from "../../../components/aws/awsNotices";
import { noticeRules } from "../../../components/plan/noticeRules";
import { noticeQueuePolicy } from "../../../components/plan/policies";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";
import { type Deployment, deploy } from "../../support/pulumi";

const rule = "aws:cloudwatch/eventRule:EventRule";
const target = "aws:cloudwatch/eventTarget:EventTarget";
const queueArn = "arn:aws:sqs:us-east-1:123456789012:queue/demo-notices-0123abc";

describe("AwsNotices", () => {
  let deployment: Deployment<AwsNotices>;
  beforeAll(async () => {
    const spec = buildClusterSpec({ tags: { team: "ml" } });
    deployment = await deploy((options) => new AwsNotices("demo", { spec }, options));
  });

  it("makes an encrypted queue that keeps nothing for longer than a day", () => {
    expect(deployment.one("aws:sqs/queue:Queue").inputs).toMatchObject({
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: 86_400,
      tags: { team: "ml", "rayfleet:cluster": "demo" },
    });
  });

  it("makes the planned rules, each with its reviewed pattern and the queue as its only target", () => {
    const made = deployment.byType(rule).map(({ name, inputs }) => [name, JSON.parse(String(inputs["eventPattern"]))]);
    expect(made).toEqual(noticeRules.map(({ name, pattern }) => [`demo-notice-${name}`, pattern]));
    expect(deployment.byType(target).map(({ inputs }) => inputs)).toEqual(
      noticeRules.map(({ name }) => ({ rule: `demo-notice-${name}-0123abc`, arn: queueArn, targetId: "agent" })),
    );
  });

  it("gives the queue its reviewed policy, about these rules, before anything is sent", () => {
    const ruleArns = noticeRules.map(({ name }) => `arn:aws:cloudwatch:us-east-1:123456789012:eventrule/demo-notice-${name}-0123abc`);
    const { inputs } = deployment.one("aws:sqs/queuePolicy:QueuePolicy");
    expect(JSON.parse(String(inputs["policy"]))).toEqual(noticeQueuePolicy({ queueArn, ruleArns }));
    for (const { options } of deployment.byType(target)) expect(options.dependsOn).toHaveLength(1);
  });
});
