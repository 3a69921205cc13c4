import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../../cli/runCommand";
import { agentConfigSchema } from "../../contract/agentConfig";
import { nodePorts } from "../../contract/ports";
import { describeCloud } from "../../emulator/cloud/cloud";
import { announceEvent, denyCapacity, machineExec, restoreCapacity } from "../../emulator/cloud/machineCommands";
import { runShapesJob } from "../../emulator/commands/demo";
import { runDown } from "../../emulator/commands/down";
import { runMainJob } from "../../emulator/commands/mainJob";
import { Progress } from "../../emulator/commands/progress";
import { upStack } from "../../emulator/commands/upStack";
import type { RayDashboard } from "../../emulator/demo/rayDashboard";
import { submitScript, waitForJob } from "../../emulator/demo/submitScript";
import type { LocalCluster } from "../../emulator/localCluster";
import { localStack } from "../../emulator/localStack";
import { cloudMissing, remainsOf, skipNote } from "../emulator/cloud/emulatedCloud";

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const run = promisify(execFile);
const local = localStack("local", "test-e2e");
const quiet = new Progress(() => undefined);
const never = new AbortController().signal;
/** Of the agent's `/decision`. */
interface Page {
  readonly latest: { readonly infeasible: string[]; readonly holds: readonly { readonly code: string }[] } | null;
}
const primes = join(local.projectDirectory, "emulator", "demo", "jobs", "primes.py");

