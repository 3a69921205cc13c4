import { perCluster } from "./alertRule";
import type { DashboardPlan, PanelPlan, Query } from "./dashboard";
import type { MetricName } from "./metrics";
import { headMemoryShare } from "./rayAlerts";

function sumOf(name: MetricName, legend: string, labels: readonly string[] = [], ...matchers: readonly string[]): Query {
  return { expression: (series) => perCluster(series(name, ...matchers), ...labels), legend };
}

/** Share of a resource of all nodes that tasks and actors hold. */
function shareInUse(resource: string): Query {
  return {
    expression: (series) => {
      const used = perCluster(series("ray_resources", `Name="${resource}"`, 'State="USED"'));
      return `${used} / ${perCluster(series("ray_resources", `Name="${resource}"`))}`;
    },
    legend: resource,
  };
}

const now: readonly PanelPlan[] = [
  {
    title: "Nodes",
    description: "Nodes whose metrics come in, head and workers.",
    unit: "short",
    kind: "number",
    queries: [{ expression: (series) => `count(${series("ray_node_cpu_count")})`, legend: "nodes" }],
  },
  {
    title: "Jobs running",
    description: "Drivers that are connected, submitted jobs among them.",
    unit: "short",
    kind: "number",
    queries: [sumOf("ray_running_jobs", "{{ray_io_cluster}}")],
  },
  {
    title: "Tasks running",
    description: "Calls of actors are among them.",
    unit: "short",
    kind: "number",
    queries: [sumOf("ray_tasks", "{{ray_io_cluster}}", [], 'State=~"RUNNING.*"')],
  },
  {
    title: "Tasks waiting for a node",
    description: "For many minutes with free nodes: nobody offers what they ask for.",
    unit: "short",
    kind: "number",
    queries: [sumOf("ray_tasks", "{{ray_io_cluster}}", [], 'State="PENDING_NODE_ASSIGNMENT"')],
  },
  {
    title: "CPUs in use",
    description: "Share of all CPUs that tasks and actors hold.",
    unit: "percentunit",
    kind: "number",
    queries: [shareInUse("CPU")],
  },
  {
    title: "Memory of the head",
    description: "When it runs out, the control store ends.",
    unit: "percentunit",
    kind: "number",
    queries: [{ expression: headMemoryShare, legend: "{{ray_io_cluster}}" }],
  },
];

const work: readonly PanelPlan[] = [
  {
    title: "Tasks by state",
    description: "Without those that have ended.",
    unit: "short",
    kind: "stack",
    queries: [sumOf("ray_tasks", "{{State}}", ["State"], 'State!~"FINISHED|FAILED"')],
  },
  {
    title: "Actors by state",
    description: "As the control store knows them.",
    unit: "short",
    kind: "stack",
    queries: [sumOf("ray_actors", "{{State}}", ["State"], 'Source="gcs"', 'State!="DEAD"')],
  },
  {
    title: "Tasks that failed",
    description: "Of the jobs that are known, by name.",
    unit: "short",
    kind: "curves",
    queries: [
      {
        expression: (series) => perCluster(series("ray_tasks", 'State="FAILED"', 'Source="owner"'), "Name"),
        legend: "{{Name}}",
      },
    ],
  },
];

const resources: readonly PanelPlan[] = [
  {
    title: "Resources in use",
    description: "Share of what the nodes offer that tasks and actors hold.",
    unit: "percentunit",
    kind: "curves",
    queries: [shareInUse("CPU"), shareInUse("GPU"), shareInUse("memory"), shareInUse("object_store_memory")],
  },
  {
    title: "CPU by node",
    description: "What the processors really do.",
    unit: "percent",
    kind: "curves",
    queries: [{ expression: (series) => series("ray_node_cpu_utilization"), legend: "{{ip}}" }],
  },
  {
    title: "Memory by node",
    description: "Used, of the container's or the machine's.",
    unit: "percentunit",
    kind: "curves",
    queries: [{ expression: (series) => `${series("ray_node_mem_used")} / ${series("ray_node_mem_total")}`, legend: "{{ip}}" }],
  },
  {
    title: "Objects by place",
    description: "Shared memory, memory-mapped files on disk, heaps of workers, spilled.",
    unit: "bytes",
    kind: "stack",
    queries: [sumOf("ray_object_store_memory", "{{Location}}", ["Location"])],
  },
  {
    title: "Object store by node",
    description: "Share of its memory in use.",
    unit: "percentunit",
    kind: "curves",
    queries: [
      {
        expression: (series) => {
          const used = series("ray_object_store_used_memory");
          return `${used} / (${used} + ${series("ray_object_store_available_memory")})`;
        },
        legend: "{{NodeAddress}}",
      },
    ],
  },
  {
    title: "Disk by node",
    description: "From 95 % on Ray makes and spills no objects there.",
    unit: "percentunit",
    kind: "curves",
    queries: [
      {
        expression: (series) => {
          const used = series("ray_node_disk_usage");
          return `${used} / (${used} + ${series("ray_node_disk_free")})`;
        },
        legend: "{{ip}}",
      },
    ],
  },
  {
    title: "Network by node, received",
    description: "Of the machine or pod as a whole.",
    unit: "Bps",
    kind: "curves",
    queries: [{ expression: (series) => series("ray_node_network_receive_speed"), legend: "{{ip}}" }],
  },
  {
    title: "Network by node, sent",
    description: "Of the machine or pod as a whole.",
    unit: "Bps",
    kind: "curves",
    queries: [{ expression: (series) => series("ray_node_network_send_speed"), legend: "{{ip}}" }],
  },
  {
    title: "Memory of Ray's parts",
    description: "By component, of all nodes.",
    unit: "bytes",
    kind: "stack",
    queries: [sumOf("ray_component_rss_bytes", "{{Component}}", ["Component"])],
  },
];

/** What a Ray cluster does and what it uses, on every platform. */
export const clusterDashboard: DashboardPlan = {
  uid: "rayfleet-cluster",
  title: "Ray: cluster",
  rows: [
    { title: "Now", panels: now },
    { title: "Work", panels: work },
    { title: "Resources", panels: resources },
  ],
};
