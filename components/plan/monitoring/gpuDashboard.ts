import { perCluster } from "./alertRule";
import type { DashboardPlan, PanelPlan } from "./dashboard";
import type { MetricName } from "./metrics";
import type { Series } from "./series";

/** Of dcgm-exporter, on nodes that have a pod of the chosen clusters. It knows nothing of Ray: the node's name joins the two. */
function onRaysNodes(series: Series, expression: string): string {
  return `max by (node, gpu) (${expression}) and on (node) group by (node) (${series("ray_node_cpu_count")})`;
}

const dcgm = (name: MetricName) => (series: Series) => onRaysNodes(series, series(name));

const fromRay: readonly PanelPlan[] = [
  {
    title: "GPUs held and offered",
    description: "By tasks and actors; a GPU may be held and do nothing.",
    unit: "short",
    kind: "curves",
    queries: [
      { expression: (series) => perCluster(series("ray_resources", 'Name="GPU"', 'State="USED"')), legend: "held" },
      { expression: (series) => perCluster(series("ray_resources", 'Name="GPU"')), legend: "offered" },
    ],
  },
  {
    title: "GPU use, as Ray reads it",
    description: "Per GPU. Ray asks NVIDIA's library on the node itself, so this is there without dcgm-exporter.",
    unit: "percent",
    kind: "curves",
    queries: [{ expression: (series) => series("ray_node_gpus_utilization"), legend: "{{ip}} {{GpuIndex}}" }],
  },
  {
    title: "GPU memory, as Ray reads it",
    description: "Used, per GPU.",
    unit: "mbytes",
    kind: "curves",
    queries: [{ expression: (series) => series("ray_node_gram_used"), legend: "{{ip}} {{GpuIndex}}" }],
  },
];

const fromDcgm: readonly PanelPlan[] = [
  {
    title: "GPU use",
    description: "By dcgm-exporter, per GPU of nodes with pods of the cluster.",
    unit: "percent",
    kind: "curves",
    queries: [{ expression: dcgm("DCGM_FI_DEV_GPU_UTIL"), legend: "{{node}} {{gpu}}" }],
  },
  {
    title: "GPU memory in use",
    description: "Share of each GPU's memory.",
    unit: "percentunit",
    kind: "curves",
    queries: [
      {
        expression: (series) => {
          const used = series("DCGM_FI_DEV_FB_USED");
          return onRaysNodes(series, `${used} / (${used} + ${series("DCGM_FI_DEV_FB_FREE")})`);
        },
        legend: "{{node}} {{gpu}}",
      },
    ],
  },
];

/** GPUs, from two sides: what tasks hold and what the hardware does. */
export const gpuDashboard: DashboardPlan = {
  uid: "rayfleet-gpus",
  title: "Ray: GPUs",
  rows: [
    { title: "From Ray", panels: fromRay },
    { title: "From dcgm-exporter", panels: fromDcgm },
  ],
};
