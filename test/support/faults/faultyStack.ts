import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { nodePorts } from "../../../contract/ports";
import { startCloud } from "../../../emulator/cloud/cloud";
import { listMachines, machineExec } from "../../../emulator/cloud/machineCommands";
import { runDown } from "../../../emulator/commands/down";
import { Progress } from "../../../emulator/commands/progress";
import { openCluster } from "../../../emulator/commands/upStack";
import type { RayDashboard } from "../../../emulator/demo/rayDashboard";
import { type SubmittedJob, submitScript, waitForJob } from "../../../emulator/demo/submitScript";
import { runStack } from "../../../emulator/engine/runStack";
import { loadStackConfiguration } from "../../../emulator/engine/stackConfiguration";
import { HeadFaults } from "../../../emulator/faults/headFaults";
import type { LocalCluster } from "../../../emulator/localCluster";
import type { LocalStack } from "../../../emulator/localStack";
import { GroupWatch } from "./groupWatch";

const READY_TIMEOUT_SECONDS = 240;
/** A machine that is lost has three minutes to come back; another is bought for its work after one. */
const JOB_TIMEOUT_SECONDS = 420;
const GONE_TIMEOUT_SECONDS = 240;
const LOOK_EVERY_MS = 100;
/** Long enough for a head that Ray starts anew on, so that workers come back to it. */
const ORPHAN_TIMEOUT_SECONDS = 90;
/** On the head, and not on its disk. */
const GATE = "/run/rayfleet-faults/gate";
const quiet = new Progress(() => undefined);
const never = new AbortController().signal;

const outcomeSchema = z.object({
  tasks: z.array(z.object({ started: z.number(), ended: z.number(), instance: z.string() })).min(1),
  attempts: z.int(),
});

/** Where and when the tasks of a job ran. Seconds since the epoch. */
export type WorkOutcome = z.infer<typeof outcomeSchema>;

/** What is asked of the cluster. */
export interface Work {
  readonly groupName: string;
  /** Each takes a whole machine. @default 1 */
  readonly tasks?: number;
  /** @default 1 */
  readonly holdSeconds?: number;
  /** Nothing is asked for before {@link FaultyStack.openGate}. @default false */
  readonly gated?: boolean;
}

/** Work under way. */
export interface RunningWork {
  readonly job: SubmittedJob;
  readonly groupName: string;
  /** Machines that the group had ever had before. */
  readonly before: ReadonlySet<string>;
}

/** A cluster with real Ray whose agent calls everything through a proxy that breaks things. */
export class FaultyStack {
  private constructor(
    readonly local: LocalStack,
    readonly cluster: LocalCluster,
    readonly dashboard: RayDashboard,
    readonly faults: HeadFaults,
    readonly watch: GroupWatch,
  ) {}

  static async up(local: LocalStack): Promise<FaultyStack> {
    await runDown(local, never, quiet);
    const cluster = await bringUp(local);
    const dashboard = await cluster.waitUntilReady({ timeoutSeconds: READY_TIMEOUT_SECONDS, onStage: () => undefined });
    const { headInstanceId: instanceId, headPrivateAddress: privateAddress } = cluster.outputs;
    const faults = await HeadFaults.install({ stateDirectory: local.stateDirectory, instanceId, privateAddress });
    const stack = new FaultyStack(local, cluster, dashboard, faults, new GroupWatch(cluster));
    await stack.until(
      "the agent looks through the proxy",
      async () => ((await faults.counts()).calls["DescribeAutoScalingGroups"] ?? 0) > 1,
    );
    return stack;
  }

  /** Leaves nothing, from whatever state. */
  static async down(local: LocalStack): Promise<void> {
    await runDown(local, never, quiet);
  }

