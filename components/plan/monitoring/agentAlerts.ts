import { type AlertRule, largestPerCluster, perCluster } from "./alertRule";
import type { Series } from "./series";

/** Work that waits and that some group could serve; standing requests (`kind="requested"`) are counted also when they are met. */
function servableDemand(series: Series): string {
  const work = 'kind=~"task|gang"';
  const pending = perCluster(series("rayfleet_pending_demands", work));
  const infeasible = perCluster(series("rayfleet_infeasible_demands", work));
  const overLimit = perCluster(series("rayfleet_over_limit_demands", work));
  return `${pending} - ${infeasible} - ${overLimit}`;
}

function pendingNodes(series: Series): string {
  return perCluster(series("autoscaler_pending_nodes"));
}

/** Alerts about rayfleet's agent and what it sees, on every platform. */
export const agentAlerts: readonly AlertRule[] = [
  {
    alert: "RayfleetAgentSilent",
    source: "agent",
    severity: "critical",
    forMinutes: 1,
    expression: (series) => {
      const last = series("rayfleet_last_tick_timestamp_seconds");
      return `time() - ${largestPerCluster(last)} > 60 or absent(${last})`;
    },
    summary: "The autoscaler agent has not ended a tick for a minute, or is not scraped.",
    description: "Nobody sizes the worker groups: waiting work gets no machines, idle machines are kept and paid for.",
  },
  {
    alert: "RayfleetRayUnknown",
    source: "agent",
    severity: "critical",
    forMinutes: 3,
    expression: (series) => `${largestPerCluster(series("rayfleet_ray_known"))} == 0`,
    summary: "The agent cannot read Ray's control store, or the head node is not alive in it.",
    description: "Nothing is bought or ended meanwhile. The head is starting, overloaded, out of memory or gone.",
  },
  {
    alert: "RayfleetDemandUnserved",
    source: "agent",
    severity: "warning",
    forMinutes: 10,
    expression: (series) => `${servableDemand(series)} > 0 unless ${pendingNodes(series)} > 0`,
    summary: "{{ $value }} tasks, actors or placement groups wait, and no machine is on its way.",
    description: "The groups that could serve them are backed off, or the agent is paused or held up. `rayfleet explain` says why.",
  },
  {
    alert: "RayfleetDemandInfeasible",
    source: "agent",
    severity: "warning",
    forMinutes: 5,
    expression: (series) => `${perCluster(series("rayfleet_infeasible_demands"), "kind")} > 0`,
    summary: "{{ $value }} demands ({{ $labels.kind }}) ask for what no worker group could ever offer.",
    description: "They wait for ever. A resource, label or GPU type is misspelt, or a shape is larger than any machine.",
  },
  {
    alert: "RayfleetLimitReached",
    source: "agent",
    severity: "warning",
    forMinutes: 15,
    expression: (series) => `${perCluster(series("rayfleet_over_limit_demands"), "kind")} > 0`,
    summary: "{{ $value }} demands ({{ $labels.kind }}) wait because a limit stands in the way.",
    description: "The budget, maxReplicas of a group or of the cluster, or a quota is used up.",
  },
  {
    alert: "RayfleetGroupBackedOff",
    source: "agent",
    severity: "warning",
    forMinutes: 15,
    expression: (series) => `${largestPerCluster(series("rayfleet_group_available"), "group")} == 0`,
    summary: "No machines can be had in worker group {{ $labels.group }}.",
    description: "The cloud or the cluster has none left, a quota is used up, something is misconfigured, or machines do not join.",
  },
  {
    alert: "RayfleetGroupUnreadable",
    source: "agent",
    severity: "warning",
    forMinutes: 10,
    expression: (series) => `${largestPerCluster(series("rayfleet_group_known"), "group")} == 0`,
    summary: "Worker group {{ $labels.group }} cannot be read.",
    description: "The agent neither buys nor ends machines in it. It has no rights, the API is down, or the group is gone.",
  },
  {
    alert: "RayfleetCloudRefuses",
    source: "agent",
    severity: "warning",
    forMinutes: 5,
    expression: (series) =>
      `${perCluster(`increase(${series("rayfleet_backend_errors_total", 'code=~"unauthorized|misconfigured"')}[10m])`, "code")} > 0`,
    summary: "Calls of the agent are refused: {{ $labels.code }}.",
    description:
      "It does not mend itself: a right is missing or a group's settings are wrong. The agent's log has the refusal's own words.",
  },
  {
    alert: "RayfleetBreakerOpen",
    source: "agent",
    severity: "critical",
    forMinutes: 1,
    expression: (series) => `${largestPerCluster(series("rayfleet_breaker_open"))} == 1`,
    summary: "Too many machines are lost at once: the agent ends none until it is clear why.",
    description: "A zone, the network between head and workers, or a new image is broken.",
  },
  {
    alert: "RayfleetConfigurationBroken",
    source: "agent",
    severity: "warning",
    forMinutes: 5,
    expression: (series) => `${largestPerCluster(series("rayfleet_holds", 'code="configuration-broken"'))} > 0`,
    summary: "The agent's configuration cannot be read or used.",
    description: "It goes on with the one that it had.",
  },
  {
    alert: "RayfleetPaused",
    source: "agent",
    severity: "info",
    forMinutes: 60,
    expression: (series) => `${largestPerCluster(series("rayfleet_paused"))} == 1`,
    summary: "The agent has been paused for an hour.",
    description: "Nothing is bought, drained or ended until `rayfleet resume`.",
  },
];
