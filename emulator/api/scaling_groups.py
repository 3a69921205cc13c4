"""Auto Scaling groups: what a group does to come to its desired capacity.

Corrected: every launch takes all its parts from the version of the template that the group names (moto takes some from the default
version, and leaves out the instance profile, the metadata options and the market); a mixed instances policy decides types, in order, and
market; instances spread over the subnets; launches that fail leave a Failed activity and are tried again, later and later; protected
instances are never chosen for scale-in; Launch and Terminate may be suspended; activities are recorded.
"""

import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from capacity import Launch, capacity
from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState, autoscaling_backends
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.ec2.models.instances import Instance

#: Pause before the first retry of a failed launch; doubles up to MAX_RETRY_SECONDS. Set by the launcher.
RETRY_SECONDS = 5.0
MAX_RETRY_SECONDS = 60.0
#: Activities kept per group. AWS keeps six weeks.
ACTIVITIES_KEPT = 500

Activity = dict[str, Any]


class NoLaunch(Exception):
    """A launch that the cloud refuses; each text becomes the StatusMessage of a Failed activity."""

    def __init__(self, *texts: str) -> None:
        super().__init__("; ".join(texts))
        self.texts = texts


def install() -> None:
    FakeAutoScalingGroup.set_desired_capacity = set_desired_capacity  # type: ignore[method-assign]
    FakeAutoScalingGroup.replace_autoscaling_group_instances = lambda self, *_: settle(self)  # type: ignore[method-assign]
    InstanceState.launch_template = property(_launch_template_of_member)  # type: ignore[assignment]


def groups() -> Iterable[FakeAutoScalingGroup]:
    for account in list(autoscaling_backends.values()):
        for backend in list(account.values()):
            yield from list(backend.autoscaling_groups.values())


def set_desired_capacity(group: FakeAutoScalingGroup, desired: int | None) -> None:
    """Notes the number and acts on it at once. Bounds are the caller's business, as for AWS's own processes."""
    group.desired_capacity = group.min_size if desired is None else desired
    group.retry_seconds = RETRY_SECONDS  # type: ignore[attr-defined]
    settle(group)
    if group.name in group.autoscaling_backend.autoscaling_groups:
        group.autoscaling_backend.update_attached_elbs(group.name)
        group.autoscaling_backend.update_attached_target_groups(group.name)


def settle(group: FakeAutoScalingGroup) -> None:
    """Launches what is missing or ends what is too much."""
    group.retry_at = None  # type: ignore[attr-defined]
    difference = (group.desired_capacity or 0) - len(group.active_instances())
    if difference > 0 and not suspended(group, "Launch"):
        _launch(group, difference)
    elif difference < 0 and not suspended(group, "Terminate"):
        _shrink(group, -difference)


def suspended(group: FakeAutoScalingGroup, process: str) -> bool:
    return any(each["ProcessName"] == process for each in group.suspended_processes)


def retry_launches() -> None:
    """Tries again where a launch failed and its pause is over."""
    now = time.monotonic()
    for group in groups():
        retry_at = getattr(group, "retry_at", None)
        if retry_at is not None and retry_at <= now:
            settle(group)


def record(group: FakeAutoScalingGroup, description: str, cause: str, failure: str | None = None) -> Activity:
    """One more entry in the group's history, newest first; returned as AWS shows it."""
    now = utcnow()
    activity: Activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": f"At {_stamp(now)} {cause}",
        "StartTime": now,
        "EndTime": now,
        "StatusCode": "Failed" if failure else "Successful",
        "Progress": 100,
        "Details": "{}",
    }
    if failure:
        activity["StatusMessage"] = failure
    history = activities(group)
    history.insert(0, activity)
    del history[ACTIVITIES_KEPT:]
    return activity


def activities(group: FakeAutoScalingGroup) -> list[Activity]:
    return group.__dict__.setdefault("recorded_activities", [])


