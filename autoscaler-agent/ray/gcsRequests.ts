import type { Demand, Gang, LabelRule } from "../../contract/decision";
import type { WireRequest } from "./gcsWire";
import { nodeIdToBytes } from "./nodeId";
import type { AutoscalingReport, ClusterConfigReport, DrainRequest, Resources } from "./rayControl";

const drainReasons = { idle: "DRAIN_NODE_REASON_IDLE_TERMINATION", preemption: "DRAIN_NODE_REASON_PREEMPTION" } as const;

/** Wire form of a drain request. No reason but Ray's 1 and 2 can come out of it, and no negative deadline. */
export function drainNodeRequest(request: DrainRequest): object {
  return {
    node_id: nodeIdToBytes(request.nodeId),
    reason: drainReasons[request.reason],
    reason_message: request.message,
    deadline_timestamp_ms: request.reason === "preemption" ? Math.max(0, Math.trunc(request.deadlineEpochMs)) : 0,
  };
}

/** Wire form of the report; `version` is epoch milliseconds, because Ray drops a report whose version is lower than the last. */
export function autoscalingStateRequest(report: AutoscalingReport, version: number): object {
  return {
    autoscaling_state: {
      autoscaler_state_version: version,
      // One entry each: `ray status` counts entries and ignores `count`.
      pending_instance_requests: report.pendingRequests.map((request) => ({
        instance_type_name: request.instanceType,
        ray_node_type_name: request.groupName,
        count: 1,
        request_ts: wholeSeconds(request.requestedAtSeconds),
      })),
      pending_instances: report.pendingInstances.map((instance) => ({
        instance_type_name: instance.instanceType,
        ray_node_type_name: instance.groupName,
        instance_id: instance.instanceId,
        details: instance.details,
      })),
      failed_instance_requests: report.failedRequests.map((request) => ({
        instance_type_name: request.instanceType,
        ray_node_type_name: request.groupName,
        count: request.count,
        reason: request.reason,
        start_ts: wholeSeconds(request.startedAtSeconds),
        failed_ts: wholeSeconds(request.failedAtSeconds),
      })),
      infeasible_resource_requests: report.infeasibleDemands.map(wireDemand),
      infeasible_gang_resource_requests: report.infeasibleGangs.map(wireGang),
      infeasible_cluster_resource_constraints:
        report.infeasibleRequested.length === 0
          ? []
          : [{ resource_requests: report.infeasibleRequested.map((demand) => ({ request: wireDemand(demand), count: demand.count })) }],
    },
  };
}

/** Wire form of the cluster's bounds. Ray wants whole numbers there, so fractions are rounded down and what is under 1 is left out. */
export function clusterConfigRequest(report: ClusterConfigReport): object {
  const bounded = report.groups.map((group) => ({
    ...group,
    maxReplicas: Math.min(group.maxReplicas, report.maxReplicas ?? group.maxReplicas),
  }));
  return {
    cluster_config: {
      min_resources: wholeResources(sumOf(bounded.map((group) => [group.resources, group.minReplicas]))),
      max_resources: wholeResources(sumOf(bounded.map((group) => [group.resources, group.maxReplicas]))),
      node_group_configs: bounded.map((group) => ({
        name: group.groupName,
        resources: wholeResources(group.resources),
        min_count: group.minReplicas,
        max_count: group.maxReplicas,
      })),
    },
  };
}

/** A time in seconds that is really milliseconds kills `ray status`: refuse it here. The bound is the year 5138. */
function wholeSeconds(seconds: number): number {
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > 100_000_000_000) {
    throw new RangeError(`report: time is out of range; got ${seconds}; expected epoch seconds. Divide milliseconds by 1000.`);
  }
  return Math.trunc(seconds);
}

function wireDemand(demand: Pick<Demand, "shape" | "selectors">): WireRequest {
  return { resources_bundle: demand.shape, label_selectors: (demand.selectors ?? []).map(wireSelector) };
}

function wireSelector(rules: readonly LabelRule[]) {
  return {
    label_constraints: rules.map((rule) => ({
      label_key: rule.key,
      operator: rule.operator === "In" ? "LABEL_OPERATOR_IN" : "LABEL_OPERATOR_NOT_IN",
      label_values: rule.values,
    })),
  };
}

function wireGang(gang: Gang): object {
  const requests = gang.bundles.flatMap((bundle) => {
    const placement_constraints = [
      ...(bundle.affinity ? [{ affinity: { label_name: bundle.affinity.label, label_value: bundle.affinity.value } }] : []),
      ...(bundle.antiAffinity
        ? [{ anti_affinity: { label_name: bundle.antiAffinity.label, label_value: bundle.antiAffinity.value } }]
        : []),
    ];
    return Array.from({ length: bundle.count ?? 1 }, () => ({ ...wireDemand(bundle), placement_constraints }));
  });
  return { requests, bundle_selectors: [{ resource_requests: requests }] };
}

function sumOf(parts: readonly (readonly [Resources, number])[]): Resources {
  // A map, because a resource may be called "constructor".
  const sum = new Map<string, number>();
  for (const [resources, count] of parts) {
    for (const [name, amount] of Object.entries(resources)) {
      sum.set(name, (sum.get(name) ?? 0) + amount * count);
    }
  }
  return Object.fromEntries(sum);
}

function wholeResources(resources: Resources): Resources {
  const entries = Object.entries(resources).map(([name, amount]) => [name, Math.trunc(amount)] as const);
  return Object.fromEntries(entries.filter(([, amount]) => amount > 0));
}
