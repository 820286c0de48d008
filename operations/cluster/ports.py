"""Which TCP ports of 127.0.0.1 the local cluster listens on."""

import hashlib
import socket
from collections.abc import Collection

from shared.refusal import Refusal

RANGE = range(20000, 32768)
"""Where ports are looked for: below the ephemeral range of Linux (net.ipv4.ip_local_port_range, 32768 and
up), so that an outgoing connection never sits on a stopped cluster's port."""


def is_free(port: int) -> bool:
    """Tell whether a process could listen on a port of 127.0.0.1 now.

    Args:
        port: the TCP port.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # The components listen with this option too: a connection in TIME_WAIT doesn't stop them.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(name: str, count: int, *, without: Collection[int] = ()) -> list[int]:
    """Choose free ports for a cluster.

    The search starts at a place of the range that the name alone decides, so that two stopped clusters
    seldom hold the same ports.

    Args:
        name: the cluster's name.
        count: how many ports are wanted.
        without: ports not to choose, free or not.

    Raises:
        Refusal: there are not as many free ports in the range.
    """
    start = int(hashlib.sha256(name.encode()).hexdigest(), 16) % len(RANGE)
    chosen: list[int] = []
    for offset in range(len(RANGE)):
        if len(chosen) == count:
            break
        port = RANGE[(start + offset) % len(RANGE)]
        if port not in without and is_free(port):
            chosen.append(port)
    if len(chosen) < count:
        raise Refusal(
            f"The local cluster needs {count} free ports of 127.0.0.1 between {RANGE.start} and"
            f" {RANGE.stop - 1}; {len(chosen)} are free.",
            "End processes that listen there (`ss -ltnp` lists them), then run `make cluster-up` again.",
        )
    return chosen
