/** Who serves a metric: Ray on its nodes, Ray's autoscaler or the agent under the same names, the agent alone, KubeRay's operator of itself and of the objects that it looks after, NVIDIA's dcgm-exporter. */
export type MetricSource = "ray" | "autoscaler" | "agent" | "operator" | "objects" | "gpu";

/** A metric that rules or dashboards read, with the labels that they use. */
export interface KnownMetric {
  readonly name: string;
  readonly labels: readonly string[];
}

/**
 * Metrics of Ray 2.60.0 as a head was seen to serve them, after tasks, actors and jobs that ended well and badly, more objects than its store holds, and the loss of a
 * node. Labels that only Prometheus adds are not among them.
 */
export const rayMetrics = [
  { name: "ray_actors", labels: ["State", "Source", "Name"] },
  { name: "ray_cluster_failed_nodes", labels: ["node_type"] },
  { name: "ray_component_rss_bytes", labels: ["Component", "ip"] },
  { name: "ray_gcs_storage_operation_count_total", labels: [] },
  { name: "ray_node_cpu_count", labels: ["IsHeadNode", "SessionName", "ip"] },
  { name: "ray_node_cpu_utilization", labels: ["IsHeadNode", "ip"] },
  { name: "ray_node_disk_free", labels: ["IsHeadNode", "ip"] },
  { name: "ray_node_disk_usage", labels: ["IsHeadNode", "ip"] },
  { name: "ray_node_mem_total", labels: ["IsHeadNode", "ip"] },
  { name: "ray_node_mem_used", labels: ["IsHeadNode", "ip"] },
  { name: "ray_node_network_receive_speed", labels: ["ip"] },
  { name: "ray_node_network_send_speed", labels: ["ip"] },
  { name: "ray_object_store_available_memory", labels: ["NodeAddress"] },
  { name: "ray_object_store_memory", labels: ["Location", "ObjectState"] },
  { name: "ray_object_store_used_memory", labels: ["NodeAddress"] },
  { name: "ray_resources", labels: ["Name", "State"] },
  { name: "ray_running_jobs", labels: [] },
  { name: "ray_scheduler_unscheduleable_tasks", labels: ["Reason"] },
  { name: "ray_tasks", labels: ["State", "Name", "Source"] },
] as const satisfies readonly KnownMetric[];

/** Of Ray 2.60.0 too, read in its code and its own dashboards: no GPU was at hand, and no node ran out of memory. */
export const unseenRayMetrics = [
  { name: "ray_memory_manager_worker_eviction_total", labels: ["Name"] },
  { name: "ray_node_gpus_utilization", labels: ["ip", "GpuIndex"] },
  { name: "ray_node_gram_used", labels: ["ip", "GpuIndex"] },
] as const satisfies readonly KnownMetric[];

/** Of Ray's autoscaler, version 2, and of the agent. */
export const autoscalerMetrics = [
  { name: "autoscaler_pending_nodes", labels: ["NodeType"] },
  { name: "autoscaler_active_nodes", labels: ["NodeType"] },
  { name: "autoscaler_stopped_nodes_total", labels: [] },
] as const satisfies readonly KnownMetric[];

/** Of the agent alone; a test holds them to the agent's own list. */
export const agentMetrics = [
  { name: "rayfleet_last_tick_timestamp_seconds", labels: [] },
  { name: "rayfleet_dry_run", labels: [] },
  { name: "rayfleet_paused", labels: [] },
  { name: "rayfleet_breaker_open", labels: [] },
  { name: "rayfleet_ray_known", labels: [] },
  { name: "rayfleet_group_known", labels: ["group"] },
  { name: "rayfleet_group_available", labels: ["group"] },
  { name: "rayfleet_group_desired_size", labels: ["group"] },
  { name: "rayfleet_group_max_replicas", labels: ["group"] },
  { name: "rayfleet_group_instances", labels: ["group", "phase"] },
  { name: "rayfleet_boot_seconds_bucket", labels: ["group", "le"] },
  { name: "rayfleet_pending_demands", labels: ["kind"] },
  { name: "rayfleet_infeasible_demands", labels: ["kind"] },
  { name: "rayfleet_over_limit_demands", labels: ["kind"] },
  { name: "rayfleet_holds", labels: ["code"] },
  { name: "rayfleet_actions_total", labels: ["kind", "outcome"] },
  { name: "rayfleet_backend_errors_total", labels: ["code"] },
  { name: "rayfleet_cost_per_hour_usd", labels: [] },
  { name: "rayfleet_cost_lower_bound_per_hour_usd", labels: [] },
] as const satisfies readonly KnownMetric[];

/** Of KubeRay's operator about itself, from the library that it is built on. */
export const operatorMetrics = [
  { name: "controller_runtime_reconcile_errors_total", labels: ["namespace", "controller"] },
] as const satisfies readonly KnownMetric[];

/** Of KubeRay's operator 1.7 about RayClusters, RayJobs and RayServices; `namespace` is theirs. */
export const objectMetrics = [
  { name: "kuberay_cluster_condition_provisioned", labels: ["name", "namespace", "condition"] },
  { name: "kuberay_job_deployment_status", labels: ["name", "namespace", "deployment_status"] },
  { name: "kuberay_service_condition_ready", labels: ["name", "namespace", "condition"] },
] as const satisfies readonly KnownMetric[];

/** Of dcgm-exporter, from its default list of counters. */
export const gpuMetrics = [
  { name: "DCGM_FI_DEV_GPU_UTIL", labels: ["gpu", "node"] },
  { name: "DCGM_FI_DEV_FB_USED", labels: ["gpu", "node"] },
  { name: "DCGM_FI_DEV_FB_FREE", labels: ["gpu", "node"] },
] as const satisfies readonly KnownMetric[];

const bySource = {
  ray: [...rayMetrics, ...unseenRayMetrics],
  autoscaler: autoscalerMetrics,
  agent: agentMetrics,
  operator: operatorMetrics,
  objects: objectMetrics,
  gpu: gpuMetrics,
} as const;

/** Every name that a rule or a dashboard may read. */
export type MetricName = (typeof bySource)[MetricSource][number]["name"];

const sources = new Map<string, MetricSource>(
  (Object.keys(bySource) as MetricSource[]).flatMap((source) => bySource[source].map(({ name }) => [name, source] as const)),
);

/** Who serves a metric. */
export function metricSource(name: MetricName): MetricSource {
  const source = sources.get(name);
  if (source === undefined) throw new Error(`${name}: is no known metric`);
  return source;
}
