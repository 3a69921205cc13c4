import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { GroupAssessment } from "../decide/tick/groups";
import type { InstanceAssessment, InstancePhase } from "../decide/tick/instances";
import type { NoticesObservation } from "../decide/tick/machineNotices";
import type { TickRecord } from "../tickRecord";
import { type MetricDescription, type MetricName, metricList } from "./metricList";
import { shownText } from "./shownText";

const phases: readonly InstancePhase[] = ["starting", "running", "draining", "drained", "expired", "ending", "hands-off"];

const MOST_RESOURCES = 50;

/** The agent's metrics. One of its own registry, so that a test can have many. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #metrics = new Map<string, Counter | Gauge | Histogram>();
  #session = "";
  #configFailures = 0;
  #noticesDropped = 0;
  readonly #regrets = new Map<string, number>();

  constructor() {
    for (const description of metricList as readonly MetricDescription[]) {
      this.#metrics.set(description.name, this.#make(description));
    }
  }

  /** The Prometheus text form. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Takes in one tick. */
  record(record: TickRecord): void {
    const { observation, assessment } = record;
    this.#session = shownText(assessment.memory.sessionName);
    this.#count("rayfleet_ticks_total", {});
    this.#observe("autoscaler_update_time_seconds", this.#withSession({}), record.durationMs / 1000);
    this.#set("rayfleet_last_tick_timestamp_seconds", {}, (record.epochMs + record.durationMs) / 1000);
    this.#set("rayfleet_paused", {}, record.holds.some(({ code }) => code === "paused") ? 1 : 0);
    this.#set("rayfleet_breaker_open", {}, assessment.breaker.isOpen ? 1 : 0);
    this.#set("rayfleet_dry_run", {}, record.config.dryRun ? 1 : 0);
    this.#set("rayfleet_ray_known", {}, assessment.memory.completeViews > 0 ? 1 : 0);
    this.#recordHolds(record);
    this.#recordNotices(observation.notices);
    this.#recordGroups(assessment.groups, observation.nowMs);
    this.#recordDemand(record);
    this.#recordOutcomes(record);
  }

  /** Takes in how many configurations could not be used so far. */
  recordConfigFailures(total: number): void {
    this.#count("autoscaler_config_validation_exceptions_total", this.#withSession({}), total - this.#configFailures);
    this.#configFailures = total;
  }

  /** A report that did not reach its receiver. */
  recordReportError(receiver: string): void {
    this.#count("rayfleet_report_errors_total", { receiver });
  }

  #recordHolds(record: TickRecord): void {
    this.#reset("rayfleet_holds");
    for (const { code } of record.holds) {
      (this.#metrics.get("rayfleet_holds") as Gauge).inc({ code });
    }
  }

  #recordNotices({ notices, droppedCount }: NoticesObservation): void {
    this.#reset("rayfleet_machine_notices");
    for (const { kind } of notices.values()) {
      (this.#metrics.get("rayfleet_machine_notices") as Gauge).inc({ kind });
    }
    this.#count("rayfleet_notices_dropped_total", {}, droppedCount - this.#noticesDropped);
    this.#noticesDropped = droppedCount;
  }

  #recordGroups(groups: readonly GroupAssessment[], nowMs: number): void {
    // Groups come and go with the configuration; what is not set again is gone.
    const perGroup = [...metricList].filter(
      ({ kind, labels }) => kind === "gauge" && labels.some((label) => ["group", "NodeType", "resource"].includes(label)),
    );
    for (const { name } of perGroup) {
      this.#reset(name);
    }
    const totals = { cluster: new Map<string, number>(), pending: new Map<string, number>() };
    for (const group of groups) {
      this.#recordGroup(group, nowMs);
      const running = inPhase(group, "running");
      for (const { node } of running) {
        addTo(totals.cluster, node?.total ?? group.resources, 1);
      }
      addTo(totals.pending, group.resources, pendingCount(group));
    }
    const running = groups.reduce((sum, group) => sum + inPhase(group, "running").length, 0);
    this.#set("autoscaler_running_workers_nodes", this.#withSession({}), running);
    for (const [resource, amount] of shownResources(totals.cluster)) {
      this.#set("autoscaler_cluster_resources", this.#withSession({ resource }), amount);
    }
    for (const [resource, amount] of shownResources(totals.pending)) {
      this.#set("autoscaler_pending_resources", this.#withSession({ resource }), amount);
    }
  }

  #recordGroup(assessment: GroupAssessment, nowMs: number): void {
    const group = assessment.group.groupName;
    const nodeType = this.#withSession({ NodeType: group });
    const count = (phase: InstancePhase) => inPhase(assessment, phase).length;
    this.#set("autoscaler_pending_nodes", nodeType, pendingCount(assessment));
    this.#set("autoscaler_active_nodes", nodeType, count("running"));
    this.#set("autoscaler_recently_failed_nodes", nodeType, count("draining") + count("drained") + count("expired") + count("ending"));
    this.#set("rayfleet_group_known", { group }, assessment.fresh ? 1 : 0);
    this.#set("rayfleet_group_available", { group }, assessment.unavailable === undefined ? 1 : 0);
    if (assessment.state !== undefined) {
      this.#set("rayfleet_group_desired_size", { group }, assessment.state.desired);
    }
    this.#set("rayfleet_group_min_replicas", { group }, assessment.minReplicas);
    this.#set("rayfleet_group_max_replicas", { group }, assessment.maxReplicas);
    this.#set("rayfleet_group_awaited_instances", { group }, assessment.awaited);
    this.#set("rayfleet_group_idle_timeout_seconds", { group }, assessment.targets.idleTimeout.seconds);
    if (assessment.targets.bootSeconds !== undefined) {
      this.#set("rayfleet_group_usual_boot_seconds", { group }, assessment.targets.bootSeconds);
    }
    const { total } = assessment.memory.regrets;
    this.#count("rayfleet_regrets_total", { group }, Math.max(0, total - (this.#regrets.get(group) ?? 0)));
    this.#regrets.set(group, total);
    for (const phase of phases) {
      this.#set("rayfleet_group_instances", { group, phase }, count(phase));
    }
    for (const { memory } of assessment.instances.filter((known) => known.memory.joinedMs === nowMs)) {
      this.#count("autoscaler_started_nodes_total", this.#withSession({}));
      // A machine that was in Ray before this agent started says nothing about boot times.
      if (memory.launchTimeKnown) {
        this.#observe("rayfleet_boot_seconds", { group }, (nowMs - memory.startedMs) / 1000);
      }
    }
  }

  #recordDemand({ assessment, reply }: TickRecord): void {
    const { request } = assessment;
    if (request === undefined) {
      return;
    }
    const sum = (demands: readonly { readonly count: number }[]) => demands.reduce((total, demand) => total + demand.count, 0);
    this.#set("rayfleet_pending_demands", { kind: "task" }, sum(request.demands));
    this.#set("rayfleet_pending_demands", { kind: "gang" }, request.gangs.length);
    this.#set("rayfleet_pending_demands", { kind: "requested" }, sum(request.requested));
    for (const [name, unserved] of [
      ["rayfleet_infeasible_demands", reply?.infeasible],
      ["rayfleet_over_limit_demands", reply?.overLimit],
    ] as const) {
      this.#set(name, { kind: "task" }, sum(unserved?.demands ?? []));
      this.#set(name, { kind: "gang" }, unserved?.gangs.length ?? 0);
      this.#set(name, { kind: "requested" }, sum(unserved?.requested ?? []));
    }
    if (reply !== undefined) {
      this.#set("rayfleet_cost_per_hour_usd", {}, reply.costPerHourUsd);
      this.#set("rayfleet_cost_lower_bound_per_hour_usd", {}, reply.lowerBoundPerHourUsd);
    }
  }

  #recordOutcomes({ outcomes, observation }: TickRecord): void {
    for (const { action, outcome } of outcomes) {
      this.#count("rayfleet_actions_total", { kind: action.kind, outcome: outcome.kind });
      if (outcome.kind === "failed" && "error" in outcome) {
        this.#count("rayfleet_backend_errors_total", { code: outcome.error.code });
      }
      if (action.kind === "terminate" && outcome.kind === "done") {
        this.#count("autoscaler_stopped_nodes_total", this.#withSession({}));
      }
      if (action.kind === "set-desired" && outcome.kind === "failed") {
        this.#count("autoscaler_failed_create_nodes_total", this.#withSession({}));
      }
      if (action.kind === "drain" && outcome.kind === "failed") {
        this.#count("autoscaler_drain_node_exceptions_total", this.#withSession({}));
      }
    }
    for (const group of observation.groups.values()) {
      if (group.kind === "unknown") {
        this.#count("rayfleet_backend_errors_total", { code: group.error.code });
      }
    }
  }

  #make({ name, kind, help, labels, buckets }: MetricDescription): Counter | Gauge | Histogram {
    const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
    switch (kind) {
      case "counter":
        return new Counter(options);
      case "gauge":
        return new Gauge(options);
      case "histogram":
        return new Histogram({ ...options, buckets: [...(buckets ?? [])] });
    }
  }

  #withSession(labels: Record<string, string>): Record<string, string> {
    return { ...labels, SessionName: this.#session };
  }

  #set(name: MetricName, labels: Record<string, string>, value: number): void {
    (this.#metrics.get(name) as Gauge).set(labels, value);
  }

  #count(name: MetricName, labels: Record<string, string>, by = 1): void {
    (this.#metrics.get(name) as Counter).inc(labels, by);
  }

  #observe(name: MetricName, labels: Record<string, string>, value: number): void {
    (this.#metrics.get(name) as Histogram).observe(labels, value);
  }

  #reset(name: MetricName): void {
    this.#metrics.get(name)?.reset();
  }
}

function inPhase(group: GroupAssessment, phase: InstancePhase): InstanceAssessment[] {
  return group.instances.filter((known) => known.phase === phase);
}

function pendingCount(group: GroupAssessment): number {
  return inPhase(group, "starting").length + group.awaited;
}

/** Every resource is a time series: whoever starts nodes with names of his own gets so many. */
function shownResources(totals: ReadonlyMap<string, number>): [string, number][] {
  return [...totals]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, MOST_RESOURCES)
    .map(([name, amount]) => [shownText(name), amount]);
}

/** Without the resources that name one node. A map, because a resource may be called "constructor". */
function addTo(sum: Map<string, number>, resources: Readonly<Record<string, number>>, times: number): void {
  for (const [name, amount] of Object.entries(resources)) {
    if (!name.startsWith("node:")) {
      sum.set(name, (sum.get(name) ?? 0) + amount * times);
    }
  }
}
