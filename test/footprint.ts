import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { makeGroup, makeTemplate, membersOf, type RunningApi, startApi } from "./emulator/api/runningApi";
import { agentConfig, agentGroup } from "./support/agentBuilders";
import { AGENT_PARAMETER, prepareAgent, startAgent } from "./support/agentProcess";
import { FakeGcs } from "./support/fakeGcs";

const WARM_UP_SECONDS = 30;

/**
 * `make footprint NODES=100`: the bundled agent as its own process, with a control store that lists so many nodes, nine of ten of them with work, and an API that has
 * their machines. Prints its processor time as a share of one core, and its memory, after it has become warm. The agent ticks every two seconds, its default.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { nodes: { type: "string", default: "100" }, seconds: { type: "string", default: "60" } } });
  const [nodes, seconds] = [Number(values.nodes), Number(values.seconds)];
  const directory = await mkdtemp(join(tmpdir(), "rayfleet-footprint-"));
  const [api, gcs] = [await startApi("--retry-seconds", "0.3"), new FakeGcs()];
  let agent: ChildProcess | undefined;
  try {
    const machines = await makeCloud(api, nodes);
    gcs.answer = ({ method }) => ({ reply: method === "GetClusterResourceState" ? { cluster_resource_state: rayState(machines) } : {} });
    await Promise.all([gcs.start(), prepareAgent(directory, "a-token")]);
    agent = startAgent(directory, { gcsAddress: gcs.address, awsEndpointUrl: api.endpointUrl });
    agent.stdout?.resume();
    agent.stderr?.pipe(process.stderr);
    await sleep(WARM_UP_SECONDS * 1000);
    const before = await processOf(agent);
    await sleep(seconds * 1000);
    const after = await processOf(agent);
    const share = (after.cpuSeconds - before.cpuSeconds) / seconds;
    console.log(
      `${nodes} nodes, ${seconds} s: ${(share * 100).toFixed(2)} % of a core, ${after.residentMib.toFixed(0)} MiB resident, ${after.peakMib.toFixed(0)} MiB at most`,
    );
    const calls = gcs.calls.filter(({ method }) => method === "GetClusterResourceState").length;
    if (calls < (WARM_UP_SECONDS + seconds) / 4) throw new Error(`the agent asked Ray ${calls} times only: it did not work`);
  } finally {
    agent?.kill("SIGKILL");
    gcs.stop();
    await api.stop();
    await rm(directory, { recursive: true });
  }
}

async function makeCloud(api: RunningApi, nodes: number): Promise<string[]> {
  const { Vpc } = await api.ec2.send(new CreateVpcCommand({ CidrBlock: "10.80.0.0/16" }));
  const { Subnet } = await api.ec2.send(
    new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.80.0.0/18", AvailabilityZone: "us-east-1a" }),
  );
  await makeTemplate(api, "workers");
  await makeGroup(api, {
    AutoScalingGroupName: "demo-cpu",
    VPCZoneIdentifier: Subnet?.SubnetId ?? "",
    LaunchTemplate: { LaunchTemplateName: "workers", Version: "$Latest" },
    NewInstancesProtectedFromScaleIn: true,
    MaxSize: nodes,
    DesiredCapacity: nodes,
  });
  const settings = { ...api.clientSettings, forcePathStyle: true };
  await new S3Client(settings).send(new CreateBucketCommand({ Bucket: "demo-artifacts" }));
  const config = agentConfig({
    groups: [agentGroup({ maxReplicas: nodes, minReplicas: nodes })],
    metrics: { host: "127.0.0.1", port: 44_317 },
  });
  const Value = JSON.stringify(config);
  await new SSMClient(api.clientSettings).send(new PutParameterCommand({ Name: AGENT_PARAMETER, Type: "String", Value }));
  for (let look = 0; look < 120; look += 1) {
    const members = await membersOf(api, "demo-cpu");
    if (members.length === nodes) return members.map(({ InstanceId }) => InstanceId ?? "");
    await sleep(1000);
  }
  throw new Error(`the emulated API did not launch ${nodes} machines in two minutes`);
}

/** From `/proc`: processor time so far, memory now and at most. */
async function processOf({ pid }: ChildProcess): Promise<{ cpuSeconds: number; residentMib: number; peakMib: number }> {
  const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile(`/proc/${pid}/status`, "utf8")]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond, residentMib: mib("VmRSS"), peakMib: mib("VmHWM") };
}

let version = 0;

/** A head and a node for each machine; every tenth is idle, and what the others have free changes all the time. */
function rayState(machines: readonly string[]): object {
  version += 1;
  const total = { CPU: 4, memory: 8 * 2 ** 30 };
  const workers = machines.map((instance_id, index) => {
    const nodeId = Buffer.alloc(28);
    nodeId.writeUInt32BE(index + 2, 24);
    const idle = index % 10 === 0;
    return {
      node_id: nodeId,
      instance_id,
      ray_node_type_name: "cpu",
      status: idle ? "IDLE" : "RUNNING",
      idle_duration_ms: idle ? 1000 * version : 0,
      total_resources: { ...total, [`node:10.80.0.${index}`]: 1 },
      available_resources: idle ? total : { CPU: (index + version) % 4, memory: 2 ** 30 },
      node_activity: idle ? [] : ["Resource: CPU currently in use."],
      labels: { "ray.io/node-group": "cpu", "ray.io/availability-zone": "us-east-1a" },
    };
  });
  const head = {
    node_id: Buffer.alloc(28, 1),
    instance_id: "i-head",
    status: "IDLE",
    idle_duration_ms: 1000,
    total_resources: { "node:__internal_head__": 1 },
  };
  const pending = [1, 2, 3].map((CPU) => ({ request: { resources_bundle: { CPU } }, count: 40 * CPU }));
  return {
    cluster_resource_state_version: version,
    cluster_session_name: "session-1",
    node_states: [head, ...workers],
    pending_resource_requests: pending,
  };
}

void main();
