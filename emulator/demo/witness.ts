import { setTimeout as sleep } from "node:timers/promises";
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand, type Instance } from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { AwsSession } from "../provider/awsSession";
import type { RayDashboard } from "./rayDashboard";
import type { MachineLife, MilestoneTimes } from "./timeline";

const LOOK_INTERVAL_MS = 250;
/** `ray status` and the state API cost the head's dashboard some work; once a second is enough. */
const RAY_LOOK_INTERVAL_MS = 1000;

/** The part of the agent's `/decision` that is looked at. */
const agentPageSchema = z.object({
  history: z.array(z.object({ at: z.iso.datetime(), actions: z.array(z.object({ kind: z.string() })) })),
});

/** Where a witness looks. */
export interface WitnessedStack {
  readonly aws: AwsSession;
  readonly dashboard: RayDashboard;
  readonly clusterName: string;
  /** Base address of the agent's page. */
  readonly agentUrl: string;
}

/** What was seen of one run. */
export interface Testimony {
  readonly times: MilestoneTimes;
  /** Workers that lived in the meantime. */
  readonly machines: readonly MachineLife[];
  /** The "Pending:" part of `ray status` at its fullest. */
  readonly pendingLines: readonly string[];
  /** Most workers at one time. */
  readonly peakWorkers: number;
}

/**
 * Watches a run from outside, through the same interfaces that a person has (AWS API, Ray's dashboard, the agent's page), and notes when what happened.
 * Times are those at which something was first seen, at most a second late, save where the source itself gives a time.
 */
export class Witness {
  private readonly times: MilestoneTimes = {};
  private readonly machines = new Map<string, { instanceType: string; launchedAtMs: number; endedAtMs?: number }>();
  private pendingLines: string[] = [];
  private peakWorkers = 0;
  private stopped = false;
  private readonly work: Promise<unknown>;

  constructor(
    private readonly stack: WitnessedStack,
    private readonly startedAtMs: number,
  ) {
    this.work = Promise.all([
      this.every(LOOK_INTERVAL_MS, () => this.lookAtCloud()),
      this.every(LOOK_INTERVAL_MS, () => this.lookAtAgent()),
      this.every(RAY_LOOK_INTERVAL_MS, () => this.lookAtRay()),
    ]);
  }

  /** Notes a time that the caller knows better, e.g. from the job's own output. */
  note(milestone: keyof MilestoneTimes, atMs: number): void {
    this.times[milestone] = atMs;
  }

  /** Workers that run now. */
  workersNow(): number {
    return [...this.machines.values()].filter((machine) => machine.endedAtMs === undefined).length;
  }

  testimony(): Testimony {
    return {
      times: { ...this.times },
      machines: [...this.machines.values()],
      pendingLines: this.pendingLines,
      peakWorkers: this.peakWorkers,
    };
  }

  async stop(): Promise<Testimony> {
    this.stopped = true;
    await this.work;
    return this.testimony();
  }

  private async every(intervalMs: number, look: () => Promise<void>): Promise<void> {
    while (!this.stopped) {
      // A look that fails is a look less: the run itself is judged by the job's result, not by its witness.
      await look().catch(() => undefined);
      await sleep(intervalMs);
    }
  }

  private first(milestone: keyof MilestoneTimes, atMs: number): void {
    this.times[milestone] ??= atMs;
  }

  private async lookAtCloud(): Promise<void> {
    const now = Date.now();
    const groups = await this.stack.aws.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ Filters: [{ Name: "tag:rayfleet:cluster", Values: [this.stack.clusterName] }] }),
    );
    const desired = (groups.AutoScalingGroups ?? []).reduce((sum, group) => sum + (group.DesiredCapacity ?? 0), 0);
    if (desired > 0) this.first("desired capacity set", now);
    const reply = await this.stack.aws.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: "tag:rayfleet:cluster", Values: [this.stack.clusterName] },
          { Name: "tag:rayfleet:role", Values: ["worker"] },
          { Name: "instance-state-name", Values: ["pending", "running"] },
        ],
      }),
    );
    this.noteInstances(reply.Reservations?.flatMap((reservation) => reservation.Instances ?? []) ?? [], now);
  }

  private noteInstances(instances: readonly Instance[], now: number): void {
    const alive = new Set<string>();
    for (const { InstanceId: id = "", InstanceType: instanceType = "", LaunchTime } of instances) {
      alive.add(id);
      if (this.machines.has(id)) continue;
      this.machines.set(id, { instanceType, launchedAtMs: Math.max(LaunchTime?.getTime() ?? now, this.startedAtMs) });
      this.first("first instance launched", now);
    }
    for (const [id, machine] of this.machines) {
      if (alive.has(id) || machine.endedAtMs !== undefined) continue;
      machine.endedAtMs = now;
      this.first("first instance ended", now);
      this.times["last instance ended"] = now;
    }
    this.peakWorkers = Math.max(this.peakWorkers, alive.size);
  }

  private async lookAtAgent(): Promise<void> {
    const response = await fetch(`${this.stack.agentUrl}/decision`, { signal: AbortSignal.timeout(2000) });
    const { history } = agentPageSchema.parse(await response.json());
    const grown = history.map(({ at, actions }) => ({ atMs: Date.parse(at), kinds: actions.map(({ kind }) => kind) }));
    const first = (kind: string) =>
      grown.filter(({ atMs, kinds }) => atMs >= this.startedAtMs && kinds.includes(kind)).map(({ atMs }) => atMs);
    const launches = first("set-desired");
    if (launches.length > 0) this.first("launch decided by the agent", Math.min(...launches));
  }

  private async lookAtRay(): Promise<void> {
    const pending = pendingSection(await this.stack.dashboard.statusText());
    if (pending.length > this.pendingLines.length) this.pendingLines = pending;
    const nodes = (await this.stack.dashboard.nodes()).filter((node) => !node.isHead && node.startedAtMs >= this.startedAtMs);
    const starts = nodes.map((node) => node.startedAtMs);
    if (starts.length > 0) {
      this.first("first node alive in Ray", Math.min(...starts));
      this.times["last node alive in Ray"] = Math.max(...starts);
    }
    const ends = nodes.filter((node) => !node.alive && node.endedAtMs > 0).map((node) => node.endedAtMs);
    if (ends.length > 0) this.first("first idle node drained", Math.min(...ends));
  }
}

/** The lines under "Pending:" in the node part of `ray status`; none when it says "(no pending nodes)". */
export function pendingSection(status: string): string[] {
  const lines = status.split("\n");
  const start = lines.findIndex((line) => line.trim() === "Pending:");
  if (start < 0) return [];
  const section: string[] = [];
  for (const line of lines.slice(start + 1)) {
    if (!line.startsWith(" ") || line.includes("(no pending nodes)")) break;
    section.push(line.trim());
  }
  return section;
}
