"""Scheduled events of an instance: what AWS will do to its machine, and when.

Corrected: DescribeInstanceStatus with a filter on `event.code` gives the instances that have such events, and the events; moto knows of
none. An event begins with what AWS Health announces (control.py), and says `[Completed]` when Health closes it, as AWS does for a week.
"""

import email.utils
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.instances import Instance
from moto.ec2.responses.instances import InstanceResponse

_CODES = {
    "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED": "instance-retirement",
    "AWS_EC2_INSTANCE_STOP_SCHEDULED": "instance-stop",
    "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED": "instance-reboot",
    "AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED": "system-reboot",
}


def install() -> None:
    InstanceResponse.describe_instance_status = _with_events(InstanceResponse.describe_instance_status)  # type: ignore[method-assign]


def note(instance: Instance, detail: dict[str, Any]) -> None:
    """Takes over what AWS Health says of the instance, if that is a scheduled change."""
    if detail.get("eventTypeCategory") != "scheduledChange":
        return
    code = _CODES.get(str(detail.get("eventTypeCode")), "system-maintenance")
    events = instance.__dict__.setdefault("scheduled_events", {})
    if detail.get("statusCode") == "closed":
        events.pop(code, None)
        return
    begin = email.utils.parsedate_to_datetime(detail["startTime"]) if "startTime" in detail else datetime.now(UTC)
    text = "The instance is running on degraded hardware"
    events[code] = {"InstanceEventId": f"instance-event-{instance.id[2:]}", "Code": code, "Description": text, "NotBefore": begin}


def _with_events(original: Any) -> Any:
    def describe_instance_status(self: InstanceResponse) -> ActionResult:
        codes = self._filters_from_querystring().get("event.code")
        if codes is None:
            return original(self)
        running = self.ec2_backend.describe_instance_status(self._get_param("InstanceIds", []), False, [])
        found = {each: [event for code, event in each.__dict__.get("scheduled_events", {}).items() if code in codes] for each in running}
        return ActionResult({"InstanceStatuses": [_status(instance, events) for instance, events in found.items() if events]})

    return describe_instance_status


def _status(instance: Instance, events: list[dict[str, Any]]) -> dict[str, Any]:
    state = {"Code": instance.state_code, "Name": instance.state}
    return {"InstanceId": instance.id, "AvailabilityZone": instance.availability_zone, "InstanceState": state, "Events": events}
