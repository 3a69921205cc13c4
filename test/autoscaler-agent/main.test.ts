import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { toPlain } from "../../autoscaler-agent/recorder/plainValue";
import { readRecords, recordFilesAt } from "../../autoscaler-agent/recorder/readRecords";
import { replayRecord } from "../../autoscaler-agent/recorder/replayRecord";
import { apiMissing, makeGroup, makeSubnets, makeTemplate, membersOf, type RunningApi, startApi } from "../emulator/api/runningApi";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AGENT_PARAMETER, prepareAgent, startAgent as startProcess } from "../support/agentProcess";
import { FakeGcs } from "../support/fakeGcs";
import { freePort } from "../support/freePort";
import { waitingRay } from "../support/waitingRay";

const TOKEN = "0123456789abcdef-the-token";
const until = { timeout: 20_000, interval: 100 };

describe.skipIf(apiMissing)(`the agent as a process${apiMissing === undefined ? "" : ` (skipped: ${apiMissing})`}`, () => {
  let api: RunningApi;
  let directory: string;
  let gcs: FakeGcs;
  let port: number;
  let output = "";
  let child: ChildProcess | undefined;
  let waiting = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "agent-"));
    api = await startApi("--retry-seconds", "0.3");
    gcs = new FakeGcs();
    gcs.answer = ({ method }) => ({
      reply: method === "GetClusterResourceState" ? { cluster_resource_state: waitingRay("i-head", waiting) } : {},
    });
    await Promise.all([gcs.start(), prepareAgent(directory, TOKEN)]);
    port = await freePort();
    await makeCloud();
  }, 60_000);

  afterEach(() => child?.kill("SIGKILL"));

  afterAll(async () => {
    gcs.stop();
    await Promise.all([api.stop(), rm(directory, { recursive: true })]);
  });

  const makeCloud = async () => {
    const [subnet = ""] = await makeSubnets(api, "us-east-1a");
    await makeTemplate(api, "workers");
    const LaunchTemplate = { LaunchTemplateName: "workers", Version: "$Latest" };
    await makeGroup(api, {
      AutoScalingGroupName: "demo-cpu",
      VPCZoneIdentifier: subnet,
      LaunchTemplate,
      NewInstancesProtectedFromScaleIn: true,
    });
    await s3().send(new CreateBucketCommand({ Bucket: "demo-artifacts" }));
    await putConfig();
  };
  const s3 = () => new S3Client({ ...api.clientSettings, forcePathStyle: true });
  const putConfig = async (more: object = {}) => {
    const config = agentConfig({
      groups: [agentGroup()],
      tickSeconds: 0.5,
      metrics: { host: "127.0.0.1", port },
      heartbeatNamespace: "Rayfleet",
    });
    const Value = JSON.stringify({ ...config, ...more });
    await new SSMClient(api.clientSettings).send(
      new PutParameterCommand({ Name: AGENT_PARAMETER, Type: "String", Value, Overwrite: true }),
    );
  };
  const startAgent = (environment: Readonly<Record<string, string>> = {}) => {
    output = "";
    child = startProcess(directory, { gcsAddress: gcs.address, awsEndpointUrl: api.endpointUrl }, environment);
    child.stdout?.on("data", (text: Buffer) => (output += text.toString()));
    child.stderr?.on("data", (text: Buffer) => (output += text.toString()));
    return child;
  };
  const exitCode = (process: ChildProcess) => new Promise<number | null>((done) => process.once("exit", (code) => done(code)));
  const get = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();

  it("grows the group for what Ray waits for, tells everybody, survives SIGKILL and stops within a second", async () => {
    waiting = 3;
    const first = startAgent();
    await expect.poll(async () => (await membersOf(api, "demo-cpu")).length, until).toBe(3);
    first.kill("SIGKILL");
    await exitCode(first);

    const [machine] = await membersOf(api, "demo-cpu");
    const report = { schemaVersion: 1, instanceId: machine?.InstanceId, groupName: "cpu", stage: "ray-install", startedAtMs: {} };
    await s3().send(
      new PutObjectCommand({ Bucket: "demo-artifacts", Key: `boot/AROA:${machine?.InstanceId}.json`, Body: JSON.stringify(report) }),
    );

    const second = startAgent();
    await expect.poll(async () => await get("/decision").catch(() => ""), until).toContain("ray-install");
    // Three are on their way, so a new agent on the same cloud buys none again.
    expect(await membersOf(api, "demo-cpu")).toHaveLength(3);
    expect(await get("/healthz")).toContain('"healthy":true');
    expect(await get("/metrics")).toContain('autoscaler_pending_nodes{NodeType="cpu",SessionName="session-1"} 3');
    const told = gcs.calls.filter(({ method }) => method === "ReportAutoscalingState").at(-1)?.request["autoscaling_state"] as {
      pending_instances: { details: string }[];
    };
    expect(told.pending_instances.map(({ details }) => details).join()).toContain("ray-install");
    const metrics = await new CloudWatchClient(api.clientSettings).send(new ListMetricsCommand({ Namespace: "Rayfleet" }));
    expect(metrics.Metrics).toMatchObject([{ MetricName: "AgentHeartbeat", Dimensions: [{ Name: "ClusterName", Value: "demo" }] }]);

    const begin = Date.now();
    second.kill("SIGTERM");
    expect(await exitCode(second)).toBe(0);
    expect(Date.now() - begin).toBeLessThan(2_000);
    expect(gcs.calls.every(({ metadata }) => metadata["authorization"] === `Bearer ${TOKEN}`)).toBe(true);
    expect(output).not.toContain(TOKEN);

    const records = recordFilesAt(join(directory, "decisions")).map((file) => [...readRecords(file)]);
    const kept = records.flat().flatMap((line) => (line.kind === "record" ? [line.record] : []));
    expect(kept.some(({ outcomes }) => outcomes.some(({ action }) => action.kind === "set-desired"))).toBe(true);
    expect(kept.flatMap((record) => replayRecord(record).differences)).toEqual([]);
    expect(JSON.stringify(toPlain(kept))).not.toContain(TOKEN);
  }, 60_000);

  it("waits while another agent of the same Ray runs, even one that is stopped, and starts when that is gone", async () => {
    const first = startAgent();
    await expect.poll(() => output, until).toContain('"event":"started"');
    first.kill("SIGSTOP");
    try {
      startAgent();
      await expect.poll(() => output, until).toContain('"event":"another-agent"');
      expect(output).not.toContain('"event":"started"');
    } finally {
      first.kill("SIGKILL");
    }
    await expect.poll(() => output, until).toContain('"event":"started"');
  });

  it("waits for its configuration and for Ray, and says so", async () => {
    const agent = startAgent({ RAYFLEET_AGENT_CONFIG_PARAMETER: "/rayfleet/none", RAYFLEET_GCS_ADDRESS: "127.0.0.1:1" });
    await expect.poll(() => output, until).toContain('"event":"configuration-broken"');
    expect(agent.exitCode).toBeNull();
  });

  it("ends with the code for wrong usage and names every missing variable", async () => {
    const agent = startAgent({ RAYFLEET_REGION: "", RAYFLEET_GCS_ADDRESS: "nowhere" });
    expect(await exitCode(agent)).toBe(64);
    expect(output).toMatch(/RAYFLEET_REGION[\s\S]*RAYFLEET_GCS_ADDRESS/);
  });
});
