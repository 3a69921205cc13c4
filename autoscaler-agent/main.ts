import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EC2Client } from "@aws-sdk/client-ec2";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import { pauseParameterName } from "../contract/pause";
import { AwsKeys } from "./awsKeys";
import { withDeadline } from "./deadline";
import { type AgentEnvironment, parseEnvironment } from "./environment";
import { AwsAutoScalingGroupBackend } from "./nodeGroups/awsAutoScalingGroup";
import { withoutReplyLog } from "./nodeGroups/awsClients";
import { CallBudget } from "./nodeGroups/callBudget";
import { AllNotices } from "./notices/allNotices";
import { ScheduledEvents } from "./notices/scheduledEvents";
import { SqsNotices } from "./notices/sqsNotices";
import { GcsClient } from "./ray/gcsClient";
import { readTokenFile } from "./ray/tokenFile";
import { Heartbeat } from "./report/heartbeat";
import type { Log } from "./report/log";
import { type AgentPlatform, runAgent } from "./runAgent";
import { runProcess } from "./runProcess";
import { S3BootReports } from "./s3BootReports";
import { becomeSoleAgent } from "./soleAgent";
import { systemClock } from "./systemClock";

async function runOnAws(environment: AgentEnvironment, log: Log, signal: AbortSignal): Promise<void> {
  const { gcsAddress, configParameter, region, tokenPath, recordFolder } = environment;
  const clock = systemClock;
  const onOther = () =>
    log("another-agent", { problem: "another agent of this Ray runs on this machine; this one starts when that has ended" });
  await becomeSoleAgent({ gcsAddress, clock, onOther }, signal);
  const ray = new GcsClient({
    address: gcsAddress,
    readToken: async () =>
      tokenPath === undefined ? undefined : await readTokenFile(tokenPath, (problem) => log("token-file-open", { problem })),
    clock,
  });
  log("started", { gcsAddress, configParameter, region });
  await runAgent({ clock, log, random: Math.random, ray, recordFolder, ...awsPlatform(environment, log) }, signal);
  ray.close();
}

function awsPlatform(
  { region, configParameter }: AgentEnvironment,
  log: Log,
): Pick<AgentPlatform, "configText" | "pauseText" | "backend" | "bootReports" | "notices" | "heartbeat"> {
  const clock = systemClock;
  // The loop repeats everything by itself, so the SDK tries once: a tick stays short and a throttled API is left alone.
  const once = { region, maxAttempts: 1 };
  const ssm = new SSMClient(once);
  // All clients use the keys that this one fetches.
  const { credentials } = ssm.config;
  const keys = new AwsKeys({ renew: () => credentials({ forceRefresh: true }), clock, log });
  keys.watch(ssm);
  const aws = { ...once, credentials };
  // A path-style address is what a private endpoint understands; with AWS itself both forms work.
  const s3 = keys.watch(new S3Client({ ...aws, forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined }));
  // The queue's address names a host that a private endpoint does not have.
  const sqs = keys.watch(new SQSClient({ ...aws, useQueueUrlAsEndpoint: false }));
  const ec2 = keys.watch(new EC2Client(aws));
  const autoScaling = withoutReplyLog(keys.watch(new AutoScalingClient(aws)));
  const budget = new CallBudget(clock);
  return {
    configText: (stop) => ssmText(ssm, configParameter, stop),
    pauseText: (clusterName, stop) => pauseSwitch(ssm, clusterName, stop),
    backend: new AwsAutoScalingGroupBackend({ autoScaling, ec2, budget }),
    bootReports: new S3BootReports(s3, clock),
    notices: new AllNotices([new SqsNotices(sqs, clock), new ScheduledEvents({ ec2, budget, clock })]),
    heartbeat: new Heartbeat(keys.watch(new CloudWatchClient(aws))),
  };
}

async function ssmText(ssm: SSMClient, name: string, signal: AbortSignal): Promise<string> {
  const reply = await ssm.send(new GetParameterCommand({ Name: name }), { abortSignal: withDeadline(signal, 5_000) });
  return reply.Parameter?.Value ?? "";
}

async function pauseSwitch(ssm: SSMClient, clusterName: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await ssmText(ssm, pauseParameterName(clusterName), signal);
  } catch (thrown) {
    if (thrown instanceof ParameterNotFound) return undefined;
    throw thrown;
  }
}

void runProcess((log, signal) => runOnAws(parseEnvironment(process.env), log, signal));
