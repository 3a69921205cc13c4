"""Network links by netlink and ioctl: bridge, veth pairs, addresses, routes. Needs neither `ip` nor a library."""

import fcntl
import os
import socket
import struct
from contextlib import closing

_RTM_NEWLINK, _RTM_NEWROUTE = 16, 24
_NLM_F_REQUEST_ACK_CREATE_EXCL = 0x1 | 0x4 | 0x400 | 0x200
_IFLA_IFNAME, _IFLA_MTU, _IFLA_MASTER, _IFLA_LINKINFO, _IFLA_NET_NS_PID = 3, 4, 10, 18, 19
_IFLA_INFO_KIND, _IFLA_INFO_DATA, _VETH_INFO_PEER = 1, 2, 1
_IFF_UP = 1

_SIOCSIFFLAGS, _SIOCGIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK = 0x8914, 0x8913, 0x8916, 0x891C
_SIOCBRADDBR, _SIOCSIFHWADDR, _ARPHRD_ETHER = 0x89A0, 0x8924, 1
_RT_TABLE_MAIN, _RTPROT_BOOT, _RT_SCOPE_LINK, _RTN_UNICAST, _RTA_OIF = 254, 3, 253, 1, 4


class Netlink:
    """A netlink socket. It stays in the network namespace in which it was made, wherever its process goes."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.settimeout(5)

    def add_veth(self, name: str, bridge_index: int, peer: str, peer_pid: int) -> None:
        """A pair: `name`, up and on the bridge here, and `peer` in the network namespace of process `peer_pid`."""
        peer_part = _link_header(0) + _text(_IFLA_IFNAME, peer) + _number(_IFLA_NET_NS_PID, peer_pid)
        info = _text(_IFLA_INFO_KIND, "veth") + attribute(_IFLA_INFO_DATA, attribute(_VETH_INFO_PEER, peer_part))
        body = _link_header(_IFF_UP) + _text(_IFLA_IFNAME, name) + _number(_IFLA_MASTER, bridge_index)
        self._ask(_RTM_NEWLINK, body + attribute(_IFLA_LINKINFO, info), f"veth {name}")

    def route_everything_to(self, link_index: int) -> None:
        """Every address is looked for on this link itself, without a router."""
        route = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, _RT_TABLE_MAIN, _RTPROT_BOOT, _RT_SCOPE_LINK, _RTN_UNICAST, 0)
        self._ask(_RTM_NEWROUTE, route + _number(_RTA_OIF, link_index), "default route")

    def close(self) -> None:
        self._socket.close()

    def _ask(self, kind: int, body: bytes, what: str) -> None:
        self._socket.send(struct.pack("=IHHII", 16 + len(body), kind, _NLM_F_REQUEST_ACK_CREATE_EXCL, 1, 0) + body)
        error = struct.unpack_from("=i", self._socket.recv(65536), 16)[0]
        if error:
            raise OSError(-error, f"{what}: {os.strerror(-error)}")


#: A bridge without a hardware address of its own takes the lowest of its links' and changes it when that link goes. Whoever knew the old one
#: would then not reach the bridge for half a minute.
_BRIDGE_HARDWARE_ADDRESS = bytes.fromhex("02fa17ee7001")


def add_bridge(name: str) -> None:
    with closing(_control()) as control:
        fcntl.ioctl(control, _SIOCBRADDBR, name.encode() + b"\0")
        fcntl.ioctl(control, _SIOCSIFHWADDR, struct.pack("=16sH14s8x", name.encode(), _ARPHRD_ETHER, _BRIDGE_HARDWARE_ADDRESS))


def set_up(name: str) -> None:
    with closing(_control()) as control:
        flags = struct.unpack("16sh22x", fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16sh22x", name.encode(), 0)))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh22x", name.encode(), flags | _IFF_UP))


def set_address(name: str, address: str) -> None:
    """One address, alone in its network (/32). `lo:0` as the name adds a further address to `lo`."""
    with closing(_control()) as control:
        for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.255")):
            fcntl.ioctl(control, request, struct.pack("16s16s8x", name.encode(), _address(value)))


def _control() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def _address(value: str) -> bytes:
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))


def _link_header(flags: int) -> bytes:
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, flags, flags)


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _text(kind: int, value: str) -> bytes:
    return attribute(kind, value.encode() + b"\0")


def _number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack("=I", value))
