"""Answers one request with the scheduler of the Ray that is installed, and says where it put everything.

Usage: ray_scheduler.py REQUEST REPLY RUNS LIMIT_SECONDS. Exits with 3 when the time is over.
"""

import json
import resource
import signal
import sys
import time
from collections import Counter

from ray.autoscaler.v2.instance_manager.config import NodeTypeConfig
from ray.autoscaler.v2.scheduler import (
    ResourceDemandScheduler,
    ResourceRequestSource,
    SchedulingRequest,
)
from ray.autoscaler.v2.schema import AutoscalerInstance
from ray.autoscaler.v2.utils import ResourceRequestUtil
from ray.core.generated.autoscaler_pb2 import GangResourceRequest, NodeState, ResourceRequestByCount
from ray.core.generated.common_pb2 import LabelSelectorOperator
from ray.core.generated.instance_manager_pb2 import Instance, NodeKind

OPERATORS = {
    "In": LabelSelectorOperator.LABEL_OPERATOR_IN,
    "NotIn": LabelSelectorOperator.LABEL_OPERATOR_NOT_IN,
}
KINDS = ResourceRequestUtil.PlacementConstraintType


def selectors_of(part):
    return [[(rule["key"], OPERATORS[rule["operator"]], rule["values"]) for rule in rules] for rules in part.get("selectors", [])]


def constraints_of(bundle):
    for kind, name in ((KINDS.AFFINITY, "affinity"), (KINDS.ANTI_AFFINITY, "antiAffinity")):
        if name in bundle:
            return [(kind, bundle[name]["label"], bundle[name]["value"])]
    return None


def instance_of(node):
    state = NodeState(node_id=node["id"].encode(), ray_node_type_name=node["groupName"], status=1)
    for name, amount in node["total"].items():
        state.total_resources[name] = amount
    for name, amount in node.get("available", node["total"]).items():
        state.available_resources[name] = amount
    for name, value in node.get("labels", {}).items():
        state.labels[name] = value
    instance = Instance(
        instance_id=node["id"],
        instance_type=node["groupName"],
        status=Instance.RAY_RUNNING,
        node_id=node["id"],
        cloud_instance_id=node["id"],
        node_kind=NodeKind.HEAD if node.get("head") else NodeKind.WORKER,
    )
    return AutoscalerInstance(ray_node=state, im_instance=instance, cloud_instance_id=node["id"])


def gang_of(gang):
    requests = []
    for bundle in gang["bundles"]:
        one = ResourceRequestUtil.make(bundle["shape"], constraints_of(bundle), selectors_of(bundle))
        requests += [one] * bundle.get("count", 1)
    return GangResourceRequest(requests=requests)


def scheduling_request(given):
    configs = {
        group["groupName"]: NodeTypeConfig(
            name=group["groupName"],
            min_worker_nodes=group.get("minReplicas", 0),
            max_worker_nodes=group["maxReplicas"],
            resources=dict(group["resources"]),
            labels={"ray.io/node-group": group["groupName"], **group.get("labels", {})},
        )
        for group in given["groups"]
    }
    demands = [
        ResourceRequestByCount(
            request=ResourceRequestUtil.make(demand["shape"], None, selectors_of(demand)),
            count=demand["count"],
        )
        for demand in given["demands"]
    ]
    return SchedulingRequest(
        disable_launch_config_check=True,
        node_type_configs=configs,
        max_num_nodes=given["limits"].get("maxReplicas"),
        resource_requests=demands,
        gang_resource_requests=[gang_of(gang) for gang in given["gangs"]],
        current_instances=[instance_of(node) for node in given["nodes"]],
    )


def remember_context():
    """The scheduler does not say where it puts things; its context knows."""
    kept = {}
    context_class = ResourceDemandScheduler.ScheduleContext
    make = context_class.from_schedule_request

    def make_and_keep(request):
        kept["context"] = make(request)
        return kept["context"]

    context_class.from_schedule_request = staticmethod(make_and_keep)
    return kept


def gang_label(request):
    for constraint in request.placement_constraints:
        for part in (constraint.affinity, constraint.anti_affinity):
            if part.label_name:
                return part.label_name
    return None


def hosts_of(context, given, request):
    demand_at = {}
    for index, by_count in enumerate(request.resource_requests):
        demand_at.setdefault(by_count.request.SerializeToString(deterministic=True), index)
    gang_at = {
        bundle[kind]["label"]: index
        for index, gang in enumerate(given["gangs"])
        for bundle in gang["bundles"]
        for kind in ("affinity", "antiAffinity")
        if kind in bundle
    }
    hosts = []
    for node in context.get_nodes():
        contents = []
        placed = node.get_sched_requests(ResourceRequestSource.PENDING_DEMAND)
        counted = Counter(part.SerializeToString(deterministic=True) for part in placed)
        first = {part.SerializeToString(deterministic=True): part for part in placed}
        for key, times in counted.items():
            label = gang_label(first[key])
            if label is None:
                contents.append({"kind": "demand", "index": demand_at[key], "times": times})
            else:
                shape = dict(first[key].resources_bundle)
                contents.append({"kind": "gang", "index": gang_at[label], "shape": shape, "times": times})
        host = {"groupName": node.node_type, "count": 1, "contents": contents}
        if node.im_instance_id:
            host["nodeId"] = node.im_instance_id
        if contents or not node.im_instance_id:
            hosts.append(host)
    return hosts


def main(request_file, reply_file, runs, limit_seconds):
    with open(request_file, encoding="utf-8") as file:
        given = json.load(file)
    request = scheduling_request(given)
    kept = remember_context()
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(3))
    signal.alarm(limit_seconds)
    milliseconds = []
    started = time.monotonic()
    while len(milliseconds) < runs and (not milliseconds or time.monotonic() - started < limit_seconds / 4):
        before = time.process_time()
        ResourceDemandScheduler(None).schedule(request)
        milliseconds.append((time.process_time() - before) * 1000)
    signal.alarm(0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    plan = {"hosts": hosts_of(kept["context"], given, request)}
    with open(reply_file, "w", encoding="utf-8") as file:
        json.dump({"milliseconds": milliseconds, "peakMiB": peak, "plan": plan}, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
