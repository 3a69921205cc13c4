import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodePorts } from "../../contract/ports";
import { startCloud } from "../../emulator/cloud/cloud";
import { machineExec, pullPlug } from "../../emulator/cloud/machineCommands";
import { runDown } from "../../emulator/commands/down";
import { Progress } from "../../emulator/commands/progress";
import { openCluster } from "../../emulator/commands/upStack";
import type { RayDashboard } from "../../emulator/demo/rayDashboard";
import { type SubmittedJob, submitScript, waitForJob } from "../../emulator/demo/submitScript";
import { runStack, type StackVerb } from "../../emulator/engine/runStack";
import { loadStackConfiguration } from "../../emulator/engine/stackConfiguration";
import type { LocalCluster } from "../../emulator/localCluster";
import { localStack } from "../../emulator/localStack";
import { cloudMissing, skipNote } from "../emulator/cloud/emulatedCloud";
import { redisMissing } from "../support/redisServer";

const missing = cloudMissing ?? redisMissing;
const local = localStack("local", "test-gcs");
const quiet = new Progress(() => undefined);
const never = new AbortController().signal;
const keeper = join(local.projectDirectory, "test", "fixtures", "jobs", "keeper.py");

/** What the local stack has, with a control store that outlives the head, and one group of at most three machines. */
async function configuration() {
  const loaded = await loadStackConfiguration({ directory: local.projectDirectory, stack: local.stack });
  const key = "rayfleet:cluster";
  const cluster = JSON.parse(loaded.values[key] ?? "") as { workerGroups: { groupName: string }[] };
  const workerGroups = cluster.workerGroups.filter(({ groupName }) => groupName === "cpu").map((group) => ({ ...group, maxReplicas: 3 }));
  const changed = { ...cluster, workerGroups, gcsFaultTolerance: { replicas: 0 } };
  return { ...loaded, values: { ...loaded.values, [key]: JSON.stringify(changed) } };
}

interface Visit {
  readonly pid: number;
  readonly visits: number;
}

describe.skipIf(missing)(`a head that dies, with its control store in Redis${skipNote(missing)}`, () => {
  let cluster: LocalCluster;
  let dashboard: RayDashboard;
  let driver: SubmittedJob;
  let first: Visit;

  beforeAll(async () => {
    await runDown(local, never, quiet);
    await bringUp();
    driver = await submitScript(dashboard, { submissionId: "driver", file: keeper, environment: { ROLE: "driver" }, driverCpus: 1 });
    while ((await dashboard.job("driver")).status === "PENDING") await sleep(200);
    first = await visit();
  });
  afterAll(async () => {
    await runDown(local, never, quiet);
  });

  async function bringUp(...before: StackVerb[]): Promise<void> {
    const forwards = [
      { name: "dashboard", headPort: nodePorts.dashboard },
      { name: "agent", headPort: nodePorts.agentMetrics },
    ];
    const cloud = await startCloud({ stateDirectory: local.stateDirectory, venvDirectory: local.venvDirectory, forwards });
    const { projectDirectory: directory, stack, stateDirectory } = local;
    const run = { directory, stack, stateDirectory, endpointUrl: cloud.endpointUrl, configuration: await configuration() };
    for (const verb of before) await runStack({ ...run, verb });
    cluster = openCluster(cloud, (await runStack({ ...run, verb: "up" })).outputs);
    dashboard = await cluster.waitUntilReady({ timeoutSeconds: 240, onStage: () => undefined });
  }

  /** Those that have ended count as well: the API remembers them for ten minutes. */
  async function workersEver(): Promise<number> {
    const Filters = [{ Name: "tag:rayfleet:role", Values: ["worker"] }];
    const { Reservations = [] } = await cluster.aws.ec2.send(new DescribeInstancesCommand({ Filters }));
    return Reservations.reduce((sum, { Instances = [] }) => sum + Instances.length, 0);
  }

  async function headNodeId(): Promise<string | undefined> {
    const nodes = await dashboard.nodes().catch(() => []);
    return nodes.find((node) => node.isHead && node.alive)?.nodeId;
  }

  /** A new head registers under a new id; the dashboard of the old one may answer for a moment longer. */
  async function newHeadAfter(oldNodeId: string | undefined): Promise<void> {
    for (;;) {
      const nodes = await dashboard.nodes().catch(() => []);
      const heads = nodes.filter((node) => node.isHead && node.alive);
      if (heads.length === 1 && heads[0]?.nodeId !== oldNodeId) return;
      await sleep(200);
    }
  }

  let visits = 0;
  /** A job of its own finds the actor by its name. */
  async function visit(order = ""): Promise<Visit> {
    visits += 1;
    const environment = { ROLE: "visitor", ORDER: order };
    const job = await submitScript(dashboard, { submissionId: `visitor-${visits}`, file: keeper, environment });
    return (await waitForJob(dashboard, job, { timeoutSeconds: 120 })) as Visit;
  }

  async function workers(): Promise<string[]> {
    const { AutoScalingGroups = [] } = await cluster.aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    return AutoScalingGroups.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId = "" }) => InstanceId));
  }

  it("keeps actor, job and machines when the process of the control store is killed", async () => {
    const before = await workers();
    expect(before).toHaveLength(1);
    const oldHead = await headNodeId();
    const killed = await machineExec(local.stateDirectory, cluster.outputs.headInstanceId, { argv: ["pkill", "-KILL", "gcs_server"] });
    expect(killed.exitCode).toBe(0);
    await newHeadAfter(oldHead);
    expect(await visit()).toEqual({ pid: first.pid, visits: first.visits + 1 });
    expect(await workers()).toEqual(before);
  });

  it("keeps them when the whole head is lost, and buys for what waited meanwhile", async () => {
    const before = await workers();
    const { headInstanceId, headPrivateAddress } = cluster.outputs;
    const oldHead = await headNodeId();
    await visit("queue");
    await pullPlug(local.stateDirectory, headInstanceId);
    await cluster.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [headInstanceId] }));
    await bringUp("refresh");
    await newHeadAfter(oldHead);
    expect(cluster.outputs.headInstanceId).not.toBe(headInstanceId);
    expect(cluster.outputs.headPrivateAddress).toBe(headPrivateAddress);
    expect(await visit()).toEqual({ pid: first.pid, visits: first.visits + 3 });
    expect(await workers()).toEqual(expect.arrayContaining(before));
    await visit("finish");
    const done = (await waitForJob(dashboard, driver, { timeoutSeconds: 240 })) as { late: string; driver: string };
    expect(done.late).not.toBe(done.driver);
    // One for the actor, one for the task that waited: nothing was bought twice, and nothing was lost and replaced.
    expect(await workersEver()).toBe(2);
  });
});
