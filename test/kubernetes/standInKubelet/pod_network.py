"""Holds the network namespace in which the pods of a test have their cables. It lives until its standard input ends, and says `ready` when the bridge stands.

Arguments: folder of links.py, name of the bridge, its address.
"""

import os
import socket
import sys


def main() -> None:
    folder, bridge, address = sys.argv[1:]
    sys.path.insert(0, folder)
    import links

    links.set_up("lo")
    links.add_bridge(bridge)
    links.set_address(bridge, address)
    links.set_up(bridge)
    netlink = links.Netlink()
    netlink.route_everything_to(socket.if_nametoindex(bridge))
    netlink.close()
    print("ready", flush=True)
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    main()
