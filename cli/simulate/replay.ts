import { Backlog, type Lot, type WorkKind } from "./backlog";
import { type Period, seededChance, waitingTime } from "./chance";
import { EventQueue } from "./eventQueue";
import { Fleet, type FleetGroup, type FleetNode, type Run } from "./fleet";
import { Ledger, type Measures } from "./ledger";
import { HybridOrder, type PlacementRule } from "./nodeOrder";
import { Placement } from "./placement";
import { ResourceSpace } from "./resourceSpace";
import type { Setup } from "./setup";
import { Situations } from "./situations";
import type { Choice, Strategy } from "./strategies/strategy";
import type { Trace, TraceJob } from "./trace";

/** What happens beside the trace, and how finely it is looked at. */
export interface Conditions {
  /** Time between two decisions at least, for policies without a loop of their own. */
  readonly tickSeconds: number;
  readonly seed: number;
  /** How single tasks find their node. */
  readonly placement: PlacementRule;
  /** Of each node of a spot group, on average. 0: none. */
  readonly spotLossesPerHour: number;
  /** Group → when the cloud has no machine for it. */
  readonly outages: ReadonlyMap<string, readonly Period[]>;
}

/** One run: this work, on this cluster, with this policy. */
export interface Replay {
  readonly trace: Trace;
  readonly setup: Setup;
  readonly strategy: Strategy;
  readonly conditions: Conditions;
  /** Told now and then how much of the work is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

type Event =
  | { readonly kind: "end"; readonly runs: readonly Run[] }
  | { readonly kind: "join" | "loss"; readonly node: FleetNode }
  /** The node may have been idle for its time. */
  | { readonly kind: "idle"; readonly node: FleetNode; readonly sinceSeconds: number }
  | { readonly kind: "look" };

/** After a refusal the cloud is not asked for the group again for so long: about what a short outage lasts. */
const refusalPauseSeconds = 180;

/** Past the time in which all work could have been done twice over, the rest is called unfinished. */
const patienceSeconds = 7 * 86_400;

const progressEveryDecisions = 50;

/** Times are fractions: a little later is surely past a time-out. */
const clockGrainSeconds = 0.001;

/**
 * Replays a trace in simulated time.
 *
 * Guarantees: each feasible task comes to its end once, unless the simulation gives up on it and says so; no node holds more than it has; no
 * group and no cluster above its maximum, whatever the policy asks; equal input gives an equal result.
 */
export function replay(input: Replay): Measures {
  return new Simulation(input).run();
}

class Simulation {
  private readonly space: ResourceSpace;
  private readonly fleet: Fleet;
  private readonly backlog: Backlog;
  private readonly ledger: Ledger;
  private readonly placement: Placement;
  private readonly situations: Situations;
  private readonly events = new EventQueue<Event>();
  private readonly arrivals: readonly { readonly job: TraceJob; readonly lot: Lot }[];
  private readonly loopSeconds: number;
  private readonly lastSeconds: number;
  private readonly allTasks: number;
  private arrived = 0;
  private nowSeconds = 0;
  private lookedSeconds = Number.NEGATIVE_INFINITY;
  /** Something is different from what the policy saw last. */
  private hasChanged = true;
  private runningTasks = 0;
  private readonly freed = new Set<FleetNode>();
  private readonly fresh = new Set<WorkKind>();
  private started = new Map<Lot, Run[]>();

  constructor(private readonly input: Replay) {
    const { trace, setup, strategy, conditions } = input;
    this.space = new ResourceSpace([...setup.groups.map(({ group }) => group.resources), ...trace.jobs.map(({ shape }) => shape)]);
    this.fleet = new Fleet(this.space, setup.groups);
    this.backlog = new Backlog(this.space, setup.groups);
    this.ledger = new Ledger(shownResource(input));
    const hybrid = conditions.placement === "pack" ? undefined : new HybridOrder(this.space, seededChance(conditions.seed, "placement"));
    this.placement = new Placement(this.fleet, this.backlog, (lot, node, count) => this.start(lot, node, count), hybrid);
    this.situations = new Situations(setup, this.fleet, this.backlog, (from, to) => this.arrivalsBetween(from, to));
    this.arrivals = trace.jobs.flatMap((job) => this.arrivalOf(job));
    this.allTasks = this.arrivals.reduce((sum, { lot }) => sum + lot.left, 0);
    this.loopSeconds = strategy.loopSeconds ?? conditions.tickSeconds;
    const longest = trace.jobs.reduce((most, { durationSeconds }) => Math.max(most, durationSeconds), 0);
    this.lastSeconds = 2 * ((trace.jobs.at(-1)?.arrivalSeconds ?? 0) + longest) + patienceSeconds;
  }

