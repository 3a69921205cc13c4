"""Carries bytes between a machine's own loopback and Unix sockets, which do not belong to any network namespace."""

import contextlib
import socket
import threading
from collections.abc import Callable

CHUNK_BYTES = 65_536
CONNECT_SECONDS = 10.0
#: Of the first line on a session socket, which names the port.
LINE_LIMIT_BYTES = 16


def serve(listener: socket.socket, connect: Callable[[socket.socket], socket.socket]) -> None:
    """Accepts for ever in a thread of its own; `connect` gives the other end for a newcomer."""
    threading.Thread(target=_accept, args=(listener, connect), daemon=True).start()


def to_own_loopback(newcomer: socket.socket) -> socket.socket:
    """The other end is the port of this machine that the newcomer's first line names."""
    line = b""
    while not line.endswith(b"\n") and len(line) < LINE_LIMIT_BYTES:
        byte = newcomer.recv(1)
        if not byte:
            break
        line += byte
    return socket.create_connection(("127.0.0.1", int(line)), CONNECT_SECONDS)


def to_unix_socket(path: str) -> Callable[[socket.socket], socket.socket]:
    def connect(_: socket.socket) -> socket.socket:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        end.settimeout(CONNECT_SECONDS)
        end.connect(path)
        return end

    return connect


def _accept(listener: socket.socket, connect: Callable[[socket.socket], socket.socket]) -> None:
    while True:
        newcomer, _ = listener.accept()
        threading.Thread(target=_join, args=(newcomer, connect), daemon=True).start()


def _join(newcomer: socket.socket, connect: Callable[[socket.socket], socket.socket]) -> None:
    with newcomer:
        try:
            newcomer.settimeout(CONNECT_SECONDS)
            other = connect(newcomer)
        except (OSError, ValueError):
            return
        with other:
            newcomer.settimeout(None)
            other.settimeout(None)
            back = threading.Thread(target=_pump, args=(other, newcomer), daemon=True)
            back.start()
            _pump(newcomer, other)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while chunk := source.recv(CHUNK_BYTES):
            sink.sendall(chunk)
    except OSError:
        pass
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
