import { describe, expect, it } from "vitest";
import {
  artifactBucketPolicy,
  flowLogPolicy,
  headPolicy,
  machineConfigKey,
  noticeQueuePolicy,
  type PolicyDocument,
  type PolicyStatement,
  trustPolicy,
  workerPolicy,
} from "../../../components/plan/policies";

const scope = {
  clusterName: "demo",
  bucketArn: "arn:aws:s3:::demo-artifacts",
  tokenSecretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-token-AbCdEf",
};

const queueArn = "arn:aws:sqs:us-east-1:123456789012:demo-notices";
const ruleArns = ["spot", "rebalance"].map((rule) => `arn:aws:events:us-east-1:123456789012:rule/demo-notice-${rule}`);

const headScope = {
  ...scope,
  agentParameterArn: "arn:aws:ssm:us-east-1:123456789012:parameter/rayfleet/demo/agent",
  pauseParameterArn: "arn:aws:ssm:us-east-1:123456789012:parameter/rayfleet/demo/pause",
  noticeQueueArn: queueArn,
};
const gcsPasswordSecretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo-gcs-AbCdEf";

const documents: Readonly<Record<string, PolicyDocument>> = {
  head: headPolicy(headScope),
  worker: workerPolicy(scope),
  artifactBucket: artifactBucketPolicy(scope.bucketArn),
  noticeQueue: noticeQueuePolicy({ queueArn, ruleArns }),
  flowLogs: flowLogPolicy("arn:aws:logs:us-east-1:123456789012:log-group:demo-flow-logs"),
  machineTrust: trustPolicy("ec2.amazonaws.com"),
  flowLogTrust: trustPolicy("vpc-flow-logs.amazonaws.com", "123456789012"),
};

/** Actions that IAM cannot limit to a resource, or that are limited by their condition. */
const withoutResource =
  /^(ec2messages|ssmmessages):|^ssm:UpdateInstanceInformation$|:Describe|^cloudwatch:PutMetricData$|^autoscaling:(Set|Terminate)|^ec2:GetConsoleOutput$/;

const machines = ["head", "worker"] as const;

function allows(name: (typeof machines)[number]): readonly PolicyStatement[] {
  return (documents[name]?.Statement ?? []).filter((statement) => statement.Effect === "Allow");
}

const changesGroups = (action: string) => /^autoscaling:(?!Describe)/.test(action);

