import { largestPerCluster, perCluster } from "./alertRule";
import type { DashboardPlan, PanelPlan, Query } from "./dashboard";
import type { MetricName } from "./metrics";

function sumOf(name: MetricName, legend: string, label: string, ...matchers: readonly string[]): Query {
  return { expression: (series) => perCluster(series(name, ...matchers), label), legend };
}

function largestOf(name: MetricName, legend: string, ...labels: readonly string[]): Query {
  return { expression: (series) => largestPerCluster(series(name), ...labels), legend };
}

const now: readonly PanelPlan[] = [
  {
    title: "Seconds since the last tick",
    description: "More than a few seconds: the agent is busy, hangs or is gone.",
    unit: "s",
    kind: "number",
    queries: [
      {
        expression: (series) => `time() - ${largestPerCluster(series("rayfleet_last_tick_timestamp_seconds"))}`,
        legend: "{{ray_io_cluster}}",
      },
    ],
  },
  {
    title: "Sees Ray",
    description: "1: Ray's control store answered the last tick and the head is alive.",
    unit: "short",
    kind: "number",
    queries: [largestOf("rayfleet_ray_known", "{{ray_io_cluster}}")],
  },
  {
    title: "Paused",
    description: "1: somebody has set the kill switch; nothing is bought, drained or ended.",
    unit: "short",
    kind: "number",
    queries: [largestOf("rayfleet_paused", "{{ray_io_cluster}}")],
  },
  {
    title: "Dry run",
    description: "1: the agent only says what it would do.",
    unit: "short",
    kind: "number",
    queries: [largestOf("rayfleet_dry_run", "{{ray_io_cluster}}")],
  },
  {
    title: "Breaker open",
    description: "1: too many machines are lost at once, and none is ended.",
    unit: "short",
    kind: "number",
    queries: [largestOf("rayfleet_breaker_open", "{{ray_io_cluster}}")],
  },
  {
    title: "Cost per hour",
    description: "List price of all workers; groups without a price count as 0.",
    unit: "currencyUSD",
    kind: "number",
    queries: [largestOf("rayfleet_cost_per_hour_usd", "{{ray_io_cluster}}")],
  },
];

const demand: readonly PanelPlan[] = [
  {
    title: "Waiting demand",
    description:
      "Tasks and actors (`task`), placement groups (`gang`), and standing requests, which are counted also when they are met (`requested`).",
    unit: "short",
    kind: "stack",
    queries: [sumOf("rayfleet_pending_demands", "{{kind}}", "kind")],
  },
  {
    title: "Demand that nobody can serve",
    description: "Infeasible: no group could ever serve it. Over a limit: budget, maximum or quota stands in the way.",
    unit: "short",
    kind: "curves",
    queries: [
      sumOf("rayfleet_infeasible_demands", "infeasible, {{kind}}", "kind"),
      sumOf("rayfleet_over_limit_demands", "over a limit, {{kind}}", "kind"),
    ],
  },
  {
    title: "Held back",
    description: "What the agent would do and does not, by reason.",
    unit: "short",
    kind: "curves",
    queries: [sumOf("rayfleet_holds", "{{code}}", "code")],
  },
];

const nodes: readonly PanelPlan[] = [
  {
    title: "Nodes in Ray",
    description: "Worker nodes by worker group.",
    unit: "short",
    kind: "stack",
    queries: [sumOf("autoscaler_active_nodes", "{{NodeType}}", "NodeType")],
  },
  {
    title: "Nodes on their way",
    description: "Asked for and not in Ray yet.",
    unit: "short",
    kind: "stack",
    queries: [sumOf("autoscaler_pending_nodes", "{{NodeType}}", "NodeType")],
  },
  {
    title: "Machines by phase",
    description: "`starting`, `running`, `draining`, `drained`, `expired` (did not join in its time), `ending`.",
    unit: "short",
    kind: "stack",
    queries: [sumOf("rayfleet_group_instances", "{{group}} {{phase}}", "group, phase")],
  },
  {
    title: "Room in each group",
    description: "Size now, and the most that it may have.",
    unit: "short",
    kind: "curves",
    queries: [
      largestOf("rayfleet_group_desired_size", "{{group}}", "group"),
      largestOf("rayfleet_group_max_replicas", "{{group}}, maximum", "group"),
    ],
  },
  {
    title: "Groups without machines to be had",
    description: "1: backed off after a refusal, or paused because machines do not join.",
    unit: "short",
    kind: "curves",
    queries: [{ expression: (series) => `1 - ${largestPerCluster(series("rayfleet_group_available"), "group")}`, legend: "{{group}}" }],
  },
  {
    title: "From launch to node, 9 of 10",
    description: "Within the last hour.",
    unit: "s",
    kind: "curves",
    queries: [
      {
        expression: (series) =>
          `histogram_quantile(0.9, ${perCluster(`increase(${series("rayfleet_boot_seconds_bucket")}[1h])`, "group", "le")})`,
        legend: "{{group}}",
      },
    ],
  },
];

const money: readonly PanelPlan[] = [
  {
    title: "Cost per hour and its lower bound",
    description: "No set of workers that serves the same demand costs less than the bound.",
    unit: "currencyUSD",
    kind: "curves",
    queries: [largestOf("rayfleet_cost_per_hour_usd", "cost"), largestOf("rayfleet_cost_lower_bound_per_hour_usd", "lower bound")],
  },
  {
    title: "Actions",
    description: "What the agent did, a minute, by outcome.",
    unit: "short",
    kind: "curves",
    queries: [
      {
        expression: (series) => `60 * ${perCluster(`rate(${series("rayfleet_actions_total")}[5m])`, "kind", "outcome")}`,
        legend: "{{kind}} {{outcome}}",
      },
    ],
  },
  {
    title: "Refusals",
    description: "What the cloud or the API server refused, a minute, by code.",
    unit: "short",
    kind: "curves",
    queries: [
      { expression: (series) => `60 * ${perCluster(`rate(${series("rayfleet_backend_errors_total")}[5m])`, "code")}`, legend: "{{code}}" },
    ],
  },
];

/** What the agent sees, decides and does. With Ray's own autoscaler only the panels about nodes have something to show. */
export const autoscalingDashboard: DashboardPlan = {
  uid: "rayfleet-autoscaling",
  title: "Ray: autoscaling",
  rows: [
    { title: "Now", panels: now },
    { title: "Demand", panels: demand },
    { title: "Nodes", panels: nodes },
    { title: "Cost and actions", panels: money },
  ],
};
