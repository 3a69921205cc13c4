"""Cuts the network between this machine and one other, and mends it: `neighbour.py block|unblock ADDRESS`, in the machine's network namespace.

The other's hardware address becomes one that nobody has, for good: what is sent there is lost and nobody is told, as behind a firewall that drops.
Works without `nft` and `iptables`, and with connections that are open already.
"""

import fcntl
import socket
import struct
import sys
from contextlib import closing

_SIOCDARP, _SIOCSARP = 0x8953, 0x8955
_ARPHRD_ETHER, _ATF_COM, _ATF_PERM = 1, 0x02, 0x04
_NOBODY = bytes.fromhex("02dead000001")


def main() -> None:
    _, verb, address = sys.argv
    flags = _ATF_COM | _ATF_PERM
    entry = struct.pack(
        "=HH4s8x H6s8x i 16x 16s", socket.AF_INET, 0, socket.inet_aton(address), _ARPHRD_ETHER, _NOBODY, flags, b"eth0"
    )
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as control:
        fcntl.ioctl(control, {"block": _SIOCSARP, "unblock": _SIOCDARP}[verb], entry)


if __name__ == "__main__":
    main()