  /** Waits for a condition. @throws Error with what was waited for */
  async until(what: string, holds: () => Promise<boolean> | boolean, timeoutSeconds = 60): Promise<void> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`not within ${timeoutSeconds} s: ${what}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  async submit({ groupName, tasks = 1, holdSeconds = 1, gated = false }: Work): Promise<RunningWork> {
    await this.faults.shell(gated ? `rm -f ${GATE}` : `touch ${GATE}`);
    const before = new Set(this.watch.ever(groupName));
    const job = await submitScript(this.dashboard, {
      submissionId: `held-${Date.now()}`,
      file: join(__dirname, "heldTasks.py"),
      environment: { GROUP: groupName, TASKS: String(tasks), HOLD_SECONDS: String(holdSeconds), GATE },
    });
    return { job, groupName, before };
  }

  async openGate(): Promise<void> {
    await this.faults.shell(`touch ${GATE}`);
  }

  /** Waits until all tasks run. */
  async untilRunning(work: RunningWork): Promise<void> {
    await this.untilSaid(work, "running");
  }

  /** Waits for a line of the driver: `waits` at a closed gate, `running` when all tasks do. */
  async untilSaid({ job }: RunningWork, line: "waits" | "running"): Promise<void> {
    const said = async () => (await this.dashboard.jobLogs(job.submissionId)).split("\n").includes(line);
    await this.until(`${job.submissionId} says ${line}`, said, JOB_TIMEOUT_SECONDS);
  }

  async finish({ job }: RunningWork): Promise<WorkOutcome> {
    return outcomeSchema.parse(await waitForJob(this.dashboard, job, { timeoutSeconds: JOB_TIMEOUT_SECONDS }));
  }

  /** Machines that the group has had since the work was submitted. */
  newMachines({ groupName, before }: RunningWork): readonly string[] {
    return [...this.watch.ever(groupName)].filter((id) => !before.has(id));
  }

  /** Waits until the group has no machine and asks for none. */
  async untilGone(groupName: string): Promise<void> {
    await this.until(`no machine in ${groupName}`, () => this.watch.now(groupName).length === 0, GONE_TIMEOUT_SECONDS);
  }

  /** Waits until Ray calls the machine's node alive, or dead. */
  async untilNode(instanceId: string, alive: boolean): Promise<void> {
    const address = await this.addressOf(instanceId);
    const seen = async () => {
      const nodes = (await this.dashboard.nodes().catch(() => [])).filter((node) => node.nodeIp === address);
      return nodes.length > 0 && nodes.some((node) => node.alive) === alive;
    };
    await this.until(`${instanceId} is ${alive ? "alive" : "dead"} in Ray`, seen, 120);
  }

  /** The head's node in Ray; another one when Ray was started anew. Undefined: none is alive, or nobody answers. */
  async headNodeId(): Promise<string | undefined> {
    const nodes = await this.dashboard.nodes().catch(() => []);
    return nodes.find(({ isHead, alive }) => isHead && alive)?.nodeId;
  }

  /** Kills every process of that name on a machine. */
  async killOn(instanceId: string, processName: string): Promise<void> {
    const script = 'for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = "$1" ] && kill -9 ${p#/proc/} && echo killed; done; true';
    const { stdout } = await machineExec(this.local.stateDirectory, instanceId, { argv: ["sh", "-c", script, "sh", processName] });
    if (!stdout.includes("killed")) throw new Error(`${instanceId}: no process ${processName} was killed`);
  }

  /** All that the agent says of its last tick. */
  async said(): Promise<string> {
    const answer = await fetch(`${this.cluster.addresses.agentUrl}/decision`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    return (await answer?.text()) ?? "";
  }

  private async addressOf(instanceId: string): Promise<string> {
    const machines = await listMachines(this.local.stateDirectory);
    return machines.find((machine) => machine.instanceId === instanceId)?.address ?? "";
  }
}

/** The local stack, whose workers wait less long for a head that is lost. */
async function bringUp(local: LocalStack): Promise<LocalCluster> {
  const { projectDirectory: directory, stack, stateDirectory, venvDirectory } = local;
  const forwards = [
    { name: "dashboard", headPort: nodePorts.dashboard },
    { name: "agent", headPort: nodePorts.agentMetrics },
  ];
  const loaded = await loadStackConfiguration({ directory, stack });
  const key = "rayfleet:cluster";
  const cluster: object = { ...JSON.parse(loaded.values[key] ?? ""), orphanTimeoutSeconds: ORPHAN_TIMEOUT_SECONDS };
  const configuration = { ...loaded, values: { ...loaded.values, [key]: JSON.stringify(cluster) } };
  const cloud = await startCloud({ stateDirectory, venvDirectory, forwards });
  const { outputs } = await runStack({ directory, stack, stateDirectory, endpointUrl: cloud.endpointUrl, configuration, verb: "up" });
  return openCluster(cloud, outputs);
}
