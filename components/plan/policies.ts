import { HEAD_GROUP_NAME } from "../../contract/machineConfig";
import { tagKeys } from "./tags";

/** One statement of an IAM or bucket policy, in AWS's own words. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | { readonly Service: string };
  readonly Action: readonly string[];
  /** Absent in trust policies only. */
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy as plain data; what AWS gets is its JSON. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** The things of one cluster that its machines may touch. */
export interface NodePolicyScope {
  readonly clusterName: string;
  readonly bucketArn: string;
  readonly tokenSecretArn: string;
}

/** CloudWatch namespace of everything that rayfleet sends. */
export const METRIC_NAMESPACE = "Rayfleet";

/** Folder of boot reports in the artifact bucket. */
export const BOOT_REPORT_PREFIX = "boot";

/** Object key of what machines of one group read when they start. */
export function machineConfigKey(groupName: string): string {
  return `machine/${groupName}.json`;
}

function document(...statements: PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** Lets one AWS service take on a role; `sourceAccount` closes it to that service working for other accounts. */
export function trustPolicy(service: string, sourceAccount?: string): PolicyDocument {
  return document({
    Sid: "Trust",
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
    ...(sourceAccount === undefined ? {} : { Condition: { StringEquals: { "aws:SourceAccount": sourceAccount } } }),
  });
}

function readArtifacts(bucketArn: string, machineConfigs: string): PolicyStatement {
  return {
    Sid: "ReadArtifacts",
    Effect: "Allow",
    Action: ["s3:GetObject"],
    Resource: [`${bucketArn}/runtime/*`, `${bucketArn}/bundle/*`, `${bucketArn}/${machineConfigs}`],
  };
}

/** `aws:userid` of a machine is `<role id>:<instance id>`: each machine can write its own report and no other. */
function writeOwnBootReport(bucketArn: string): PolicyStatement {
  return {
    Sid: "WriteOwnBootReport",
    Effect: "Allow",
    Action: ["s3:PutObject"],
    Resource: [`${bucketArn}/${BOOT_REPORT_PREFIX}/\${aws:userid}.json`],
  };
}

/** Systems Manager sessions and port forwarding, instead of SSH. None of these actions can be limited to a resource. */
const sessionAccess: PolicyStatement = {
  Sid: "SystemsManagerSessions",
  Effect: "Allow",
  Action: [
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ],
  Resource: ["*"],
};

/** Group ARNs hold an id that AWS makes up, so the tag is what limits these; no machine may change tags. */
function onOwnGroups(clusterName: string, sid: string, actions: readonly string[]): PolicyStatement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: actions,
    Resource: ["*"],
    Condition: { StringEquals: { [`autoscaling:ResourceTag/${tagKeys.cluster}`]: clusterName } },
  };
}

/** Of the store behind the control store; workers have no business with it. */
function readGcsPassword(secretArn: string | undefined): PolicyStatement[] {
  return secretArn === undefined
    ? []
    : [{ Sid: "ReadGcsStoragePassword", Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [secretArn] }];
}

