"""Loses what one address sends to this machine, and mends it: `packet_filter.py block|unblock ADDRESS`, in the machine's network namespace.

A table of nftables for each address, with one rule that drops its packets as they come in: nobody is told, as behind a firewall, and connections that
are open already hang. The kernel is asked itself, because `nft` is not on every host.
"""

import os
import socket
import struct
import sys
from contextlib import closing

from links import attribute

_NETLINK_NETFILTER, _NFNL_SUBSYS_NFTABLES = 12, 10
_BATCH_BEGIN, _BATCH_END = 16, 17
_NEW_TABLE, _DELETE_TABLE, _NEW_CHAIN, _NEW_RULE = (_NFNL_SUBSYS_NFTABLES << 8 | kind for kind in (0, 2, 3, 6))
_NLM_F_REQUEST, _NLM_F_REQUEST_ACK, _NLM_F_CREATE, _NLM_F_APPEND = 0x1, 0x1 | 0x4, 0x400, 0x800
_NLA_F_NESTED = 0x8000
_NFPROTO_IPV4, _NF_INET_LOCAL_IN, _NF_DROP = 2, 1, 0
_NETWORK_HEADER, _SOURCE_OFFSET, _ADDRESS_BYTES = 1, 12, 4
_CHAIN = "in"


def main() -> None:
    _, verb, address = sys.argv
    table = _text(1, f"from-{address}")
    _ask({"block": lambda: _drop_from(table, address), "unblock": lambda: [(_DELETE_TABLE, 0, table)]}[verb]())


def _drop_from(table: bytes, address: str) -> list[tuple[int, int, bytes]]:
    hook = _nested(4, _number(1, _NF_INET_LOCAL_IN) + _number(2, 0))
    load = _expression("payload", _number(1, 1) + _number(2, _NETWORK_HEADER) + _number(3, _SOURCE_OFFSET) + _number(4, _ADDRESS_BYTES))
    compare = _expression("cmp", _number(1, 1) + _number(2, 0) + _nested(3, attribute(1, socket.inet_aton(address))))
    drop = _expression("immediate", _number(1, 0) + _nested(2, _nested(2, _number(1, _NF_DROP))))
    return [
        (_NEW_TABLE, _NLM_F_CREATE, table),
        (_NEW_CHAIN, _NLM_F_CREATE, table + _text(3, _CHAIN) + hook + _text(7, "filter")),
        (_NEW_RULE, _NLM_F_CREATE | _NLM_F_APPEND, table + _text(2, _CHAIN) + _nested(4, load + compare + drop)),
    ]


def _ask(orders: list[tuple[int, int, bytes]]) -> None:
    """All of them or none. The last one is answered; one before it only when it is refused, and then first."""
    batch = _message(_BATCH_BEGIN, _NLM_F_REQUEST, b"", socket.htons(_NFNL_SUBSYS_NFTABLES))
    for index, (kind, flags, body) in enumerate(orders):
        answered = _NLM_F_REQUEST_ACK if index == len(orders) - 1 else _NLM_F_REQUEST
        batch += _message(kind, flags | answered, body)
    batch += _message(_BATCH_END, _NLM_F_REQUEST, b"", socket.htons(_NFNL_SUBSYS_NFTABLES))
    with closing(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)) as netlink:
        netlink.settimeout(5)
        netlink.send(batch)
        error = struct.unpack_from("=i", netlink.recv(65536), 16)[0]
    if error:
        raise OSError(-error, f"nftables: {os.strerror(-error)}")


def _message(kind: int, flags: int, body: bytes, resource: int = 0) -> bytes:
    return struct.pack("=IHHIIBBH", 20 + len(body), kind, flags, 1, 0, _NFPROTO_IPV4, 0, resource) + body


def _expression(name: str, data: bytes) -> bytes:
    return _nested(1, _text(1, name) + _nested(2, data))


def _nested(kind: int, value: bytes) -> bytes:
    return attribute(kind | _NLA_F_NESTED, value)


def _text(kind: int, value: str) -> bytes:
    return attribute(kind, value.encode() + b"\0")


def _number(kind: int, value: int) -> bytes:
    """As nftables wants it, unlike links: the high byte first."""
    return attribute(kind, struct.pack(">I", value))


if __name__ == "__main__":
    main()
