"""User data of an instance that exists.

Corrected: ModifyInstanceAttribute takes new user data. moto has the bytes decoded by its request parser and then tries to decode them
again, so that every change is refused as malformed; AWS takes it while the instance is stopped.
"""

from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.responses import instances
from moto.ec2.utils import parse_user_data


def install() -> None:
    instances.parse_user_data = _parse  # type: ignore[attr-defined]


def _parse(value: Any) -> Base64EncodedString | None:
    return Base64EncodedString.from_raw_bytes(value) if isinstance(value, bytes) else parse_user_data(value)