describe("policies", () => {
  it.each(Object.keys(documents))("%s is the document that was reviewed", async (name) => {
    await expect(`${JSON.stringify(documents[name], null, 2)}\n`).toMatchFileSnapshot(`../../golden/policies/${name}.json`);
  });

  it.each(Object.keys(documents))("%s names each statement once, in letters and digits", (name) => {
    const sids = documents[name]?.Statement.map((statement) => statement.Sid) ?? [];
    expect(new Set(sids).size).toBe(sids.length);
    expect(sids.every((sid) => /^[A-Za-z0-9]+$/.test(sid))).toBe(true);
  });

  it.each(machines)("%s allows no action by a wildcard", (name) => {
    expect(allows(name).flatMap((statement) => statement.Action.filter((action) => action.includes("*")))).toEqual([]);
  });

  it.each(machines)("%s allows on any resource only what cannot be limited to one", (name) => {
    const anywhere = allows(name).filter((statement) => statement.Resource?.includes("*"));
    expect(anywhere.flatMap((statement) => statement.Action).filter((action) => !withoutResource.test(action))).toEqual([]);
  });

  it.each(machines)("%s changes groups of its own cluster only", (name) => {
    const changing = allows(name).filter((statement) => statement.Action.some(changesGroups));
    expect(changing).toHaveLength(1);
    expect(changing[0]?.Condition).toEqual({ StringEquals: { "autoscaling:ResourceTag/rayfleet:cluster": "demo" } });
    expect(changing[0]?.Action.every(changesGroups)).toBe(true);
  });

  it("lets only the head read consoles, and those of its own cluster only", () => {
    const reading = (name: (typeof machines)[number]) =>
      allows(name).filter(({ Action }) => Action.some((action) => action.startsWith("ec2:Get")));
    expect(reading("worker")).toEqual([]);
    expect(reading("head")).toMatchObject([
      { Action: ["ec2:GetConsoleOutput"], Condition: { StringEquals: { "ec2:ResourceTag/rayfleet:cluster": "demo" } } },
    ]);
  });

  it.each(machines)("%s can change neither tags, nor what a group is, nor roles", (name) => {
    const forbidden = /Tag|^iam:|^ec2:(?!Describe|GetConsoleOutput$)|autoscaling:(Create|Update|Delete|Put)|^s3:(Delete|PutBucket)/;
    expect(
      allows(name)
        .flatMap((statement) => statement.Action)
        .filter((action) => forbidden.test(action)),
    ).toEqual([]);
  });

  it("allows the actions on Auto Scaling groups that the agent and the orphan clock call, and no other", () => {
    const actions = (name: (typeof machines)[number]) =>
      allows(name).flatMap((statement) => statement.Action.filter((action) => action.startsWith("autoscaling:")));
    expect(actions("head").sort()).toEqual([
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeScalingActivities",
      "autoscaling:SetDesiredCapacity",
      "autoscaling:TerminateInstanceInAutoScalingGroup",
    ]);
    expect(actions("worker")).toEqual(["autoscaling:TerminateInstanceInAutoScalingGroup"]);
  });

  it("lets the head read the password of the control store's storage, and nothing else more, where there is one", () => {
    const { Statement } = headPolicy({ ...headScope, gcsPasswordSecretArn });
    expect(Statement.filter(({ Sid }) => Sid !== "ReadGcsStoragePassword")).toEqual(documents["head"]?.Statement);
    expect(Statement.filter(({ Resource }) => Resource?.includes(gcsPasswordSecretArn))).toEqual([
      {
        Sid: "ReadGcsStoragePassword",
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [gcsPasswordSecretArn],
      },
    ]);
  });

  it.each(machines)("%s writes no boot report but its own", (name) => {
    const writing = allows(name).filter((statement) => statement.Action.includes("s3:PutObject"));
    expect(writing.flatMap((statement) => statement.Resource)).toEqual([`${scope.bucketArn}/boot/\${aws:userid}.json`]);
  });

  it("lets only the head make the token", () => {
    const makes = (name: (typeof machines)[number]) =>
      allows(name).some((statement) => statement.Action.includes("secretsmanager:PutSecretValue"));
    expect({ head: makes("head"), worker: makes("worker") }).toEqual({ head: true, worker: false });
  });

  it("lets the head send metrics in its own namespace only", () => {
    const sending = allows("head").find((statement) => statement.Action.includes("cloudwatch:PutMetricData"));
    expect(sending?.Condition).toEqual({ StringEquals: { "cloudwatch:namespace": "Rayfleet" } });
  });

  it("lets the head read and empty the queue of its own cluster, and nobody else do anything there", () => {
    const touching = machines.map((name) => allows(name).filter(({ Action }) => Action.some((action) => action.startsWith("sqs:"))));
    expect(touching).toEqual([
      [{ Sid: "ReadNotices", Effect: "Allow", Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource: [queueArn] }],
      [],
    ]);
  });

  it("lets only the cluster's rules write into the queue, whatever the account's own policies allow", () => {
    const writing = documents["noticeQueue"]?.Statement.filter(({ Action }) => Action.includes("sqs:SendMessage"));
    expect(writing?.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
      ["Allow", { ArnEquals: { "aws:SourceArn": ruleArns } }],
      ["Deny", { ArnNotEquals: { "aws:SourceArn": ruleArns } }],
    ]);
  });

  it.each(machines)("%s fits into an inline policy", (name) => {
    expect(JSON.stringify(documents[name]).length).toBeLessThan(10_240);
  });
});

describe("machineConfigKey", () => {
  it("is one object for each group", () => {
    expect(machineConfigKey("cpu")).toBe("machine/cpu.json");
  });
});
