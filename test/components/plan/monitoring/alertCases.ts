/** Series by their full name, with values as promtool writes them: `0+1x30` grows by one each minute. */
export type InputSeries = Readonly<Record<string, string>>;

/** What an alert is to fire on, and what is nearly that and is none. */
export interface AlertCase {
  readonly alert: string;
  readonly fires: InputSeries;
  readonly quiet: InputSeries;
  /** It fires on what is not there, so nothing else of its kind may be. */
  readonly alone?: true;
}

const cluster = 'namespace="ray",ray_io_cluster="demo"';
const node = `${cluster},ip="10.0.0.1",IsHeadNode="true",SessionName="one"`;
const worker = `${cluster},ip="10.0.0.2",IsHeadNode="false",SessionName="one"`;
const [on, off] = ["1x60", "0x60"];
const task = `${cluster},kind="task"`;

/** One minute apart, looked at after an hour. */
export const alertCases: readonly AlertCase[] = [
  {
    alert: "RayfleetAgentSilent",
    fires: { [`rayfleet_last_tick_timestamp_seconds{${cluster}}`]: "0+60x50 3000x10" },
    quiet: { [`rayfleet_last_tick_timestamp_seconds{${cluster}}`]: "0+60x60" },
  },
  { alert: "RayfleetAgentSilent", alone: true, fires: {}, quiet: { [`rayfleet_last_tick_timestamp_seconds{${cluster}}`]: "0+60x60" } },
  {
    alert: "RayfleetRayUnknown",
    fires: { [`rayfleet_ray_known{${cluster}}`]: "1x50 0x10" },
    quiet: { [`rayfleet_ray_known{${cluster}}`]: on },
  },
  {
    alert: "RayfleetDemandUnserved",
    fires: {
      [`rayfleet_pending_demands{${task}}`]: "5x60",
      [`rayfleet_infeasible_demands{${task}}`]: "2x60",
      [`rayfleet_over_limit_demands{${task}}`]: "1x60",
      [`autoscaler_pending_nodes{${cluster},NodeType="cpu"}`]: off,
    },
    quiet: {
      [`rayfleet_pending_demands{${task}}`]: "5x60",
      [`rayfleet_pending_demands{${cluster},kind="requested"}`]: "9x60",
      [`rayfleet_infeasible_demands{${task}}`]: "4x60",
      [`rayfleet_over_limit_demands{${task}}`]: "1x60",
      [`autoscaler_pending_nodes{${cluster},NodeType="cpu"}`]: off,
    },
  },
  {
    alert: "RayfleetDemandUnserved",
    fires: {
      [`rayfleet_pending_demands{${task}}`]: "5x60",
      [`rayfleet_infeasible_demands{${task}}`]: off,
      [`rayfleet_over_limit_demands{${task}}`]: off,
    },
    quiet: {
      [`rayfleet_pending_demands{${task}}`]: "5x60",
      [`rayfleet_infeasible_demands{${task}}`]: off,
      [`rayfleet_over_limit_demands{${task}}`]: off,
      [`autoscaler_pending_nodes{${cluster},NodeType="cpu"}`]: on,
    },
  },
  {
    alert: "RayfleetDemandInfeasible",
    fires: { [`rayfleet_infeasible_demands{${task}}`]: on },
    quiet: { [`rayfleet_infeasible_demands{${task}}`]: off },
  },
  {
    alert: "RayfleetLimitReached",
    fires: { [`rayfleet_over_limit_demands{${task}}`]: on },
    quiet: { [`rayfleet_over_limit_demands{${task}}`]: "0x50 3x10" },
  },
  {
    alert: "RayfleetGroupBackedOff",
    fires: { [`rayfleet_group_available{${cluster},group="gpu"}`]: off, [`rayfleet_group_available{${cluster},group="cpu"}`]: on },
    quiet: { [`rayfleet_group_available{${cluster},group="gpu"}`]: on },
  },
  {
    alert: "RayfleetGroupUnreadable",
    fires: { [`rayfleet_group_known{${cluster},group="gpu"}`]: off },
    quiet: { [`rayfleet_group_known{${cluster},group="gpu"}`]: on },
  },
  {
    alert: "RayfleetCloudRefuses",
    fires: { [`rayfleet_backend_errors_total{${cluster},code="unauthorized"}`]: "0+1x60" },
    quiet: {
      [`rayfleet_backend_errors_total{${cluster},code="unauthorized"}`]: "7x60",
      [`rayfleet_backend_errors_total{${cluster},code="throttled"}`]: "0+1x60",
    },
  },
  {
    alert: "RayfleetBreakerOpen",
    fires: { [`rayfleet_breaker_open{${cluster}}`]: on },
    quiet: { [`rayfleet_breaker_open{${cluster}}`]: off },
  },
  {
    alert: "RayfleetConfigurationBroken",
    fires: { [`rayfleet_holds{${cluster},code="configuration-broken"}`]: on },
    quiet: { [`rayfleet_holds{${cluster},code="not-seen-twice"}`]: on },
  },
  {
    alert: "RayfleetPaused",
    fires: { [`rayfleet_paused{${cluster}}`]: on },
    quiet: { [`rayfleet_paused{${cluster}}`]: "0x30 1x30" },
  },
  {
    alert: "RayNodesNeverJoined",
    fires: {
      [`autoscaler_pending_nodes{${cluster},NodeType="gpu"}`]: "2x60",
      [`autoscaler_active_nodes{${cluster},NodeType="gpu"}`]: "1x60",
      [`autoscaler_active_nodes{${cluster},NodeType="cpu"}`]: "0+1x60",
    },
    quiet: {
      [`autoscaler_pending_nodes{${cluster},NodeType="gpu"}`]: "2x60",
      [`autoscaler_active_nodes{${cluster},NodeType="gpu"}`]: "0+0.2x60",
    },
  },
  {
    alert: "RayHeadNotScraped",
    alone: true,
    fires: { [`ray_node_cpu_count{${worker}}`]: "4x60" },
    quiet: { [`ray_node_cpu_count{${node}}`]: "4x60" },
  },
  {
    alert: "RayHeadMemoryHigh",
    fires: { [`ray_node_mem_used{${node}}`]: "92x60", [`ray_node_mem_total{${node}}`]: "100x60" },
    quiet: {
      [`ray_node_mem_used{${node}}`]: "50x60",
      [`ray_node_mem_total{${node}}`]: "100x60",
      [`ray_node_mem_used{${worker}}`]: "99x60",
      [`ray_node_mem_total{${worker}}`]: "100x60",
    },
  },
  {
    alert: "RayHeadRestarted",
    fires: {
      [`ray_node_cpu_count{${node}}`]: "4x55",
      [`ray_node_cpu_count{${node.replace("one", "two")}}`]: "_x56 4x4",
    },
    quiet: { [`ray_node_cpu_count{${node}}`]: "4x60" },
  },
  {
    alert: "RayHeadRestarted",
    fires: { [`ray_gcs_storage_operation_count_total{${cluster}}`]: "0+100x50 0+100x10" },
    quiet: { [`ray_gcs_storage_operation_count_total{${cluster}}`]: "0+100x60" },
  },
  {
    alert: "RayHeadRestarted",
    fires: {
      [`ray_node_cpu_count{${node},instance="10.0.0.1:8080"}`]: "4x55",
      [`ray_node_cpu_count{${node},instance="10.0.0.9:8080"}`]: "_x56 4x4",
    },
    quiet: { [`ray_node_cpu_count{${node},instance="10.0.0.1:8080"}`]: "4x60" },
  },
  {
    alert: "RayNodesLost",
    fires: {
      [`ray_cluster_failed_nodes{${cluster},node_type="cpu"}`]: "_x40 3x20",
      [`autoscaler_stopped_nodes_total{${cluster}}`]: "0x40 2x20",
    },
    quiet: {
      [`ray_cluster_failed_nodes{${cluster},node_type="cpu"}`]: "1x40 3x20",
      [`autoscaler_stopped_nodes_total{${cluster}}`]: "0x40 2x20",
    },
  },
  {
    alert: "RayNodesLost",
    fires: { [`ray_cluster_failed_nodes{${cluster},node_type="cpu"}`]: "4x40 5x20" },
    quiet: { [`ray_cluster_failed_nodes{${cluster},node_type="cpu"}`]: "4x60" },
  },
  {
    alert: "RayDiskAlmostFull",
    fires: { [`ray_node_disk_usage{${worker}}`]: "95x60", [`ray_node_disk_free{${worker}}`]: "5x60" },
    quiet: { [`ray_node_disk_usage{${worker}}`]: "85x60", [`ray_node_disk_free{${worker}}`]: "15x60" },
  },
  {
    alert: "RayObjectStoreFull",
    fires: { [`ray_object_store_memory{${cluster},Location="SPILLED"}`]: "0+1000x60" },
    quiet: {
      [`ray_object_store_memory{${cluster},Location="SPILLED"}`]: "9000x60",
      [`ray_object_store_memory{${cluster},Location="MMAP_SHM"}`]: "0+1000x60",
    },
  },
  {
    alert: "RayWorkersKilledForMemory",
    fires: { [`ray_memory_manager_worker_eviction_total{${cluster},Name="train"}`]: "0x55 1x5" },
    quiet: { [`ray_memory_manager_worker_eviction_total{${cluster},Name="train"}`]: "1x60" },
  },
  {
    alert: "RayTasksFail",
    fires: { [`ray_tasks{${cluster},State="FAILED",Source="owner",Name="load"}`]: "_x50 1x10" },
    quiet: {
      [`ray_tasks{${cluster},State="FAILED",Source="owner",Name="load"}`]: "3x60",
      [`ray_tasks{${cluster},State="FAILED",Source="owner",Name="JobSupervisor.ping"}`]: "_x50 1x10",
      [`ray_tasks{${cluster},State="FINISHED",Source="owner",Name="load"}`]: "0+1x60",
    },
  },
  {
    alert: "RayTasksInfeasible",
    fires: { [`ray_scheduler_unscheduleable_tasks{${cluster},Reason="Infeasible"}`]: on },
    quiet: {
      [`ray_scheduler_unscheduleable_tasks{${cluster},Reason="Infeasible"}`]: off,
      [`ray_scheduler_unscheduleable_tasks{${cluster},Reason="WaitingForResources"}`]: on,
    },
  },
  {
    alert: "KubeRayReconcileErrors",
    fires: { 'controller_runtime_reconcile_errors_total{namespace="ray",controller="raycluster"}': "0+1x60" },
    quiet: {
      'controller_runtime_reconcile_errors_total{namespace="ray",controller="raycluster"}': "4x60",
      'controller_runtime_reconcile_errors_total{namespace="ray",controller="deployment"}': "0+1x60",
    },
  },
  {
    alert: "RayClusterNotProvisioned",
    fires: { 'kuberay_cluster_condition_provisioned{namespace="ray",name="demo",condition="false"}': on },
    quiet: { 'kuberay_cluster_condition_provisioned{namespace="ray",name="demo",condition="true"}': on },
  },
  {
    alert: "RayJobFailed",
    fires: { 'kuberay_job_deployment_status{namespace="ray",name="night",deployment_status="Failed"}': on },
    quiet: { 'kuberay_job_deployment_status{namespace="ray",name="night",deployment_status="Complete"}': on },
  },
  {
    alert: "RayServiceNotReady",
    fires: { 'kuberay_service_condition_ready{namespace="ray",name="chat",condition="false"}': on },
    quiet: { 'kuberay_service_condition_ready{namespace="ray",name="chat",condition="true"}': on },
  },
];
