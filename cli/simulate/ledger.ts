import type { Run } from "./fleet";
import { type Levels, Timeline, type TimelinePoint } from "./timeline";

/** How long tasks waited from being ready to their start, seconds. */
export interface WaitingTimes {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
}

/** What a policy came to. */
export interface Measures {
  readonly costUsd: number;
  readonly waitingSeconds: WaitingTimes;
  /** Work done over what was bought, from launch to end; absent where none was bought. */
  readonly utilisation: Readonly<Partial<Record<"CPU" | "GPU", number>>>;
  readonly nodes: { readonly peak: number; readonly hours: number };
  readonly launches: number;
  /** Nodes that the cloud had none of when they were asked for. */
  readonly refusedLaunches: number;
  readonly lostNodes: number;
  /** Nodes launched within a boot time of ending an idle one of the same group. */
  readonly regrets: number;
  /** Share of the tasks for which a plan had room that started later than planned: others had taken it. Absent where the policy tells no plan. */
  readonly waitedThoughPlanned?: number;
  readonly apiCalls: { readonly setDesired: number; readonly terminate: number };
  readonly tasks: {
    readonly completed: number;
    /** Started again because their node was lost. */
    readonly restarted: number;
    /** No group could ever hold them; left out. */
    readonly infeasible: number;
    /** Had not come to an end when the simulation did. */
    readonly unfinished: number;
  };
  readonly decisions: number;
  readonly simulatedSeconds: number;
  readonly timeline: readonly TimelinePoint[];
}

const tracked = ["CPU", "GPU"] as const;
type Tracked = (typeof tracked)[number];

/** Times are fractions: a little later is no delay. */
const clockGrainSeconds = 0.001;

/** Keeps the books of one run. Amounts are in Ray's units. */
export class Ledger {
  private readonly waits: { seconds: number; count: number }[] = [];
  private readonly timeline = new Timeline();
  private nowSeconds = 0;
  private usdPerHour = 0;
  private costUsd = 0;
  private nodes = 0;
  private peak = 0;
  private nodeSeconds = 0;
  private readonly bought: Record<Tracked, number> = { CPU: 0, GPU: 0 };
  private readonly used: Record<Tracked, number> = { CPU: 0, GPU: 0 };
  private readonly waiting: Record<Tracked, number> = { CPU: 0, GPU: 0 };
  private readonly boughtSeconds: Record<Tracked, number> = { CPU: 0, GPU: 0 };
  private readonly usedSeconds: Record<Tracked, number> = { CPU: 0, GPU: 0 };
  readonly counts = {
    launches: 0,
    refusedLaunches: 0,
    lostNodes: 0,
    regrets: 0,
    planned: 0,
    late: 0,
    setDesired: 0,
    terminate: 0,
    completed: 0,
    restarted: 0,
    infeasible: 0,
    decisions: 0,
  };

  /** @param shown the resource whose amounts the timeline tells */
  constructor(private readonly shown: Tracked) {}

  /** Time passes, with everything as it is. */
  advance(toSeconds: number): void {
    const passed = toSeconds - this.nowSeconds;
    if (passed <= 0) return;
    this.costUsd += (this.usdPerHour * passed) / 3600;
    this.nodeSeconds += this.nodes * passed;
    for (const name of tracked) {
      this.boughtSeconds[name] += this.bought[name] * passed;
      this.usedSeconds[name] += this.used[name] * passed;
    }
    this.timeline.add(this.nowSeconds, toSeconds, this.levels());
    this.nowSeconds = toSeconds;
  }

  /** A node is paid from now on (1) or no longer (−1). */
  node(resources: Readonly<Record<string, number>>, pricePerHourUsd: number, change: 1 | -1): void {
    this.nodes += change;
    this.peak = Math.max(this.peak, this.nodes);
    this.usdPerHour = this.nodes === 0 ? 0 : this.usdPerHour + change * pricePerHourUsd;
    for (const name of tracked) this.bought[name] += change * (resources[name] ?? 0);
  }

  /** Tasks wait from now on, or (negative) no longer. */
  wait(shape: Readonly<Record<string, number>>, count: number): void {
    for (const name of tracked) this.waiting[name] += count * (shape[name] ?? 0);
  }

  started({ lot, count }: Run): void {
    this.wait(lot.kind.shape, -count);
    for (const name of tracked) this.used[name] += count * (lot.kind.shape[name] ?? 0);
    if (lot.promisedSeconds !== undefined) this.counts.planned += count;
    if (this.nowSeconds > (lot.promisedSeconds ?? this.nowSeconds) + clockGrainSeconds) this.counts.late += count;
    const seconds = this.nowSeconds - lot.readySeconds;
    const last = this.waits.at(-1);
    if (last?.seconds === seconds) last.count += count;
    else this.waits.push({ seconds, count });
  }

  /** A run is over: its tasks are done, or were lost. */
  stopped({ lot, count }: Run): void {
    for (const name of tracked) this.used[name] -= count * (lot.kind.shape[name] ?? 0);
  }

  close(unfinished: number): Measures {
    const { counts } = this;
    const utilisation: Partial<Record<Tracked, number>> = {};
    for (const name of tracked) if (this.boughtSeconds[name] > 0) utilisation[name] = this.usedSeconds[name] / this.boughtSeconds[name];
    return {
      costUsd: this.costUsd,
      waitingSeconds: waitingTimes(this.waits),
      utilisation,
      nodes: { peak: this.peak, hours: this.nodeSeconds / 3600 },
      launches: counts.launches,
      refusedLaunches: counts.refusedLaunches,
      lostNodes: counts.lostNodes,
      regrets: counts.regrets,
      ...(counts.planned === 0 ? {} : { waitedThoughPlanned: counts.late / counts.planned }),
      apiCalls: { setDesired: counts.setDesired, terminate: counts.terminate },
      tasks: { completed: counts.completed, restarted: counts.restarted, infeasible: counts.infeasible, unfinished },
      decisions: counts.decisions,
      simulatedSeconds: this.nowSeconds,
      timeline: this.timeline.points(this.nowSeconds),
    };
  }

  private levels(): Levels {
    const used = this.used[this.shown];
    return { nodes: this.nodes, bought: this.bought[this.shown], used, wanted: used + this.waiting[this.shown] };
  }
}

/** The waiting time that a share of the tasks does not exceed, and so on; 0 when there are none. */
export function waitingTimes(waits: readonly { readonly seconds: number; readonly count: number }[]): WaitingTimes {
  const sorted = [...waits].sort((one, other) => one.seconds - other.seconds);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  const atShare = (share: number) => {
    let seen = 0;
    const reaches = ({ count }: { count: number }) => {
      seen += count;
      return seen >= share * total;
    };
    return sorted.find(reaches)?.seconds ?? 0;
  };
  const sum = sorted.reduce((all, { seconds, count }) => all + seconds * count, 0);
  return {
    mean: total === 0 ? 0 : sum / total,
    p50: atShare(0.5),
    p95: atShare(0.95),
    p99: atShare(0.99),
    longest: sorted.at(-1)?.seconds ?? 0,
  };
}
