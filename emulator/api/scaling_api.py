"""Auto Scaling calls: what a caller may ask and what it is told.

Corrected: bounds of the desired capacity, unknown groups and instances, ending below the minimum, an existing name on create, deleting a
group that still has instances (moto: 500 or accepted); UpdateAutoScalingGroup keeps the policy and the settings it does not name;
DescribeScalingActivities answers; CompleteLifecycleAction and RecordLifecycleActionHeartbeat exist.

"""

from collections.abc import Callable
from typing import Any

import scaling_groups
from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

Request = AutoScalingResponse


class Invalid(AutoscalingClientError):
    def __init__(self, message: str) -> None:
        super().__init__("ValidationError", message)


def install() -> None:
    for action in (set_desired_capacity, terminate_instance_in_auto_scaling_group, describe_scaling_activities,
                   delete_auto_scaling_group, complete_lifecycle_action, record_lifecycle_action_heartbeat):  # fmt: skip
        setattr(Request, action.__name__, action)
    for action, check in ((Request.create_auto_scaling_group, check_create), (Request.update_auto_scaling_group, check_update),
                          (Request.set_instance_protection, check_members), (Request.detach_instances, check_members),
                          (Request.suspend_processes, named_group), (Request.resume_processes, named_group)):  # fmt: skip
        setattr(Request, action.__name__, _checked(action, check))
    FakeAutoScalingGroup.update = _keeping(FakeAutoScalingGroup.update)  # type: ignore[method-assign]
    AutoScalingBackend.notify_terminate_instances = replace_ended  # type: ignore[method-assign]
    AutoScalingBackend.suspend_processes = _in_order(AutoScalingBackend.suspend_processes)  # type: ignore[method-assign]
    AutoScalingBackend.resume_processes = _in_order(AutoScalingBackend.resume_processes)  # type: ignore[method-assign]


def named_group(request: Request) -> FakeAutoScalingGroup:
    """The group that the request names; AWS's error when there is none."""
    group = request.autoscaling_backend.autoscaling_groups.get(request._get_param("AutoScalingGroupName"))
    if group is None:
        raise Invalid("AutoScalingGroup name not found - null")
    return group


def set_desired_capacity(self: Request) -> ActionResult:
    group = named_group(self)
    desired = self._get_int_param("DesiredCapacity")
    _check_desired(group, desired)
    group.set_desired_capacity(desired)
    return EmptyResult()


def terminate_instance_in_auto_scaling_group(self: Request) -> ActionResult:
    instance_id = self._get_param("InstanceId")
    group, member = _member(self.autoscaling_backend, instance_id)
    desired = group.desired_capacity or 0
    if not self._get_bool_param("ShouldDecrementDesiredCapacity", False):
        cause = f"instance {instance_id} was taken out of service in response to a user request."
        activity = scaling_groups.end_member(group, member, cause)
        scaling_groups.settle(group)
        return ActionResult({"Activity": activity})
    if desired <= (group.min_size or 0):
        raise Invalid(
            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without replacement will violate group's "
            "min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
        )
    group.desired_capacity = desired - 1
    cause = (
        f"instance {instance_id} was taken out of service in response to a user request, "
        f"shrinking the capacity from {desired} to {desired - 1}."
    )
    return ActionResult({"Activity": scaling_groups.end_member(group, member, cause)})


def describe_scaling_activities(self: Request) -> ActionResult:
    wanted = self._get_param("ActivityIds", [])
    if self._get_param("AutoScalingGroupName"):
        found = list(scaling_groups.activities(named_group(self)))
    else:
        found = [each for group in self.autoscaling_backend.autoscaling_groups.values() for each in scaling_groups.activities(group)]
        found.sort(key=lambda each: each["StartTime"], reverse=True)
    found = [each for each in found if not wanted or each["ActivityId"] in wanted]
    token = self._get_param("NextToken")
    start = next((index + 1 for index, each in enumerate(found) if each["ActivityId"] == token), 0)
    page = found[start : start + (self._get_int_param("MaxRecords") or 100)]
    more = bool(page) and start + len(page) < len(found)
    return ActionResult({"Activities": page, "NextToken": page[-1]["ActivityId"] if more else None})


def delete_auto_scaling_group(self: Request) -> ActionResult:
    group = named_group(self)
    if group.instance_states and not self._get_bool_param("ForceDelete", False):
        raise AutoscalingClientError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
        )
    group.min_size = group.desired_capacity = 0
    for member in list(group.instance_states):
        scaling_groups.end_member(group, member, "the group was deleted with force.")
    del self.autoscaling_backend.autoscaling_groups[group.name]
    return EmptyResult()


def complete_lifecycle_action(self: Request) -> ActionResult:
    _check_hook(self)
    return EmptyResult()


def record_lifecycle_action_heartbeat(self: Request) -> ActionResult:
    _check_hook(self)
    return EmptyResult()


def check_create(request: Request) -> None:
    name = request._get_param("AutoScalingGroupName")
    if name in request.autoscaling_backend.autoscaling_groups:
        message = f"AutoScalingGroup by this name already exists - A group with the name {name} already exists"
        raise AutoscalingClientError("AlreadyExists", message)
    lowest, highest = request._get_int_param("MinSize"), request._get_int_param("MaxSize")
    _check_bounds(lowest, highest)
    desired = request._get_int_param("DesiredCapacity")
    if desired is not None and not lowest <= desired <= highest:
        raise Invalid("Desired capacity must be between min size and max size")