def end_member(group: FakeAutoScalingGroup, member: InstanceState, cause: str) -> Activity:
    """Ends one instance of the group and takes it off the list. The desired capacity is the caller's business."""
    group.instance_states = [each for each in group.instance_states if each is not member]
    group.ec2_backend.terminate_instances([member.instance.id])
    return record(group, f"Terminating EC2 instance: {member.instance.id}", cause)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _shrink(group: FakeAutoScalingGroup, count: int) -> None:
    candidates = [each for each in group.active_instances() if not each.protected_from_scale_in]
    before = len(group.active_instances())
    for _ in range(min(count, len(candidates))):
        zones = Counter(each.availability_zone for each in group.active_instances())
        member = max(candidates, key=lambda each: (zones[each.availability_zone], -candidates.index(each)))
        candidates.remove(member)
        end_member(
            group, member, f"an instance was taken out of service in response to a difference between desired and actual capacity, "
            f"shrinking the capacity from {before} to {before - 1}."
        )
        before -= 1


def _launch(group: FakeAutoScalingGroup, count: int) -> None:
    failures: list[str] = []
    batches: dict[Launch, list[str | None]] = defaultdict(list)
    before = len(group.active_instances())
    try:
        for launch, subnet in _plan(group, count):
            batches[launch].append(subnet)
    except NoLaunch as refusal:
        failures += refusal.texts
    for launch, subnets in batches.items():
        for subnet, wanted in Counter(subnets).items():
            try:
                _run(group, launch, subnet, wanted)
            except NoLaunch as refusal:
                failures += refusal.texts
            except ServiceException as refusal:
                failures.append(getattr(refusal, "message", None) or str(refusal))
    for failure in failures:
        record(
            group, "Launching a new EC2 instance.  Status Reason: " + failure,
            "an instance was started in response to a difference between desired and actual capacity, increasing the capacity "
            f"from {before} to {group.desired_capacity}.",
            failure,
        )
    if failures:
        pause = getattr(group, "retry_seconds", RETRY_SECONDS)
        group.retry_at = time.monotonic() + pause  # type: ignore[attr-defined]
        group.retry_seconds = min(pause * 2, MAX_RETRY_SECONDS)  # type: ignore[attr-defined]


def _plan(group: FakeAutoScalingGroup, count: int) -> Iterable[tuple[Launch, str | None]]:
    """One launch at a time; stops with NoLaunch at the first that cannot be had."""
    members = group.active_instances()
    by_subnet = Counter(each.instance.subnet_id for each in members)
    on_demand = sum(1 for each in members if each.instance.lifecycle != "spot")
    for total in range(len(members) + 1, len(members) + count + 1):
        market = "on-demand" if on_demand < _on_demand_share(group, total) else "spot"
        launch, subnet = _choose(group, market, by_subnet)
        by_subnet[subnet] += 1
        on_demand += market == "on-demand"
        yield launch, subnet


