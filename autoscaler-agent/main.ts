import { setTimeout as wait } from "node:timers/promises";
import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EC2Client } from "@aws-sdk/client-ec2";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import { pauseParameterName } from "../contract/pause";
import { agentVersion } from "./agentVersion";
import { AwsKeys } from "./awsKeys";
import type { Clock } from "./clock";
import { ConfigSource } from "./configSource";
import { withDeadline } from "./deadline";
import { decide } from "./decide/decide";
import { type AgentEnvironment, EnvironmentError, parseEnvironment } from "./environment";
import { AgentLoop } from "./loop";
import { AwsAutoScalingGroupBackend } from "./nodeGroups/awsAutoScalingGroup";
import { withoutReplyLog } from "./nodeGroups/awsClients";
import { CallBudget } from "./nodeGroups/callBudget";
import { AllNotices } from "./notices/allNotices";
import { ScheduledEvents } from "./notices/scheduledEvents";
import { SqsNotices } from "./notices/sqsNotices";
import { PauseSource } from "./pauseSource";
import { GcsClient } from "./ray/gcsClient";
import { readTokenFile } from "./ray/tokenFile";
import { DecisionRing } from "./recorder/decisionRing";
import { Heartbeat } from "./report/heartbeat";
import { jsonLog, type Log } from "./report/log";
import { Reporting } from "./report/reporting";
import { S3BootReports } from "./s3BootReports";
import { becomeSoleAgent } from "./soleAgent";

/** The environment is not usable; as `EX_USAGE` of sysexits.h. Starting again does not help. */
const EXIT_USAGE = 64;
/** Something that should not happen happened; as `EX_SOFTWARE`. Starting again is right: everything is learned anew. */
const EXIT_SOFTWARE = 70;
/** A stop that takes longer than this is cut short: every moment is a safe one. */
const STOP_WITHIN_MS = 1_000;

const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await wait(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined);
  },
};

async function main(): Promise<void> {
  const log = jsonLog(systemClock, (line) => process.stdout.write(line));
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => {
      log("stopping", { signal: name });
      stop.abort(new Error(`stopped by ${name}`));
      setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (thrown: unknown) => {
      log("failed", { problem: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
      process.exit(EXIT_SOFTWARE);
    });
  }
  try {
    await runAgent(parseEnvironment(process.env), log, stop.signal);
    log("stopped");
    process.exit(0);
  } catch (thrown) {
    log("failed", { problem: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    process.exit(thrown instanceof EnvironmentError ? EXIT_USAGE : EXIT_SOFTWARE);
  }
}

async function runAgent(environment: AgentEnvironment, log: Log, signal: AbortSignal): Promise<void> {
  // The loop repeats everything by itself, so the SDK tries once: a tick stays short and a throttled API is left alone.
  const once = { region: environment.region, maxAttempts: 1 };
  const clock = systemClock;
  const onOther = () =>
    log("another-agent", { problem: "another agent of this Ray runs on this machine; this one starts when that has ended" });
  await becomeSoleAgent({ gcsAddress: environment.gcsAddress, clock, onOther }, signal);
  const { tokenPath, recordFolder } = environment;
  const ray = new GcsClient({
    address: environment.gcsAddress,
    readToken: async () =>
      tokenPath === undefined ? undefined : await readTokenFile(tokenPath, (problem) => log("token-file-open", { problem })),
    clock,
  });
  const ssm = new SSMClient(once);
  // All clients use the keys that this one fetches.
  const { credentials } = ssm.config;
  const keys = new AwsKeys({ renew: () => credentials({ forceRefresh: true }), clock, log });
  keys.watch(ssm);
  const aws = { ...once, credentials };
  const configSource = new ConfigSource({ fetch: (stop) => ssmText(ssm, environment.configParameter, stop), clock });
  const pauseSource = new PauseSource({ fetch: (clusterName, stop) => pauseSwitch(ssm, clusterName, stop), clock });
  const recorder =
    recordFolder === undefined
      ? {}
      : { recorder: new DecisionRing({ folder: recordFolder, clock, agentVersion: agentVersion(process.argv[1]) }) };
  const reporting = new Reporting({
    clock,
    log,
    ray,
    heartbeat: new Heartbeat(keys.watch(new CloudWatchClient(aws))),
    configSource,
    ...recorder,
  });
  const nextConfig = async () => {
    const config = await configSource.current(signal);
    await reporting.configuration(config);
    return config;
  };
  // A path-style address is what a private endpoint understands; with AWS itself both forms work.
  const s3 = keys.watch(new S3Client({ ...aws, forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined }));
  // The queue's address names a host that a private endpoint does not have.
  const sqs = keys.watch(new SQSClient({ ...aws, useQueueUrlAsEndpoint: false }));
  const ec2 = keys.watch(new EC2Client(aws));
  const autoScaling = withoutReplyLog(keys.watch(new AutoScalingClient(aws)));
  const budget = new CallBudget(clock);
  const loop = new AgentLoop({
    clock,
    random: Math.random,
    killSwitch: (clusterName, stop) => pauseSource.current(clusterName, stop),
    ray,
    backend: new AwsAutoScalingGroupBackend({ autoScaling, ec2, budget }),
    bootReports: new S3BootReports(s3, clock),
    notices: new AllNotices([new SqsNotices(sqs, clock), new ScheduledEvents({ ec2, budget, clock })]),
    decide,
  });
  log("started", { gcsAddress: environment.gcsAddress, configParameter: environment.configParameter, region: environment.region });
  await loop.run(nextConfig, (record, reportSignal) => reporting.tick(record, reportSignal), signal);
  await reporting.close();
  ray.close();
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

void main();