def check_update(request: Request) -> None:
    group = named_group(request)
    lowest, highest = request._get_int_param("MinSize", group.min_size), request._get_int_param("MaxSize", group.max_size)
    _check_bounds(lowest, highest)
    desired = request._get_int_param("DesiredCapacity")
    if desired is not None and not lowest <= desired <= highest:
        raise Invalid(f"Desired capacity:{desired} must be between the specified min size:{lowest} and max size:{highest}")
    # Settings that moto knows how to show but not how to change.
    if request._get_param("DefaultCooldown") is not None:
        group.default_cooldown = request._get_int_param("DefaultCooldown")
    if request._get_param("PlacementGroup"):
        group.placement_group = request._get_param("PlacementGroup")
    if request._get_param("TerminationPolicies"):
        group.termination_policies = request._get_param("TerminationPolicies")
    if request._get_param("CapacityRebalance") is not None:
        group.capacity_rebalance = request._get_bool_param("CapacityRebalance")


def check_members(request: Request) -> None:
    group = named_group(request)
    members = {each.instance.id for each in group.instance_states}
    for instance_id in request._get_param("InstanceIds", []):
        if instance_id not in members:
            raise Invalid(f"The instance {instance_id} is not part of Auto Scaling group {group.name}.")


def replace_ended(self: AutoScalingBackend, instance_ids: list[str]) -> None:
    """Members that were ended past the group: it notices and launches others."""
    for group in list(self.autoscaling_groups.values()):
        ended = [each for each in group.instance_states if each.instance.id in instance_ids]
        if not ended:
            continue
        group.instance_states = [each for each in group.instance_states if each not in ended]
        for member in ended:
            scaling_groups.record(
                group, f"Terminating EC2 instance: {member.instance.id}",
                "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.",
            )
        scaling_groups.settle(group)
        self.update_attached_elbs(group.name)


def _checked(action: Callable[[Request], ActionResult], check: Callable[[Request], Any]) -> Callable[[Request], ActionResult]:
    def call(self: Request) -> ActionResult:
        check(self)
        return action(self)

    return call


def _keeping(original: Any) -> Any:
    """Update with what the caller leaves out filled in from what the group has."""

    def update(self: FakeAutoScalingGroup, **given: Any) -> None:
        if not given.get("mixed_instances_policy") and not given.get("launch_template") and not given.get("launch_config_name"):
            given["mixed_instances_policy"] = _as_request(self.mixed_instances_policy)
            if not self.mixed_instances_policy and self.ec2_launch_template:
                given["launch_template"] = {
                    "LaunchTemplateId": self.ec2_launch_template.id,
                    "Version": self.provided_launch_template_version,
                }
        lowest = self.min_size if given.get("min_size") is None else given["min_size"]
        highest = self.max_size if given.get("max_size") is None else given["max_size"]
        if given.get("desired_capacity") is None:
            given["desired_capacity"] = min(max(self.desired_capacity or 0, lowest or 0), highest or 0)
        original(self, **given)

    return update


def _as_request(policy: dict[str, Any] | None) -> dict[str, Any] | None:
    """The policy as a caller may give it: moto shows both id and name of the template, but accepts only one of them."""
    if not policy:
        return policy
    template = policy["LaunchTemplate"]
    specification = {key: value for key, value in template["LaunchTemplateSpecification"].items() if key != "LaunchTemplateName"}
    return {**policy, "LaunchTemplate": {**template, "LaunchTemplateSpecification": specification}}


def _in_order(original: Any) -> Any:
    def change(self: AutoScalingBackend, group_name: str, scaling_processes: list[str]) -> None:
        original(self, group_name, scaling_processes)
        group = self.autoscaling_groups[group_name]
        group.suspended_processes = sorted(each["ProcessName"] for each in group.suspended_processes)
        scaling_groups.settle(group)

    return change


def _check_bounds(lowest: int, highest: int) -> None:
    if lowest < 0 or highest < 0:
        raise Invalid("Min and max size must not be negative")
    if lowest > highest:
        raise Invalid(f"Max bound, {highest}, must be greater than or equal to min bound, {lowest}")


def _check_desired(group: FakeAutoScalingGroup, desired: int) -> None:
    if desired > (group.max_size or 0):
        raise Invalid(f"New SetDesiredCapacity value {desired} is above max value {group.max_size} for the AutoScalingGroup.")
    if desired < (group.min_size or 0):
        raise Invalid(f"New SetDesiredCapacity value {desired} is below min value {group.min_size} for the AutoScalingGroup.")


def _member(backend: AutoScalingBackend, instance_id: str) -> tuple[FakeAutoScalingGroup, InstanceState]:
    for group in backend.autoscaling_groups.values():
        for member in group.instance_states:
            if member.instance.id == instance_id:
                return group, member
    raise Invalid(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")


def _check_hook(request: Request) -> None:
    group = named_group(request)
    name = request._get_param("LifecycleHookName")
    if not request.autoscaling_backend.describe_lifecycle_hooks(group.name, [name]):
        raise Invalid(f"No active Lifecycle Action found with token {request._get_param('LifecycleActionToken')}")