  run(): Measures {
    this.planLooks();
    for (let at = this.nextMoment(); at !== undefined && at <= this.lastSeconds && !this.isOver(at); at = this.nextMoment()) {
      this.nowSeconds = at;
      this.ledger.advance(at);
      this.arrive();
      this.happen();
      this.place();
      if (this.hasChanged && at >= this.lookedSeconds + this.loopSeconds) this.look();
    }
    return this.ledger.close(this.allTasks - this.ledger.counts.completed);
  }

  /** Who looks ahead has to look before the work comes. */
  private planLooks(): void {
    const { leadSeconds } = this.input.strategy;
    if (leadSeconds === undefined) return;
    for (const { job } of this.arrivals) this.events.add(Math.max(0, job.arrivalSeconds - leadSeconds), { kind: "look" });
  }

  private nextMoment(): number | undefined {
    const times = [
      this.arrivals[this.arrived]?.job.arrivalSeconds,
      this.events.nextSeconds(),
      this.hasChanged ? Math.max(this.nowSeconds, this.lookedSeconds + this.loopSeconds) : undefined,
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Nothing left to do, and every idle node that a time-out can end has ended. */
  private isOver(atSeconds: number): boolean {
    if (this.arrived < this.arrivals.length || this.runningTasks > 0 || !this.backlog.isEmpty()) return false;
    return !this.fleet.nodes().some((node) => node.state === "starting" || this.mayStillEnd(node, atSeconds));
  }

  private mayStillEnd({ group, idleSinceSeconds }: FleetNode, atSeconds: number): boolean {
    const timeout = this.timeoutOf(group);
    const isSpare = group.nodeCount > (group.simulated.group.minReplicas ?? 0);
    return isSpare && timeout !== undefined && atSeconds <= (idleSinceSeconds ?? 0) + timeout + 2 * this.loopSeconds + 1;
  }

  private arrivalOf(job: TraceJob): { job: TraceJob; lot: Lot }[] {
    const lot = this.backlog.lotOf(job);
    if (lot === undefined) this.ledger.counts.infeasible += job.count;
    return lot === undefined ? [] : [{ job, lot }];
  }

  private arrivalsBetween(fromSeconds: number, toSeconds: number): readonly { readonly job: TraceJob; readonly lot: Lot }[] {
    const coming: { readonly job: TraceJob; readonly lot: Lot }[] = [];
    for (let i = this.arrived; i < this.arrivals.length; i += 1) {
      const arrival = this.arrivals[i];
      if (arrival === undefined || arrival.job.arrivalSeconds > toSeconds) break;
      if (arrival.job.arrivalSeconds > fromSeconds) coming.push(arrival);
    }
    return coming;
  }

  private arrive(): void {
    for (;;) {
      const arrival = this.arrivals[this.arrived];
      if (arrival === undefined || arrival.job.arrivalSeconds > this.nowSeconds) return;
      this.arrived += 1;
      this.enqueue(arrival.lot);
    }
  }

  private enqueue(lot: Lot): void {
    this.backlog.add(lot);
    this.ledger.wait(lot.kind.shape, lot.left);
    this.fresh.add(lot.kind);
    this.hasChanged = true;
  }

  private happen(): void {
    for (let due = this.events.nextSeconds(); due !== undefined && due <= this.nowSeconds; due = this.events.nextSeconds()) {
      const event = this.events.take();
      if (event !== undefined) this.handle(event);
    }
  }

  private handle(event: Event): void {
    switch (event.kind) {
      case "end":
        for (const run of event.runs) if (!run.isOver) this.complete(run);
        return;
      case "join":
        if (event.node.state !== "starting") return;
        this.fleet.join(event.node, this.nowSeconds);
        this.rest(event.node);
        return;
      case "loss":
        if (event.node.state !== "gone") this.lose(event.node);
        return;
      case "idle":
        if (event.node.state === "running" && event.node.idleSinceSeconds === event.sinceSeconds) this.outlive(event.node);
        return;
      case "look":
        this.hasChanged = true;
        return;
    }
  }

  private complete(run: Run): void {
    this.release(run);
    this.ledger.counts.completed += run.count;
  }

  private release(run: Run): void {
    this.fleet.finish(run, this.nowSeconds);
    this.ledger.stopped(run);
    this.runningTasks -= run.count;
    this.rest(run.node);
  }

  /** A node has got room, and perhaps nothing to do. */
  private rest(node: FleetNode): void {
    this.freed.add(node);
    this.hasChanged = true;
    this.watchIdle(node);
  }

  private watchIdle(node: FleetNode): void {
    const { idleSinceSeconds: sinceSeconds } = node;
    const timeout = sinceSeconds === undefined ? undefined : this.timeoutOf(node.group);
    if (sinceSeconds === undefined || timeout === undefined) return;
    this.events.add(Math.max(this.nowSeconds, sinceSeconds + timeout) + clockGrainSeconds, { kind: "idle", node, sinceSeconds });
  }

  /** The time-out that was foreseen is over. A policy may have become more patient since. */
  private outlive(node: FleetNode): void {
    if (this.isOverdue(node)) this.hasChanged = true;
    else this.watchIdle(node);
  }

  private isOverdue({ group, idleSinceSeconds }: FleetNode): boolean {
    const timeout = this.timeoutOf(group);
    return timeout !== undefined && idleSinceSeconds !== undefined && this.nowSeconds - idleSinceSeconds >= timeout;
  }

  private lose(node: FleetNode): void {
    const failed = new Set([...node.runs].flatMap((run) => (run.lot.isGang ? run.together : [run])));
    this.ledger.counts.lostNodes += 1;
    this.end(node);
    const again = new Map<Lot, number>();
    for (const run of failed) {
      if (run.isOver) continue;
      this.release(run);
      again.set(run.lot, (again.get(run.lot) ?? 0) + run.count);
    }
    for (const [lot, count] of again) {
      this.ledger.counts.restarted += count;
      this.enqueue({ ...lot, left: count, readySeconds: this.nowSeconds, promisedSeconds: undefined });
    }
    this.freed.delete(node);
  }

  private place(): void {
    if (this.freed.size > 0) this.placement.onNodes([...this.freed].filter(({ state }) => state === "running"));
    else if (this.fresh.size > 0) this.placement.placeGangs();
    this.placement.newKinds(this.fresh);
    this.freed.clear();
    this.fresh.clear();
    for (const [lot, runs] of this.started) this.events.add(this.nowSeconds + lot.durationSeconds, { kind: "end", runs });
    this.started = new Map();
  }

  private start(lot: Lot, node: FleetNode, count: number): void {
    const together = this.started.get(lot) ?? [];
    this.started.set(lot, together);
    const run: Run = { node, lot, count, endsSeconds: this.nowSeconds + lot.durationSeconds, together, isOver: false };
    together.push(run);
    this.fleet.start(run);
    this.ledger.started(run);
    this.runningTasks += count;
  }

  private timeoutOf({ simulated: { group } }: FleetGroup): number | undefined {
    return this.input.strategy.idleTimeoutSeconds(group, this.input.setup.idleTimeoutSeconds, this.nowSeconds);
  }

  private look(): void {
    const { strategy, onProgress } = this.input;
    this.hasChanged = false;
    this.lookedSeconds = this.nowSeconds;
    if (strategy.leadSeconds === undefined && !this.isAnythingToDecide()) return;
    this.ledger.counts.decisions += 1;
    const waiting = this.backlog.waitingKinds();
    const choice = strategy.choose(this.situations.at(this.nowSeconds, this.loopSeconds));
    if (this.apply(choice)) this.promise(waiting, choice.planned ?? []);
    if (this.ledger.counts.decisions % progressEveryDecisions === 0)
      onProgress?.(this.ledger.counts.completed / Math.max(1, this.allTasks));
  }

  /** Without waiting work, missing minimum and overdue idle node no policy has anything to do, and need not be asked. */
  private isAnythingToDecide(): boolean {
    if (!this.backlog.isEmpty()) return true;
    if (this.fleet.groups.some(({ nodeCount, simulated }) => nodeCount < (simulated.group.minReplicas ?? 0))) return true;
    return this.fleet.runningNodes().some((node) => this.isOverdue(node));
  }

  /** What the plan has room for should start when the last node of it has come. Later launches only add to that. */
  private promise(waiting: readonly WorkKind[], planned: readonly number[]): void {
    const starting = this.fleet.nodes().filter(({ state }) => state === "starting");
    const bootSeconds = starting.reduce((longest, { group }) => Math.max(longest, group.simulated.bootSeconds), 0);
    for (const [position, kind] of waiting.entries()) {
      let room = planned[position] ?? 0;
      for (const lot of kind.queue) {
        room -= lot.left;
        if (room < 0) break;
        lot.promisedSeconds ??= this.nowSeconds + bootSeconds;
      }
    }
  }

  /** @returns false when the cloud refused a part of it */
  private apply({ launch, drain }: Choice): boolean {
    const refusedBefore = this.ledger.counts.refusedLaunches;
    for (const id of drain) {
      const node = this.fleet.runningNodes().find((one) => one.id === id);
      if (node === undefined || node.runs.size > 0) continue;
      node.group.endings.push(this.nowSeconds);
      this.ledger.counts.terminate += 1;
      this.end(node);
      this.hasChanged = true;
    }
    for (const { groupName, count } of launch) {
      const group = this.fleet.groups.find(({ simulated }) => simulated.group.groupName === groupName);
      if (group !== undefined) this.launch(group, count);
    }
    return this.ledger.counts.refusedLaunches === refusedBefore;
  }

  private launch(group: FleetGroup, count: number): void {
    const { groupName, maxReplicas } = group.simulated.group;
    const roomInAll = (this.input.setup.limits.maxReplicas ?? Number.POSITIVE_INFINITY) - this.fleet.nodes().length;
    const nodes = Math.min(count, maxReplicas - group.nodeCount, roomInAll);
    if (nodes <= 0) return;
    this.hasChanged = true;
    this.ledger.counts.setDesired += 1;
    const outages = this.input.conditions.outages.get(groupName) ?? [];
    if (outages.some(({ fromSeconds, toSeconds }) => this.nowSeconds >= fromSeconds && this.nowSeconds < toSeconds)) {
      this.ledger.counts.refusedLaunches += nodes;
      group.refusedUntilSeconds = this.nowSeconds + refusalPauseSeconds;
      this.events.add(group.refusedUntilSeconds, { kind: "look" });
      return;
    }
    this.countRegrets(group, nodes);
    for (let i = 0; i < nodes; i += 1) this.buy(group);
  }

  private countRegrets(group: FleetGroup, nodes: number): void {
    const since = this.nowSeconds - group.simulated.bootSeconds;
    const recent = group.endings.filter((at) => at >= since);
    const regrets = Math.min(recent.length, nodes);
    this.ledger.counts.regrets += regrets;
    group.endings.splice(0, group.endings.length, ...recent.slice(regrets));
  }

  private buy(group: FleetGroup): void {
    const { conditions } = this.input;
    const node = this.fleet.launch(group);
    this.ledger.counts.launches += 1;
    this.ledger.node(group.simulated.group.resources, group.simulated.group.pricePerHourUsd ?? 0, 1);
    this.events.add(this.nowSeconds + group.simulated.bootSeconds, { kind: "join", node });
    if (group.simulated.spot && conditions.spotLossesPerHour > 0) {
      const lifeSeconds = waitingTime(seededChance(conditions.seed, `loss of ${node.id}`), 3600 / conditions.spotLossesPerHour);
      this.events.add(this.nowSeconds + lifeSeconds, { kind: "loss", node });
    }
  }

  private end(node: FleetNode): void {
    this.fleet.end(node);
    this.ledger.node(node.group.simulated.group.resources, node.group.simulated.group.pricePerHourUsd ?? 0, -1);
    this.hasChanged = true;
  }
}

/** What the plot over time is about: GPUs when the trace asks for any, CPUs otherwise. */
export function shownResource({ trace, setup }: Pick<Replay, "trace" | "setup">): "CPU" | "GPU" {
  const asked = trace.jobs.some(({ shape }) => (shape["GPU"] ?? 0) > 0);
  return asked && setup.groups.some(({ group }) => (group.resources["GPU"] ?? 0) > 0) ? "GPU" : "CPU";
}
