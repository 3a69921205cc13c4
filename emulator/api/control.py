"""What the rest of the emulator asks of the API's process, beside the AWS protocol: paths under /rayfleet/.

GET    /rayfleet/machines                 the instances that should be running, without their user data
GET    /rayfleet/machines/ID              one of them, with its user data (base64)
GET    /rayfleet/machines/ID/credentials  credentials of the role of its instance profile, as the metadata service gives them
DELETE /rayfleet/machines/ID              the cloud takes a spot machine back
POST   /rayfleet/machines/ID/events       an AWS service announces something about it: {source, detailType, detail};
                                          a scheduled change is from then on among the instance's events
GET    /rayfleet/no-capacity              the denials in force
POST   /rayfleet/no-capacity              one more: {instanceType?, group?, zone?, market?, until?}
DELETE /rayfleet/no-capacity              none any more
"""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import instances
import scheduled_events
from capacity import Denial, capacity
from moto.core.utils import utcnow
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import Instance
from moto.ec2.utils import filter_iam_instance_profiles
from moto.events.models import events_backends
from moto.sts.models import sts_backends

PREFIX = "/rayfleet/"


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


def answer(environ: dict[str, Any], body: bytes, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI answer to one request under PREFIX."""
    status = "200 OK"
    try:
        result = _route(environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(PREFIX).split("/"), body)
    except Refusal as refusal:
        status, result = refusal.status, {"error": str(refusal)}
    payload = json.dumps(result).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))])
    return [payload]


def _route(method: str, path: list[str], body: bytes) -> Any:
    match method, path:
        case "GET", ["machines"]:
            return [_machine(each) for each in _running()]
        case "GET", ["machines", instance_id]:
            instance = _find(instance_id)
            return {**_machine(instance), "userData": instance.user_data._encoded_string if instance.user_data else ""}
        case "GET", ["machines", instance_id, "credentials"]:
            return _credentials(_find(instance_id))
        case "DELETE", ["machines", instance_id]:
            instances.reclaim(_find(instance_id))
            return {}
        case "POST", ["machines", instance_id, "events"]:
            _announce(_find(instance_id), body)
            return {}
        case "GET", ["no-capacity"]:
            return capacity.in_force()
        case "POST", ["no-capacity"]:
            capacity.deny(_denial(body))
            return {}
        case "DELETE", ["no-capacity"]:
            capacity.restore()
            return {}
    raise Refusal("404 Not Found", f"{method} {PREFIX}{'/'.join(path)}: no such path")


def _announce(instance: Instance, body: bytes) -> None:
    """Puts an event onto the default bus of the instance's region, in the name of a service; PutEvents of AWS itself refuses such a name."""
    region, account = instance.ec2_backend.region_name, instance.owner_id
    try:
        given = json.loads(body)
        event = {"Source": given["source"], "DetailType": given["detailType"], "Detail": json.dumps(given["detail"])}
        if event["Source"] == "aws.health":
            scheduled_events.note(instance, given["detail"])
    except (ValueError, KeyError, TypeError) as problem:
        raise Refusal("400 Bad Request", f"events: {problem!r}; expected an object with source, detailType and detail") from problem
    arn = f"arn:aws:ec2:{region}:{account}:instance/{instance.id}"
    events_backends[account][region].put_events([{**event, "Resources": [arn]}])


def _denial(body: bytes) -> Denial:
    names = {"instanceType": "instance_type", "group": "group", "zone": "zone", "market": "market", "until": "until"}
    try:
        given = json.loads(body)
        return Denial(**{names[key]: value for key, value in given.items()})
    except (ValueError, KeyError, AttributeError) as problem:
        raise Refusal("400 Bad Request", f"no-capacity: {problem!r}; expected an object with some of {', '.join(names)}") from problem


def _running() -> Iterable[Instance]:
    for backend in instances.backends():
        for reservation in backend.reservations.values():
            yield from (each for each in reservation.instances if each.state in ("pending", "running"))


def _find(instance_id: str) -> Instance:
    for instance in _running():
        if instance.id == instance_id:
            return instance
    raise Refusal("404 Not Found", f"{instance_id}: no such running instance")


def _machine(instance: Instance) -> dict[str, Any]:
    profile = instance.iam_instance_profile or {}
    return {
        "instanceId": instance.id,
        "instanceType": instance.instance_type,
        "imageId": instance.image_id,
        "privateIpAddress": instance.private_ip_address,
        "privateDnsName": instance.private_dns_name,
        "region": instance.ec2_backend.region_name,
        "availabilityZone": instance.availability_zone,
        "accountId": instance.owner_id,
        "lifecycle": instance.lifecycle or "on-demand",
        "launchedAt": instance.launch_time.isoformat() + "Z",
        "metadataTags": instance.metadata_options.instance_metadata_tags == "enabled",
        "instanceProfileArn": profile.get("Arn"),
        "instanceProfileId": profile.get("Id"),
        "tags": dict(instance.ec2_backend.tags.get(instance.id, {})),
        "hardware": _hardware(instance),
    }


def _hardware(instance: Instance) -> dict[str, Any] | None:
    """Numbers of the instance type; None where the type is unknown."""
    found = INSTANCE_TYPES.get(instance.instance_type)
    if not found:
        return None
    gpus = found.get("GpuInfo", {}).get("Gpus", [])
    return {
        "cpus": found["VCpuInfo"]["DefaultVCpus"],
        "memoryMiB": found["MemoryInfo"]["SizeInMiB"],
        "gpus": sum(each["Count"] for each in gpus),
        "gpuName": gpus[0]["Name"] if gpus else None,
        "gpuMemoryMiB": gpus[0]["MemoryInfo"]["SizeInMiB"] if gpus else None,
    }


def _credentials(instance: Instance) -> dict[str, Any]:
    profile_arn = (instance.iam_instance_profile or {}).get("Arn")
    if not profile_arn:
        raise Refusal("404 Not Found", f"{instance.id}: has no instance profile")
    backend = instance.ec2_backend
    profile = filter_iam_instance_profiles(backend.account_id, backend.partition, profile_arn, None)
    if not profile.roles:
        raise Refusal("404 Not Found", f"{instance.id}: its instance profile holds no role")
    role = profile.roles[0]
    assumed = sts_backends[backend.account_id][backend.partition].assume_role(
        region_name=backend.region_name,
        role_session_name=instance.id,
        role_arn=role.arn,
        policy="",
        duration=21_600,
        external_id="",
    )
    now = utcnow()
    return {
        "role": role.name,
        "accessKeyId": assumed.access_key_id,
        "secretAccessKey": assumed.secret_access_key,
        "token": assumed.session_token,
        "issuedAt": now.isoformat(timespec="seconds") + "Z",
        "expiresAt": (now + timedelta(seconds=21_600)).isoformat(timespec="seconds") + "Z",
    }
