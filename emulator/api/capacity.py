"""Which launches the emulated cloud refuses because it has no such machines: told from outside, see control.py."""

import time
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Launch:
    """One machine that somebody asks for."""

    instance_type: str
    zone: str
    market: str
    group: str | None


@dataclass(frozen=True)
class Denial:
    """What is refused. A field that is None matches every launch; `until` is in seconds of the epoch, None: until withdrawn."""

    instance_type: str | None = None
    group: str | None = None
    zone: str | None = None
    market: str | None = None
    until: float | None = None

    def matches(self, launch: Launch) -> bool:
        mine = (self.instance_type, self.group, self.zone, self.market)
        theirs = (launch.instance_type, launch.group, launch.zone, launch.market)
        return all(one is None or one == other for one, other in zip(mine, theirs, strict=True))


class Capacity:
    """The refusals in force."""

    def __init__(self) -> None:
        self._denials: list[Denial] = []

    def deny(self, denial: Denial) -> None:
        self._denials.append(denial)

    def restore(self) -> None:
        """Everything can be had again."""
        self._denials.clear()

    def in_force(self) -> list[dict[str, Any]]:
        self._expire()
        return [asdict(each) for each in self._denials]

    def denies(self, launch: Launch) -> bool:
        self._expire()
        return any(each.matches(launch) for each in self._denials)

    def _expire(self) -> None:
        now = time.time()
        self._denials = [each for each in self._denials if each.until is None or each.until > now]

    @staticmethod
    def refusal(instance_type: str, zone: str) -> str:
        return (
            f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested ({zone}). "
            "Our system will be working on provisioning additional capacity. You can currently get "
            f"{instance_type} capacity by not specifying an Availability Zone in your request or choosing another one."
        )


capacity = Capacity()
