"""Starts moto as the AWS API of the emulator stack, with the corrections that this project's programs depend on.

Usage: launcher.py --tcp HOST:PORT [--unix PATH] [--caches FOLDER] [--consoles FOLDER] [--retry-seconds N] [--forget-seconds N]

Port 0 picks a free one. Once it answers, the line `listening HOST:PORT` is printed. moto is imported, never changed on disk; what is
corrected, and how AWS behaves instead, stands at the head of each module below.
"""

import argparse
import os
import signal
import sys

# Read by moto when it is imported.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_ACCOUNT_ID", "123456789012")

import bucket_policies  # noqa: E402
import caches  # noqa: E402
import consoles  # noqa: E402
import instances  # noqa: E402
import launch_templates  # noqa: E402
import parameters  # noqa: E402
import scaling_api  # noqa: E402
import scaling_groups  # noqa: E402
import scheduled_events  # noqa: E402
import user_data  # noqa: E402
from api_server import ApiServer  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tcp", required=True, metavar="HOST:PORT")
    parser.add_argument("--unix", metavar="PATH", help="serve on this socket too")
    parser.add_argument("--caches", metavar="FOLDER", help="make caches real servers at the host of --tcp, their sockets and certificate here")
    parser.add_argument("--consoles", metavar="FOLDER", help="GetConsoleOutput reads FOLDER/INSTANCE-ID/console.log")
    parser.add_argument("--retry-seconds", type=float, default=5.0, help="pause before the first retry of a failed launch")
    parser.add_argument("--forget-seconds", type=float, default=600.0, help="how long a terminated instance is still described")
    arguments = parser.parse_args()
    for module in (launch_templates, instances, scaling_groups, scaling_api, bucket_policies, parameters, user_data, caches,
                   consoles, scheduled_events):  # fmt: skip
        module.install()
    consoles.FOLDER = arguments.consoles
    scaling_groups.RETRY_SECONDS = arguments.retry_seconds
    instances.FORGET_SECONDS = arguments.forget_seconds
    host, port = arguments.tcp.rsplit(":", 1)
    if arguments.caches:
        caches.serve_at(host, arguments.caches)
    server = ApiServer(host, int(port), arguments.unix)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    print(f"listening {host}:{server.port}", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
