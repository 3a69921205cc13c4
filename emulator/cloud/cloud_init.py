"""Process 1 of a cloud's namespaces: lays the network, starts the API and metal, and ends with the supervisor.

Standard input begins with one line of JSON (see `CloudInitSpecification` in supervisor.ts) and then stays open: its end means that the
supervisor is gone. When this process ends, the kernel ends every process of the cloud, the machines' as well.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "metal"))

import links  # noqa: E402

#: Metal is started again when it ends (all machines lose power and boot anew), but not without bound.
METAL_STARTS = 5


def main() -> None:
    specification = json.loads(_read_line())
    _lay_network(specification["bridge"], specification["apiAddress"])
    api = subprocess.Popen(specification["api"], stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    _keep_running(api, specification["metal"])


def _lay_network(bridge: str, address: str) -> None:
    links.set_up("lo")
    links.add_bridge(bridge)
    links.set_address(bridge, address)
    links.set_up(bridge)
    netlink = links.Netlink()
    netlink.route_everything_to(socket.if_nametoindex(bridge))
    netlink.close()


def _keep_running(api: Any, metal_command: list[str]) -> None:
    starts = 1
    metal = subprocess.Popen(metal_command, stdin=subprocess.DEVNULL)
    while True:
        child, status = os.wait()
        if child == api.pid:
            _end(f"the API ended with code {os.waitstatus_to_exitcode(status)}")
        if child != metal.pid:
            continue
        if starts == METAL_STARTS:
            _end(f"metal ended {METAL_STARTS} times")
        print(f"cloud: metal ended with code {os.waitstatus_to_exitcode(status)}; starting it again", file=sys.stderr, flush=True)
        starts += 1
        time.sleep(0.5)
        metal = subprocess.Popen(metal_command, stdin=subprocess.DEVNULL)


def _read_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 65_536)
        if not byte:
            sys.exit(1)
        line += byte
    return line


def _end_with_supervisor() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _end(reason: str) -> None:
    print(f"cloud: {reason}", file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    main()