/** What the head may do: start, keep the token, report, and size the worker groups of its own cluster. */
export function headPolicy(
  scope: NodePolicyScope & {
    readonly agentParameterArn: string;
    readonly pauseParameterArn: string;
    readonly noticeQueueArn: string;
    /** Secret with the password of the store behind Ray's control store; absent: there is none. */
    readonly gcsPasswordSecretArn?: string | undefined;
  },
): PolicyDocument {
  return document(
    readArtifacts(scope.bucketArn, machineConfigKey(HEAD_GROUP_NAME)),
    writeOwnBootReport(scope.bucketArn),
    { Sid: "ReadBootReports", Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${scope.bucketArn}/${BOOT_REPORT_PREFIX}/*`] },
    {
      Sid: "ListBootReports",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: [scope.bucketArn],
      Condition: { StringLike: { "s3:prefix": [`${BOOT_REPORT_PREFIX}/*`] } },
    },
    {
      Sid: "MakeAndReadRayToken",
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
      Resource: [scope.tokenSecretArn],
    },
    ...readGcsPassword(scope.gcsPasswordSecretArn),
    {
      Sid: "ReadAgentConfiguration",
      Effect: "Allow",
      Action: ["ssm:GetParameter"],
      Resource: [scope.agentParameterArn, scope.pauseParameterArn],
    },
    { Sid: "ReadNotices", Effect: "Allow", Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource: [scope.noticeQueueArn] },
    {
      Sid: "SeeGroupsAndInstances",
      Effect: "Allow",
      Action: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
      ],
      Resource: ["*"],
    },
    {
      Sid: "ReadOwnConsoles",
      Effect: "Allow",
      Action: ["ec2:GetConsoleOutput"],
      Resource: ["*"],
      Condition: { StringEquals: { [`ec2:ResourceTag/${tagKeys.cluster}`]: scope.clusterName } },
    },
    onOwnGroups(scope.clusterName, "SizeOwnGroups", ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]),
    {
      Sid: "SendMetrics",
      Effect: "Allow",
      Action: ["cloudwatch:PutMetricData"],
      Resource: ["*"],
      Condition: { StringEquals: { "cloudwatch:namespace": METRIC_NAMESPACE } },
    },
    sessionAccess,
  );
}

/** What a worker may do: start, read the token, report, and end itself through its group when it is orphaned. */
export function workerPolicy(scope: NodePolicyScope): PolicyDocument {
  return document(
    readArtifacts(scope.bucketArn, machineConfigKey("*")),
    {
      Sid: "KeepOutOfHeadConfiguration",
      Effect: "Deny",
      Action: ["s3:GetObject"],
      Resource: [`${scope.bucketArn}/${machineConfigKey(HEAD_GROUP_NAME)}`],
    },
    writeOwnBootReport(scope.bucketArn),
    { Sid: "ReadRayToken", Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [scope.tokenSecretArn] },
    onOwnGroups(scope.clusterName, "EndItself", ["autoscaling:TerminateInstanceInAutoScalingGroup"]),
    sessionAccess,
  );
}

/** Refuses every request to the artifact bucket that is not encrypted on the way. */
export function artifactBucketPolicy(bucketArn: string): PolicyDocument {
  return document({
    Sid: "EncryptedTransportOnly",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:*"],
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
}

/**
 * Lets EventBridge write what these rules match, and nobody else: the refusal holds for identities of the account too, whatever their own policies
 * allow. A key that a request lacks makes a negated condition true, so a request without a source is refused.
 */
export function noticeQueuePolicy(scope: { readonly queueArn: string; readonly ruleArns: readonly string[] }): PolicyDocument {
  const { queueArn, ruleArns } = scope;
  return document(
    {
      Sid: "WhatTheRulesMatch",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: ["sqs:SendMessage"],
      Resource: [queueArn],
      Condition: { ArnEquals: { "aws:SourceArn": ruleArns } },
    },
    {
      Sid: "NobodyElseWrites",
      Effect: "Deny",
      Principal: "*",
      Action: ["sqs:SendMessage"],
      Resource: [queueArn],
      Condition: { ArnNotEquals: { "aws:SourceArn": ruleArns } },
    },
    {
      Sid: "EncryptedTransportOnly",
      Effect: "Deny",
      Principal: "*",
      Action: ["sqs:*"],
      Resource: [queueArn],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  );
}

/** Lets the flow-log service write to one log group; finding groups cannot be limited to one. */
export function flowLogPolicy(logGroupArn: string): PolicyDocument {
  return document(
    {
      Sid: "WriteFlowLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: [logGroupArn, `${logGroupArn}:*`],
    },
    { Sid: "FindLogGroup", Effect: "Allow", Action: ["logs:DescribeLogGroups"], Resource: ["*"] },
  );
}
