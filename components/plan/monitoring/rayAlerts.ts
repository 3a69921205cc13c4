import { type AlertRule, clusterLabels, largestPerCluster, perCluster } from "./alertRule";
import type { Series } from "./series";

const head = 'IsHeadNode="true"';

/** Ratio of two sums over the nodes. */
function shareOfNode(
  series: Series,
  part: "ray_node_mem_used" | "ray_node_disk_usage",
  whole: string,
  ...matchers: readonly string[]
): string {
  return `sum by (${clusterLabels}, ip) (${series(part, ...matchers)}) / sum by (${clusterLabels}, ip) (${whole})`;
}

function diskFilled(series: Series): string {
  const [used, free] = [series("ray_node_disk_usage"), series("ray_node_disk_free")];
  return shareOfNode(series, "ray_node_disk_usage", `${used} + ${free}`);
}

/**
 * By how much a sum is larger than it was. Ray's gauges and counters appear with their first value, not with 0, which PromQL's own functions take for no growth.
 */
function grown(selector: string, period: string, ...labels: readonly string[]): string {
  const now = perCluster(selector, ...labels);
  return `${now} - (${perCluster(`${selector} offset ${period}`, ...labels)} or 0 * ${now})`;
}

/** Ray runs each submitted job by an actor of its own, whose last call always fails. */
const usersTasks = 'Name!~"JobSupervisor.*|_ray_internal.*"';

/** The store's memory is full when what is spilled grows; what is there already says nothing about now. */
function spilled(series: Series): string {
  return series("ray_object_store_memory", 'Location="SPILLED"');
}

/** Alerts about Ray itself, from what its nodes serve. */
export const rayAlerts: readonly AlertRule[] = [
  {
    alert: "RayHeadNotScraped",
    source: "ray",
    severity: "critical",
    forMinutes: 5,
    expression: (series) => `absent(${series("ray_node_cpu_count", head)})`,
    summary: "No metrics of a Ray head have come for 5 minutes.",
    description: "The head is gone or not ready, or Prometheus is not let in. Without a head nobody can submit a job.",
  },
  {
    alert: "RayHeadMemoryHigh",
    source: "ray",
    severity: "critical",
    forMinutes: 5,
    expression: (series) => `${shareOfNode(series, "ray_node_mem_used", series("ray_node_mem_total", head), head)} > 0.9`,
    summary: "The head's memory is {{ $value | humanizePercentage }} full.",
    description: "When it runs out, the control store ends, and with it every job unless its state is kept elsewhere.",
  },
  {
    alert: "RayHeadRestarted",
    source: "ray",
    severity: "warning",
    forMinutes: 0,
    expression: (series) => {
      const seen = `last_over_time(${series("ray_node_cpu_count", head)}[15m])`;
      const restarted = `sum by (${clusterLabels}) (resets(${series("ray_gcs_storage_operation_count_total")}[15m])) > 0`;
      // A session is Ray's own name of one life of the head; with stored state the next life has the same, but on Kubernetes another address.
      return `count by (${clusterLabels}) (count by (${clusterLabels}, SessionName, instance) (${seen})) > 1 or ${restarted}`;
    },
    summary: "Ray's head has restarted within a quarter of an hour.",
    description: "Without fault tolerance of the control store all jobs, actors and objects are lost.",
  },
  {
    alert: "RayNodesLost",
    // Without an autoscaler Ray's head does not count the nodes that have left.
    source: "autoscaler",
    severity: "warning",
    forMinutes: 10,
    expression: (series) => {
      const dead = perCluster(series("ray_cluster_failed_nodes"));
      const ended = `${perCluster(`increase(${series("autoscaler_stopped_nodes_total")}[30m])`)} or 0 * ${dead}`;
      return `(${grown(series("ray_cluster_failed_nodes"), "30m")}) - (${ended}) > 0.5`;
    },
    summary: "{{ $value | humanize }} nodes were lost within half an hour that the autoscaler did not end.",
    description: "Machines or pods were taken away, ran out of memory or lost the network. Work on them is done again.",
  },
  {
    alert: "RayDiskAlmostFull",
    source: "ray",
    severity: "warning",
    forMinutes: 5,
    expression: (series) => `${diskFilled(series)} > 0.9`,
    summary: "The disk of node {{ $labels.ip }} is {{ $value | humanizePercentage }} full.",
    description: "From 95 % on Ray makes and spills no objects there, and tasks fail.",
  },
  {
    alert: "RayObjectStoreFull",
    source: "ray",
    severity: "warning",
    forMinutes: 15,
    expression: (series) => `${perCluster(`delta(${spilled(series)}[10m])`)} > 0`,
    summary: "Ray has been spilling objects to disk for a quarter of an hour.",
    description: "The object stores are full. Spilling and reading back cost time; the disk fills up.",
  },
  {
    alert: "RayWorkersKilledForMemory",
    source: "ray",
    severity: "warning",
    forMinutes: 0,
    expression: (series) => `${perCluster(`increase(${series("ray_memory_manager_worker_eviction_total")}[10m])`, "Name")} > 0`,
    summary: "Tasks of {{ $labels.Name }} were ended because a node ran out of memory.",
    description: "They are tried again. Ask for more memory for each task, or for fewer at a time.",
  },
  {
    alert: "RayTasksFail",
    source: "ray",
    severity: "warning",
    forMinutes: 5,
    expression: (series) => `${grown(series("ray_tasks", 'State="FAILED"', 'Source="owner"', usersTasks), "15m", "Name")} > 0`,
    summary: "{{ $value }} tasks of {{ $labels.Name }} have failed within a quarter of an hour.",
    description: "The dashboard has their errors.",
  },
  {
    alert: "RayTasksInfeasible",
    source: "ray",
    severity: "warning",
    forMinutes: 20,
    expression: (series) => `${perCluster(series("ray_scheduler_unscheduleable_tasks", 'Reason="Infeasible"'))} > 0`,
    summary: "{{ $value }} tasks ask for what no node has, and none that has it came in 20 minutes.",
    description: "The autoscaler does not get such a node, or no worker group offers it: `ray status` says which.",
  },
];

/** Largest share of the head's memory in use, for dashboards too. */
export function headMemoryShare(series: Series): string {
  return `${largestPerCluster(series("ray_node_mem_used", head))} / ${largestPerCluster(series("ray_node_mem_total", head))}`;
}
