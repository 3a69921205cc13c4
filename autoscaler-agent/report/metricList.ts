/** One metric: its whole description, from which the code and the documentation are made. */
export interface MetricDescription {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

const bootBuckets = [5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 360, 480, 600, 720, 900, 1200, 1500, 1800];

/**
 * Every metric of the agent. The `autoscaler_*` ones carry the names, labels and meanings of Ray's own autoscaler, so that Ray's dashboards go on working;
 * the `rayfleet_*` ones are the agent's.
 */
export const metricList = [
  {
    name: "autoscaler_pending_nodes",
    kind: "gauge",
    help: "Machines bought or awaited that are not in Ray yet.",
    labels: ["NodeType", "SessionName"],
  },
  { name: "autoscaler_active_nodes", kind: "gauge", help: "Worker nodes that are in Ray.", labels: ["NodeType", "SessionName"] },
  {
    name: "autoscaler_recently_failed_nodes",
    kind: "gauge",
    help: "Machines that are leaving or being ended.",
    labels: ["NodeType", "SessionName"],
  },
  {
    name: "autoscaler_running_workers_nodes",
    kind: "gauge",
    help: "Worker nodes that are in Ray, of all groups.",
    labels: ["SessionName"],
  },
  {
    name: "autoscaler_cluster_resources",
    kind: "gauge",
    help: "Resources of the worker nodes in Ray.",
    labels: ["resource", "SessionName"],
  },
  {
    name: "autoscaler_pending_resources",
    kind: "gauge",
    help: "Resources of the machines that are not in Ray yet.",
    labels: ["resource", "SessionName"],
  },
  { name: "autoscaler_started_nodes_total", kind: "counter", help: "Machines that became Ray nodes.", labels: ["SessionName"] },
  { name: "autoscaler_stopped_nodes_total", kind: "counter", help: "Machines that the agent ended.", labels: ["SessionName"] },
  {
    name: "autoscaler_failed_create_nodes_total",
    kind: "counter",
    help: "Requests for machines that the cloud refused.",
    labels: ["SessionName"],
  },
  {
    name: "autoscaler_drain_node_exceptions_total",
    kind: "counter",
    help: "Drain requests that failed; refusals are not counted.",
    labels: ["SessionName"],
  },
  {
    name: "autoscaler_config_validation_exceptions_total",
    kind: "counter",
    help: "Configurations that could not be read or used.",
    labels: ["SessionName"],
  },
  {
    name: "autoscaler_update_time_seconds",
    kind: "histogram",
    help: "Time of one tick.",
    labels: ["SessionName"],
    buckets: [0.01, 0.1, 1, 10, 100, 1000],
  },
  { name: "rayfleet_ticks_total", kind: "counter", help: "Ticks of the agent.", labels: [] },
  { name: "rayfleet_last_tick_timestamp_seconds", kind: "gauge", help: "When the last tick ended, in epoch seconds.", labels: [] },
  { name: "rayfleet_dry_run", kind: "gauge", help: "1 while the agent only says what it would do.", labels: [] },
  { name: "rayfleet_paused", kind: "gauge", help: "1 while the kill switch is set: nothing is bought, drained or ended.", labels: [] },
  {
    name: "rayfleet_breaker_open",
    kind: "gauge",
    help: "1 while too many machines are lost at once: nothing is drained or ended, machines are bought as ever.",
    labels: [],
  },
  { name: "rayfleet_ray_known", kind: "gauge", help: "1 when Ray answered the last tick with its head alive.", labels: [] },
  { name: "rayfleet_group_known", kind: "gauge", help: "1 when the group was read in full in the last tick.", labels: ["group"] },
  { name: "rayfleet_group_available", kind: "gauge", help: "1 when machines can be bought in the group now.", labels: ["group"] },
  { name: "rayfleet_group_desired_size", kind: "gauge", help: "Desired size of the group as the cloud has it.", labels: ["group"] },
  { name: "rayfleet_group_min_replicas", kind: "gauge", help: "Fewest machines that the agent keeps.", labels: ["group"] },
  { name: "rayfleet_group_max_replicas", kind: "gauge", help: "Most machines that the group may have.", labels: ["group"] },
  { name: "rayfleet_group_instances", kind: "gauge", help: "Machines of the group by phase.", labels: ["group", "phase"] },
  {
    name: "rayfleet_group_awaited_instances",
    kind: "gauge",
    help: "Machines of the desired size that the cloud has not launched yet.",
    labels: ["group"],
  },
  {
    name: "rayfleet_boot_seconds",
    kind: "histogram",
    help: "Launch of a machine to its node in Ray.",
    labels: ["group"],
    buckets: bootBuckets,
  },
  {
    name: "rayfleet_group_idle_timeout_seconds",
    kind: "gauge",
    help: "How long an idle node of the group is kept now, by configuration, schedule, price, boot time and regrets.",
    labels: ["group"],
  },
  {
    name: "rayfleet_group_usual_boot_seconds",
    kind: "gauge",
    help: "How long a node of the group usually takes to come; absent until one was seen.",
    labels: ["group"],
  },
  {
    name: "rayfleet_regrets_total",
    kind: "counter",
    help: "Nodes that were ended for being idle and wanted back before a new one could have come.",
    labels: ["group"],
  },
  { name: "rayfleet_pending_demands", kind: "gauge", help: "Waiting tasks, actors and placement groups.", labels: ["kind"] },
  { name: "rayfleet_infeasible_demands", kind: "gauge", help: "Of these, what no group could ever serve.", labels: ["kind"] },
  { name: "rayfleet_over_limit_demands", kind: "gauge", help: "Of these, what a limit stands in the way of.", labels: ["kind"] },
  {
    name: "rayfleet_machine_notices",
    kind: "gauge",
    help: "Machines about which the cloud has announced something, by kind.",
    labels: ["kind"],
  },
  {
    name: "rayfleet_notices_dropped_total",
    kind: "counter",
    help: "Messages in the queue of notices that had no known form.",
    labels: [],
  },
  { name: "rayfleet_holds", kind: "gauge", help: "Things that the agent would do and does not, by reason.", labels: ["code"] },
  { name: "rayfleet_actions_total", kind: "counter", help: "Actions by kind and outcome.", labels: ["kind", "outcome"] },
  { name: "rayfleet_backend_errors_total", kind: "counter", help: "Refusals of the cloud by code.", labels: ["code"] },
  {
    name: "rayfleet_report_errors_total",
    kind: "counter",
    help: "Reports that could not be delivered, by receiver.",
    labels: ["receiver"],
  },
  {
    name: "rayfleet_cost_per_hour_usd",
    kind: "gauge",
    help: "List price of all workers after the last decision; groups without a price count as 0.",
    labels: [],
  },
  {
    name: "rayfleet_cost_lower_bound_per_hour_usd",
    kind: "gauge",
    help: "No set of workers that serves the same demand costs less.",
    labels: [],
  },
] as const satisfies readonly MetricDescription[];

export type MetricName = (typeof metricList)[number]["name"];

/** The list as a page of documentation. */
export function metricsPage(): string {
  const rows = [...metricList].map(
    ({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  return [
    "# Metrics of the agent",
    "",
    "Made from `autoscaler-agent/report/metricList.ts`; a test compares. Served at `/metrics` on the agent's port (44217 on the head), loopback only unless",
    "`access.scrapers` names who may read them. `NodeType` and `group` are worker group names; `SessionName` is Ray's session.",
    "",
    "| Name | Kind | Labels | Meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
