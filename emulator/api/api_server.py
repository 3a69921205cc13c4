"""The web server: one request at a time through moto, on a TCP port and, when wanted, on a Unix socket as well.

moto is not safe for concurrent writes to one Auto Scaling group; one lock round the whole application makes it exact.
"""

import io
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import control
import instances
import scaling_groups
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

#: Between two looks for launches to repeat and terminated instances to forget.
HOUSEKEEPING_SECONDS = 0.5


class QuietHandler(MotoRequestHandler):
    """Logs no successful request, and says HTTP/1.1 so that clients keep connections and may wait for `100 Continue`."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if str(code).startswith("5"):
            super().log_request(code, size)


class ApiServer:
    """Serves until the process ends. `port` is the TCP port in use."""

    def __init__(self, host: str, port: int, unix_path: str | None) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()
        self._servers = [make_server(host, port, self._answer, threaded=True, request_handler=QuietHandler)]
        self.port = self._servers[0].port
        # moto puts its own address into some answers.
        os.environ["MOTO_PORT"] = str(self.port)
        if unix_path:
            self._servers.append(make_server(f"unix://{unix_path}", 0, self._answer, threaded=True, request_handler=QuietHandler))

    def serve(self) -> None:
        for server in self._servers[1:]:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        threading.Thread(target=self._housekeep, daemon=True).start()
        self._servers[0].serve_forever()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # A slow sender must not hold everybody else: the body is read before the lock is taken.
        body = read_body(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        with self._lock:
            if environ["PATH_INFO"].startswith(control.PREFIX):
                return control.answer(environ, body, start_response)
            return list(self._moto(environ, start_response))

    def _housekeep(self) -> None:
        while True:
            time.sleep(HOUSEKEEPING_SECONDS)
            with self._lock:
                scaling_groups.retry_launches()
                instances.forget_terminated()


def read_body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length:
        return environ["wsgi.input"].read(int(length))
    return environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b""
