"""Console output of an instance.

Corrected: GetConsoleOutput gives the last 64 KiB that the machine has written to its console; moto gives everybody the same text. AWS gives
what was posted after the last start unless `Latest` asks for the newest; here both are the newest.
"""

import base64
import os

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.responses.general import General

#: Where each machine has a folder with its console.log; None: no machine has written anything. Set by the launcher.
FOLDER: str | None = None
#: As much as AWS keeps.
MOST_BYTES = 65_536


def install() -> None:
    General.get_console_output = get_console_output  # type: ignore[method-assign]


def get_console_output(self: General) -> ActionResult:
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    output = base64.b64encode(_console(instance.id)).decode("ascii")
    return ActionResult({"InstanceId": instance.id, "Timestamp": utcnow(), "Output": Base64EncodedString(output)})


def _console(instance_id: str) -> bytes:
    if FOLDER is None:
        return b""
    try:
        with open(os.path.join(FOLDER, instance_id, "console.log"), "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - MOST_BYTES))
            return file.read()
    except FileNotFoundError:
        return b""
