"""One emulated machine: makes its namespaces, is process 1 in them, runs the user data and ends everything with it.

Started by metal with the specification as one JSON object on standard input. Standard error is the machine's console. On standard
output it says one JSON object a line: {"pid": N} (process 1 as metal sees it), {"ready": true}, {"userDataEnded": CODE}.

SIGTERM is the power button: the user data's process gets SIGTERM, and after `graceSeconds`, or as soon as it has ended, all is over
(as `KillMode=mixed` of systemd does it for the service on a real machine).
"""

import json
import os
import signal
import socket
import sys
import time
import traceback
from typing import Any

import links
import namespaces as ns
import relay
from root_file_system import Blueprint, RootFileSystem

METADATA_ADDRESS = "169.254.169.254"
USER_DATA = "/var/lib/cloud/instance/user-data"
AWAITED = {signal.SIGCHLD, signal.SIGTERM}


def main() -> None:
    specification = json.load(sys.stdin)
    ns.die_with_parent(signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    session = _listen_on(specification["sessionSocket"])
    # Seen through a descriptor later on: the machine's own /tmp hides the folder.
    sockets = os.open(os.path.dirname(specification["metadataSocket"]), os.O_PATH | os.O_DIRECTORY)
    _enter_network(specification)
    ns.unshare(ns.CLONE_NEWNS | ns.CLONE_NEWUTS | ns.CLONE_NEWIPC | ns.CLONE_NEWPID)
    first = os.fork()
    if first == 0:
        metadata = f"/proc/self/fd/{sockets}/{os.path.basename(specification['metadataSocket'])}"
        _be_process_one(specification, session, metadata)
    _say(pid=first)
    _guard(first)


def _guard(first: int) -> None:
    """Outside of the machine: hands SIGTERM on and ends when process 1 has ended."""
    while True:
        number = signal.sigwait(AWAITED)
        if number == signal.SIGTERM:
            os.kill(first, signal.SIGTERM)
            continue
        done, status = os.waitpid(first, os.WNOHANG)
        if done:
            sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _enter_network(specification: dict[str, Any]) -> None:
    outside = links.Netlink()
    bridge = socket.if_nametoindex(specification["bridge"])
    ns.unshare(ns.CLONE_NEWNET)
    outside.add_veth(specification["link"], bridge, "eth0", os.getpid())
    outside.close()
    links.set_up("lo")
    links.set_address("lo:0", METADATA_ADDRESS)
    links.set_address("eth0", specification["address"])
    links.set_up("eth0")
    inside = links.Netlink()
    inside.route_everything_to(socket.if_nametoindex("eth0"))
    inside.close()


def _be_process_one(specification: dict[str, Any], session: socket.socket, metadata: str) -> None:
    try:
        ns.die_with_parent(signal.SIGKILL)
        socket.sethostname(specification["hostname"])
        RootFileSystem(Blueprint(**specification["blueprint"])).enter()
        ns.drop_host_capabilities()
        listener = socket.create_server((METADATA_ADDRESS, 80), backlog=64)
        user_data = _start_user_data(specification)
        relay.serve(listener, relay.to_unix_socket(metadata))
        relay.serve(session, relay.to_own_loopback)
        _say(ready=True)
        _reap(user_data, specification["graceSeconds"])
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _start_user_data(specification: dict[str, Any]) -> int:
    """Process id of the script; 0 where the user data is no script. Forked before any thread exists."""
    script = specification["userData"]
    if not script.startswith("#!"):
        return 0
    os.makedirs(os.path.dirname(USER_DATA), exist_ok=True)
    with open(USER_DATA, "w", encoding="utf-8") as file:
        file.write(script)
    os.chmod(USER_DATA, 0o700)
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
        # Python ignores it; a program that is started should not.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.chdir("/root")
        nothing = os.open("/dev/null", os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        os.closerange(3, 1024)
        os.execve(USER_DATA, [USER_DATA], specification["environment"])
    except OSError as problem:
        print(f"machine: user data: {problem}", file=sys.stderr, flush=True)
    os._exit(127)


def _reap(user_data: int, grace_seconds: float) -> None:
    """Collects every orphan of the machine until it is switched off."""
    deadline = None
    running = user_data != 0
    while True:
        left = 3600.0 if deadline is None else deadline - time.monotonic()
        if deadline is not None and (not running or left <= 0):
            return
        received = signal.sigtimedwait(AWAITED, left)
        if received is not None and received.si_signo == signal.SIGTERM and deadline is None:
            deadline = time.monotonic() + grace_seconds
            if running:
                os.kill(user_data, signal.SIGTERM)
        for child, code in _ended():
            if child == user_data:
                running = False
                _say(userDataEnded=code)


def _ended() -> list[tuple[int, int]]:
    ended = []
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if child == 0:
            return ended
        ended.append((child, os.waitstatus_to_exitcode(status)))


def _listen_on(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.path.exists(path):
        os.unlink(path)
    listener.bind(path)
    listener.listen(64)
    return listener


def _say(**fact: Any) -> None:
    try:
        os.write(1, json.dumps(fact).encode() + b"\n")
    except BrokenPipeError:
        pass


if __name__ == "__main__":
    main()
