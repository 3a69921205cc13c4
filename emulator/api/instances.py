"""EC2 instances.

Corrected: an instance on an existing network interface takes that interface's zone and security groups; terminating gives back the
address, the interface and the volumes that came with the instance; an existing interface becomes available again; terminated instances
are forgotten after a while (AWS: about an hour); the described instance profile has its own id; RunInstances is refused where capacity
is denied; tags and images are found by a look-up (moto searches all tags of the region for each instance described, and all images for
each one launched: seconds for some hundred instances).
"""

import copy
import time
from collections.abc import Iterator
from typing import Any

from capacity import Launch, capacity
from moto.autoscaling.models import autoscaling_backends
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.instances import Instance, StateReason
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

#: How long a terminated instance is still described. Set by the launcher.
FORGET_SECONDS = 600.0


class InsufficientCapacity(EC2ClientError):
    def __init__(self, instance_type: str, zone: str) -> None:
        super().__init__("InsufficientInstanceCapacity", capacity.refusal(instance_type, zone))


def install() -> None:
    TaggedEC2Resource.get_tags = _tags  # type: ignore[method-assign]
    EC2Backend.describe_images = _by_id(EC2Backend.describe_images)  # type: ignore[method-assign]
    Instance.__init__ = _with_interface_facts(Instance.__init__)  # type: ignore[method-assign]
    Instance.terminate = _giving_back(Instance.terminate)  # type: ignore[method-assign]
    EC2Backend.associate_iam_instance_profile = _described(EC2Backend.associate_iam_instance_profile)  # type: ignore[method-assign]
    InstanceResponse.run_instances = _refusing_without_capacity(InstanceResponse.run_instances)  # type: ignore[method-assign]


def backends() -> Iterator[EC2Backend]:
    """Every EC2 backend that was ever asked for, of all accounts and regions."""
    for account in list(ec2_backends.values()):
        yield from list(account.values())


def forget_terminated() -> None:
    """Drops instances that ended more than FORGET_SECONDS ago, so that listing stays fast on a long day."""
    oldest = time.monotonic() - FORGET_SECONDS
    for backend in backends():
        for reservation in list(backend.reservations.values()):
            kept = [each for each in reservation.instances if getattr(each, "terminated_at", oldest + 1) > oldest]
            if len(kept) == len(reservation.instances):
                continue
            for gone in set(reservation.instances) - set(kept):
                backend.tags.pop(gone.id, None)
            reservation.instances = kept
            if not kept:
                del backend.reservations[reservation.id]


def reclaim(instance: Instance) -> None:
    """Ends a spot instance as the cloud does it when it needs the machine; its group notices."""
    instance.ec2_backend.terminate_instances([instance.id])
    instance.state_reason = StateReason("Server.SpotInstanceTermination: Spot instance termination", "Server.SpotInstanceTermination")
    autoscaling_backends[instance.owner_id][instance.ec2_backend.region_name].notify_terminate_instances([instance.id])


def _tags(self: Any) -> list[dict[str, str]]:
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if self.id else ""
    tags = self.ec2_backend.tags.get(self.id, {}) if self.id else {}
    return [{"resource_id": self.id, "key": key, "value": value, "resource_type": kind} for key, value in tags.items()]


def _by_id(original: Any) -> Any:
    def describe_images(self: EC2Backend, *arguments: Any, **named: Any) -> Any:
        wanted = (named.get("filters") or {}).get("image-id")
        if not arguments and list(named) == ["filters"] and list(named["filters"]) == ["image-id"] and isinstance(wanted, str):
            return [self.amis[wanted]] if wanted in self.amis else []
        return original(self, *arguments, **named)

    return describe_images


def _with_interface_facts(original: Any) -> Any:
    def init(self: Instance, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        existing = {nic.get("NetworkInterfaceId") for nic in named.get("nics") or []}
        self.own_interfaces = [nic for nic in self.nics.values() if nic.id not in existing]  # type: ignore[attr-defined]
        primary = self.nics.get(0)
        if primary is not None and primary.id in existing:
            self._placement.zone = primary.subnet.availability_zone
            self.security_groups = list(primary._group_set)
            self.associate_public_ip = False

    return init


def _giving_back(original: Any) -> Any:
    def terminate(self: Instance) -> Any:
        if self.state == "terminated":
            return original(self)
        for index, nic in list(self.nics.items()):
            if nic in self.own_interfaces:  # type: ignore[attr-defined]
                nic.delete_on_termination = True
            else:
                # The instance stays describable by a copy.
                kept = copy.copy(nic)
                self.detach_eni(nic)
                self.nics[index] = kept
        previous = original(self)
        subnet_id = self._subnet_id
        subnet = self.ec2_backend.get_subnet(subnet_id) if subnet_id else None
        for address in self._private_ips if subnet else ():
            subnet.del_subnet_ip(address)
        # Emptied, because moto gives the addresses back once more when the object is collected, by when others may hold them.
        self._private_ips = set()
        self.terminated_at = time.monotonic()  # type: ignore[attr-defined]
        return previous

    return terminate


def _described(original: Any) -> Any:
    def associate(self: EC2Backend, instance_id: str, *arguments: Any, **named: Any) -> Any:
        association = original(self, instance_id, *arguments, **named)
        profile = association.iam_instance_profile
        association.instance.iam_instance_profile = {"Arn": profile.arn, "Id": profile.id}
        return association

    return associate


def _refusing_without_capacity(original: Any) -> Any:
    def run_instances(self: InstanceResponse) -> Any:
        instance_type = self._get_param("InstanceType", "m1.small")
        zone = _requested_zone(self)
        market = "spot" if self._get_param("InstanceMarketOptions.MarketType") == "spot" else "on-demand"
        if capacity.denies(Launch(instance_type, zone, market, group=None)):
            raise InsufficientCapacity(instance_type, zone)
        return original(self)

    return run_instances


def _requested_zone(request: InstanceResponse) -> str:
    subnet_id = request._get_param("SubnetId")
    if subnet_id:
        return request.ec2_backend.get_subnet(subnet_id).availability_zone
    return request._get_param("Placement.AvailabilityZone") or f"{request.region}a"