def _on_demand_share(group: FakeAutoScalingGroup, total: int) -> int:
    """How many of `total` are on-demand. AWS rounds the share above the base up."""
    policy = group.mixed_instances_policy
    if not policy:
        options = _template(group).data.get("InstanceMarketOptions", {}) if group.ec2_launch_template else {}
        return 0 if options.get("MarketType") == "spot" else total
    distribution = policy.get("InstancesDistribution", {})
    base = min(int(distribution.get("OnDemandBaseCapacity", 0)), total)
    percent = int(distribution.get("OnDemandPercentageAboveBaseCapacity", 100))
    return base + -(-(total - base) * percent // 100)


def _choose(group: FakeAutoScalingGroup, market: str, by_subnet: Counter[Any]) -> tuple[Launch, str | None]:
    """The first type that can be had, in the emptiest of the subnets that can have it."""
    refusals = []
    for instance_type in _instance_types(group):
        for subnet_id, zone in sorted(_subnets(group), key=lambda each: by_subnet[each[0]]):
            launch = Launch(instance_type, zone, market, group.name)
            if not capacity.denies(launch):
                return launch, subnet_id
            refusals.append(launch)
    code = "UnfulfillableCapacity" if market == "spot" else "InsufficientInstanceCapacity"
    # AWS goes from zone to zone and writes down each that it tried in vain.
    by_zone = {each.zone: each for each in reversed(refusals)}
    texts = [capacity.refusal(each.instance_type, each.zone) for each in reversed(by_zone.values())]
    raise NoLaunch(*(f"{text} Launching EC2 instance failed. ({code})" for text in texts))


def _instance_types(group: FakeAutoScalingGroup) -> list[str]:
    overrides = (group.mixed_instances_policy or {}).get("LaunchTemplate", {}).get("Overrides", [])
    return [each["InstanceType"] for each in overrides if each.get("InstanceType")] or [group.instance_type]


def _subnets(group: FakeAutoScalingGroup) -> list[tuple[str | None, str]]:
    if not group.vpc_zone_identifier:
        return [(None, zone) for zone in group.availability_zones]
    ids = [each.strip() for each in group.vpc_zone_identifier.split(",")]
    return [(each, group.ec2_backend.get_subnet(each).availability_zone) for each in ids]


def _template(group: FakeAutoScalingGroup) -> Any:
    assert group.ec2_launch_template is not None
    return group.ec2_launch_template.get_version(group.launch_template_version)


def _run(group: FakeAutoScalingGroup, launch: Launch, subnet: str | None, count: int) -> None:
    tags = {**group.get_propagated_tags(), ASG_NAME_TAG: group.name, **group.instance_tags}
    parts = _parts_of_template(group) if group.ec2_launch_template else {"launch_config": group.launch_config}
    parts = {key: value for key, value in parts.items() if value is not None}
    profile = parts.pop("profile", {})
    before = len(group.active_instances())
    try:
        reservation = group.ec2_backend.run_instances(
            group.image_id, count, group.user_data, group.security_groups,
            instance_type=launch.instance_type, is_instance_type_default=False, region_name=group.region,
            placement=None if subnet else launch.zone, subnet_id=subnet, tags={"instance": tags}, **parts,
        )
    except (StopIteration, RuntimeError) as problem:
        # How moto says that no address is left.
        refusal = f"There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances."
        raise NoLaunch(refusal) from problem
    for instance in reservation.instances:
        _join(group, instance, launch, profile)
        record(
            group, f"Launching a new EC2 instance: {instance.id}",
            "an instance was started in response to a difference between desired and actual capacity, increasing the capacity "
            f"from {before} to {before + 1}.",
        )
        before += 1


def _join(group: FakeAutoScalingGroup, instance: Instance, launch: Launch, profile: dict[str, str]) -> None:
    instance.lifecycle = "spot" if launch.market == "spot" else None
    if profile:
        group.ec2_backend.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
    instance.autoscaling_group = group  # type: ignore[attr-defined]
    group.instance_states.append(InstanceState(instance, protected_from_scale_in=group.new_instances_protected_from_scale_in))


def _parts_of_template(group: FakeAutoScalingGroup) -> dict[str, Any]:
    version = _template(group)
    data = version.data
    interfaces = data.get("NetworkInterfaces") or [{}]
    return {
        "launch_template": {"LaunchTemplateId": version.template.id, "Version": str(version.number)},
        "security_group_ids": list(data.get("SecurityGroupIds") or interfaces[0].get("Groups") or []),
        "key_name": data.get("KeyName"),
        "metadata_options": data.get("MetadataOptions"),
        "associate_public_ip": interfaces[0].get("AssociatePublicIpAddress"),
        "block_device_mappings": _volumes(data.get("BlockDeviceMappings") or []),
        "ebs_optimized": data.get("EbsOptimized"),
        "profile": data.get("IamInstanceProfile"),
    }


def _volumes(mappings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Only those of EBS: moto fails on instance stores. Each ends with its instance unless the template says otherwise, as on AWS."""
    volumes = [{**each, "Ebs": {"DeleteOnTermination": True, **each["Ebs"]}} for each in mappings if each.get("Ebs")]
    return volumes or [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "VolumeType": "gp3", "DeleteOnTermination": True}}]


def _launch_template_of_member(state: InstanceState) -> dict[str, Any] | None:
    template = state.auto_scaling_group.ec2_launch_template if state.auto_scaling_group else None
    if template is None:
        return None
    tags = state.instance.ec2_backend.tags.get(state.instance.id, {})
    version = tags.get("aws:ec2launchtemplate:version", str(template.default_version_number))
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": version}

