import type { INamespace } from "protobufjs/light";

/**
 * The part of Ray's GCS protocol that the agent speaks, hand-written: field numbers and types as in Ray 2.54 to 2.60
 * (`src/ray/protobuf/autoscaler.proto`, `common.proto`). Fields that the agent neither reads nor sends are left out; protobuf skips them.
 * It is data and not a `.proto` file so that the agent stays one bundled file.
 */

interface Field {
  readonly id: number;
  readonly type: string;
  readonly rule?: "repeated";
  readonly keyType?: string;
}

const one = (id: number, type: string): Field => ({ id, type });
const many = (id: number, type: string): Field => ({ id, type, rule: "repeated" });
const mapOf = (id: number, type: string): Field => ({ id, type, keyType: "string" });
const message = (fields: Record<string, Field>) => ({ fields });
const rpc = (name: string) => ({ requestType: `${name}Request`, responseType: `${name}Reply`, comment: "" });

/** Fields of Ray's messages by message name. */
const messages = {
  LabelSelectorConstraint: message({
    label_key: one(1, "string"),
    operator: one(2, "LabelSelectorOperator"),
    label_values: many(3, "string"),
  }),
  LabelSelector: message({ label_constraints: many(1, "LabelSelectorConstraint") }),
  AntiAffinityConstraint: message({ label_name: one(1, "string"), label_value: one(2, "string") }),
  AffinityConstraint: message({ label_name: one(1, "string"), label_value: one(2, "string") }),
  PlacementConstraint: message({ anti_affinity: one(1, "AntiAffinityConstraint"), affinity: one(2, "AffinityConstraint") }),
  ResourceRequest: message({
    resources_bundle: mapOf(1, "double"),
    placement_constraints: many(2, "PlacementConstraint"),
    label_selectors: many(3, "LabelSelector"),
  }),
  ResourceRequestByCount: message({ request: one(1, "ResourceRequest"), count: one(2, "int64") }),
  BundleSelector: message({ resource_requests: many(1, "ResourceRequest") }),
  GangResourceRequest: message({
    requests: many(1, "ResourceRequest"),
    details: one(2, "string"),
    bundle_selectors: many(3, "BundleSelector"),
  }),
  ClusterResourceConstraint: message({ resource_requests: many(1, "ResourceRequestByCount") }),
  NodeState: message({
    node_id: one(1, "bytes"),
    instance_id: one(2, "string"),
    ray_node_type_name: one(3, "string"),
    available_resources: mapOf(4, "double"),
    total_resources: mapOf(5, "double"),
    dynamic_labels: mapOf(6, "string"),
    status: one(8, "NodeStatus"),
    idle_duration_ms: one(9, "int64"),
    node_ip_address: one(10, "string"),
    instance_type_name: one(11, "string"),
    node_activity: many(12, "string"),
    labels: mapOf(13, "string"),
  }),
  // The request has one field, the last version seen. A number above the server's own aborts the GCS, so it is not even declared here:
  // what cannot be written cannot be sent, and absent means 0.
  GetClusterResourceStateRequest: message({}),
  ClusterResourceState: message({
    cluster_resource_state_version: one(1, "int64"),
    node_states: many(3, "NodeState"),
    pending_resource_requests: many(4, "ResourceRequestByCount"),
    pending_gang_resource_requests: many(5, "GangResourceRequest"),
    cluster_resource_constraints: many(6, "ClusterResourceConstraint"),
    cluster_session_name: one(7, "string"),
  }),
  GetClusterResourceStateReply: message({ cluster_resource_state: one(1, "ClusterResourceState") }),
  PendingInstanceRequest: message({
    instance_type_name: one(1, "string"),
    ray_node_type_name: one(2, "string"),
    count: one(3, "int32"),
    request_ts: one(4, "int64"),
  }),
  FailedInstanceRequest: message({
    instance_type_name: one(1, "string"),
    ray_node_type_name: one(2, "string"),
    count: one(3, "int32"),
    reason: one(4, "string"),
    start_ts: one(5, "int64"),
    failed_ts: one(6, "int64"),
  }),
  PendingInstance: message({
    instance_type_name: one(1, "string"),
    ray_node_type_name: one(2, "string"),
    instance_id: one(3, "string"),
    ip_address: one(4, "string"),
    details: one(5, "string"),
  }),
  AutoscalingState: message({
    autoscaler_state_version: one(2, "int64"),
    pending_instance_requests: many(3, "PendingInstanceRequest"),
    infeasible_resource_requests: many(4, "ResourceRequest"),
    infeasible_gang_resource_requests: many(5, "GangResourceRequest"),
    infeasible_cluster_resource_constraints: many(6, "ClusterResourceConstraint"),
    pending_instances: many(7, "PendingInstance"),
    failed_instance_requests: many(8, "FailedInstanceRequest"),
  }),
  ReportAutoscalingStateRequest: message({ autoscaling_state: one(1, "AutoscalingState") }),
  ReportAutoscalingStateReply: message({}),
  DrainNodeRequest: message({
    node_id: one(1, "bytes"),
    reason: one(2, "DrainNodeReason"),
    reason_message: one(3, "string"),
    deadline_timestamp_ms: one(4, "int64"),
  }),
  DrainNodeReply: message({ is_accepted: one(1, "bool"), rejection_reason_message: one(2, "string") }),
  NodeGroupConfig: message({
    resources: mapOf(1, "uint64"),
    min_count: one(2, "uint32"),
    max_count: one(3, "int32"),
    name: one(4, "string"),
  }),
  ClusterConfig: message({
    min_resources: mapOf(1, "uint64"),
    max_resources: mapOf(2, "uint64"),
    node_group_configs: many(3, "NodeGroupConfig"),
  }),
  ReportClusterConfigRequest: message({ cluster_config: one(1, "ClusterConfig") }),
  ReportClusterConfigReply: message({}),
};

const enums = {
  LabelSelectorOperator: { values: { LABEL_OPERATOR_UNSPECIFIED: 0, LABEL_OPERATOR_IN: 1, LABEL_OPERATOR_NOT_IN: 2 } },
  NodeStatus: { values: { UNSPECIFIED: 0, RUNNING: 1, DEAD: 2, IDLE: 3, DRAINING: 4 } },
  // 0 is Ray's UNSPECIFIED, which crashes the raylet. protobuf wants a first value of 0, so it has a name that says what it does.
  DrainNodeReason: {
    values: { NEVER_SENT: 0, DRAIN_NODE_REASON_IDLE_TERMINATION: 1, DRAIN_NODE_REASON_PREEMPTION: 2 },
  },
};

const services = {
  AutoscalerStateService: {
    methods: {
      GetClusterResourceState: rpc("GetClusterResourceState"),
      ReportAutoscalingState: rpc("ReportAutoscalingState"),
      ReportClusterConfig: rpc("ReportClusterConfig"),
      DrainNode: rpc("DrainNode"),
    },
  },
};

/** Name of the service that the agent talks to. */
export const AUTOSCALER_SERVICE = "ray.rpc.autoscaler.AutoscalerStateService";

/** Descriptor for protobufjs. */
export const gcsProtocol: INamespace = {
  nested: { ray: { nested: { rpc: { nested: { autoscaler: { nested: { ...messages, ...enums, ...services } } } } } } },
};