describe.skipIf(cloudMissing)(`the local stack, with real Ray${skipNote(cloudMissing)}`, () => {
  let cluster: LocalCluster;
  let dashboard: RayDashboard;

  beforeAll(async () => {
    await runDown(local, never, quiet);
    const up = await upStack(local, quiet, never);
    expect(up.result.changes.create).toBeGreaterThan(50);
    cluster = up.cluster;
    dashboard = await cluster.waitUntilReady({ timeoutSeconds: 240, onStage: () => undefined });
  });

  afterAll(async () => {
    await runDown(local, never, quiet);
  });

  const onHead = async (...argv: string[]) => (await machineExec(local.stateDirectory, cluster.outputs.headInstanceId, { argv })).stdout;

  async function workerIds(): Promise<string[]> {
    const reply = await cluster.aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    return (reply.AutoScalingGroups ?? []).flatMap((group) => (group.Instances ?? []).map(({ InstanceId = "" }) => InstanceId));
  }

  const workers = async () => (await workerIds()).length;

  async function queueUrl(): Promise<string> {
    const reply = await cluster.aws.ssm.send(new GetParameterCommand({ Name: cluster.outputs.agentConfigParameter }));
    return agentConfigSchema.parse(JSON.parse(reply.Parameter?.Value ?? "")).notices?.queueUrl ?? "";
  }

  /** How many messages wait in the queue of notices, and how many were read and not deleted. */
  async function queuedMessages(): Promise<(string | undefined)[]> {
    const command = new GetQueueAttributesCommand({ QueueUrl: await queueUrl(), AttributeNames: ["All"] });
    const { Attributes } = await cluster.aws.sqs.send(command);
    return [Attributes?.["ApproximateNumberOfMessages"], Attributes?.["ApproximateNumberOfMessagesNotVisible"]];
  }

  /** Waits until the agent has sent every worker away; false when it takes longer than two minutes. */
  async function workersGone(): Promise<boolean> {
    for (let second = 0; second < 120; second += 1) {
      if ((await workers()) === 0) return true;
      await sleep(1000);
    }
    return false;
  }

  beforeEach(async () => {
    expect(await workersGone()).toBe(true);
  });

  it("changes nothing when it is brought up again", async () => {
    const again = await upStack(local, quiet, never);
    expect(again.cloudWasRunning).toBe(true);
    expect(again.result.changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
  });

  it("takes no tasks on the head, and keeps the token out of sight", async () => {
    const head = (await dashboard.nodes()).find((node) => node.isHead);
    expect(head?.nodeIp).toBe(cluster.outputs.headPrivateAddress);
    const token = (await cluster.token()) ?? "";
    expect(token).toHaveLength(64);
    const unauthorized = await fetch(`${cluster.addresses.dashboardUrl}/api/version`);
    expect(unauthorized.status).toBe(401);
    // As a pattern that does not find itself in the command line of the search.
    const pattern = `[${token.slice(0, 1)}]${token.slice(1)}`;
    for (const file of ["/proc/[0-9]*/environ", "/proc/[0-9]*/cmdline", "/var/log/rayfleet", "/etc/rayfleet", "/opt/rayfleet"]) {
      expect(await onHead("sh", "-c", `grep -rls ${pattern} ${file} || true`)).toBe("");
    }
    // What grep could not find would be no news: the file that does hold it is found in the same way.
    expect(await onHead("sh", "-c", `grep -rls ${pattern} /run /var/lib /root 2>/dev/null || true`)).not.toBe("");
    for (const page of ["", "decision", "metrics"]) {
      expect(await (await fetch(`${cluster.addresses.agentUrl}/${page}`)).text()).not.toContain(token);
    }
    // User data, launch templates, consoles, the engine's state and the cloud's log.
    await expect(run("grep", ["-rlsF", token, local.stateDirectory])).rejects.toMatchObject({ code: 1, stdout: "" });
  });

  it("listens on no port that is not pinned", async () => {
    const { minWorker, maxWorker, ...others } = nodePorts;
    const mayListen = new Set<number>([...range(minWorker, maxWorker), ...Object.values(others)]);
    // In /proc/net/tcp: state 0A listens; the address is hexadecimal, loopback ends in 7F, and FEA9FEA9 is the emulated metadata service.
    const sockets = await onHead("sh", "-c", "cat /proc/net/tcp /proc/net/tcp6");
    const listening = sockets.split("\n").flatMap((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      return state === "0A" && !/7F$|^0{24}01000000$|^FEA9FEA9$/.test(address) ? [Number.parseInt(port, 16)] : [];
    });
    expect(listening).toContain(nodePorts.gcs);
    expect(listening.filter((port) => !mayListen.has(port))).toEqual([]);
  });

  it("says which group comes nearest when no group can ever serve a demand", async () => {
    const script = "import ray; ray.init(); print('{}' if ray.get(ray.remote(lambda: 1).options(num_cpus=64).remote()) else '')";
    await dashboard.submit({ submissionId: "too-big", entrypoint: `python -c "${script}"` });
    let infeasible: string[] = [];
    for (let look = 0; look < 60 && infeasible.length === 0; look += 1) {
      await sleep(500);
      const page = (await (await fetch(`${cluster.addresses.agentUrl}/decision`)).json()) as Page;
      infeasible = page.latest?.infeasible ?? [];
    }
    expect(infeasible).toHaveLength(1);
    expect(infeasible[0]).toMatch(/CPU.*64.*(cpu|gold|gpu)/s);
    expect(await workers()).toBe(0);
    await dashboard.stop("too-big");
  });

  // By now the agent is older than a minute and lets idle nodes go.
  it("runs a job that needs more than there is, from no workers to some and back to none", async () => {
    const seen = await runMainJob(local, { cluster, dashboard, progress: quiet, signal: never });
    expect(seen.peakWorkers).toBe(3);
    expect(seen.machines).toHaveLength(3);
    expect(seen.pendingLines.join("\n")).toContain("cpu");
    expect(await workers()).toBe(0);
  });

  it("serves GPUs, a STRICT_SPREAD placement group and a label selector", async () => {
    await runShapesJob(local, { cluster, dashboard, progress: quiet, signal: never });
  });

  it("ends where it would have ended when the agent is killed in the middle of a scale-up", async () => {
    const witness = cluster.witness(dashboard);
    const job = await submitScript(dashboard, {
      submissionId: `primes-${Date.now()}`,
      file: primes,
      environment: { CHUNKS: "16", HOLD_SECONDS: "20" },
    });
    while (witness.testimony().times["desired capacity set"] === undefined) await sleep(50);
    const killed = await onHead(
      "sh",
      "-c",
      "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '[a]gent[.]js' && kill -9 ${p#/proc/} && echo killed; done; true",
    );
    expect(killed).toContain("killed");
    const output = (await waitForJob(dashboard, job, { timeoutSeconds: 240 })) as { result: number };
    expect(output.result).toBe(148_933);
    expect(await workersGone()).toBe(true);
    const seen = await witness.stop();
    // Sixteen CPUs, held longer than the agent gives waiting work the benefit of the doubt: four machines, and none of them twice.
    expect(seen.peakWorkers).toBe(4);
    expect(seen.machines).toHaveLength(4);
    // What both agents decided, and what led to it, is there to be decided again.
    expect(await onHead("/usr/local/bin/rayfleet", "replay")).toContain("all are decided the same.");
  });

  it("takes another group at once when the cloud has no machines for one, and gives back what it asked for", async () => {
    const witness = cluster.witness(dashboard);
    await denyCapacity(local.stateDirectory, { instanceType: "m7i.xlarge" });
    const job = await submitScript(dashboard, { submissionId: `primes-${Date.now()}`, file: primes, environment: { CHUNKS: "8" } });
    const output = (await waitForJob(dashboard, job, { timeoutSeconds: 240 })) as { result: number };
    await restoreCapacity(local.stateDirectory);
    expect(output.result).toBe(148_933);
    expect(new Set(witness.testimony().machines.map((machine) => machine.instanceType))).toEqual(new Set(["r7i.xlarge"]));
    expect(await workersGone()).toBe(true);
    await witness.stop();
    const groups = await cluster.aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    expect(groups.AutoScalingGroups?.map((group) => group.DesiredCapacity)).toEqual([0, 0, 0]);
  });

  it("buys nothing while somebody has paused it, and goes on when it is resumed", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", cluster.addresses.endpointUrl);
    vi.stubEnv("AWS_ACCESS_KEY_ID", "anyone");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "on-call");
    const where = ["--cluster", cluster.outputs.clusterName, "--region", cluster.addresses.region];
    expect((await runCommand(["pause", ...where, "--reason", "a test"])).output).toContain("paused");
    const holds = async () => ((await (await fetch(`${cluster.addresses.agentUrl}/decision`)).json()) as Page).latest?.holds ?? [];
    for (let look = 0; look < 60 && !(await holds()).some(({ code }) => code === "paused"); look += 1) await sleep(500);
    const job = await submitScript(dashboard, { submissionId: `primes-${Date.now()}`, file: primes, environment: { CHUNKS: "4" } });
    await sleep(8_000);
    expect([await workers(), (await holds()).map(({ code }) => code)]).toEqual([0, expect.arrayContaining(["paused"])]);
    expect((await runCommand(["resume", ...where])).output).toContain("resumed");
    expect((await runCommand(["resume", ...where])).output).toContain("was not paused");
    vi.unstubAllEnvs();
    expect(((await waitForJob(dashboard, job, { timeoutSeconds: 240 })) as { result: number }).result).toBe(148_933);
  });

  it("drains and replaces once a machine of which the queue says that the cloud takes it back", async () => {
    const witness = cluster.witness(dashboard);
    const environment = { CHUNKS: "4", HOLD_SECONDS: "30" };
    const job = await submitScript(dashboard, { submissionId: `primes-${Date.now()}`, file: primes, environment });
    const working = async () => (await dashboard.nodes()).find((node) => !node.isHead && node.alive);
    while ((await working()) === undefined) await sleep(200);
    const [instanceId = ""] = await workerIds();
    // Its tasks start within seconds; the machine itself is told nothing.
    await sleep(5_000);
    const detail = { "instance-id": instanceId, "instance-action": "terminate" };
    await announceEvent(local.stateDirectory, instanceId, {
      source: "aws.ec2",
      detailType: "EC2 Spot Instance Interruption Warning",
      detail,
    });
    const output = (await waitForJob(dashboard, job, { timeoutSeconds: 240 })) as { result: number };
    expect(output.result).toBe(148_933);
    expect(await workersGone()).toBe(true);
    const seen = await witness.stop();
    expect([seen.peakWorkers, seen.machines.length]).toEqual([2, 2]);
    const log = await onHead("sh", "-c", `grep -h ${instanceId} /var/log/rayfleet/*`);
    expect(log).toMatch(new RegExp(`drain ${instanceId}: the cloud takes it back`));
    expect(log).toMatch(new RegExp(`end ${instanceId}: `));
    // A notice stays until the agent, which reads the queue every five seconds, has seen that its machine is gone.
    await expect.poll(queuedMessages, { timeout: 60_000, interval: 1000 }).toEqual(["0", "0"]);
  });

  it("follows a changed configuration while it runs", async () => {
    const name = cluster.outputs.agentConfigParameter;
    const before = (await cluster.aws.ssm.send(new GetParameterCommand({ Name: name }))).Parameter?.Value ?? "";
    const config = agentConfigSchema.parse(JSON.parse(before));
    const changed = {
      ...config,
      groups: config.groups.map((group) => (group.groupName === "gold" ? { ...group, minReplicas: 1 } : group)),
    };
    const put = (Value: string) => cluster.aws.ssm.send(new PutParameterCommand({ Name: name, Value, Overwrite: true }));
    await put(JSON.stringify(changed));
    for (let second = 0; second < 60 && (await workers()) === 0; second += 1) await sleep(1000);
    expect(await workers()).toBe(1);
    await put(before);
    expect(await workersGone()).toBe(true);
  });
});

describe.skipIf(cloudMissing)(`make down${skipNote(cloudMissing)}`, () => {
  const crashed = localStack("local", "test-crash");
  const emulator = (verb: string) => ["--import", "tsx", join(local.projectDirectory, "emulator/main.ts"), verb, "--state", "test-crash"];

  it("leaves nothing after a crash in the middle of make up", async () => {
    const up = spawn(process.execPath, emulator("up"), { cwd: local.projectDirectory, stdio: "ignore" });
    const ended = once(up, "exit");
    while ((await describeCloud(crashed.stateDirectory)) === undefined) await sleep(50);
    // Somewhere in the middle of some hundred calls: the state file has begun and is not whole.
    while (!existsSync(join(crashed.stateDirectory, "local.state.json"))) await sleep(20);
    up.kill("SIGKILL");
    await ended;
    expect(remainsOf(crashed.stateDirectory)).not.toEqual([]);
    await run(process.execPath, emulator("down"), { cwd: local.projectDirectory });
    expect(await describeCloud(crashed.stateDirectory)).toBeUndefined();
    expect(existsSync(crashed.stateDirectory)).toBe(false);
    expect(remainsOf(crashed.stateDirectory)).toEqual([]);
  });
});
