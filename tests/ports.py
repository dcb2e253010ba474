"""Ports for servers that tests start: below those that the kernel gives to clients, and never the same twice.

Tests run in several processes at once, and a server takes its port a while after it was found to be free (two
may even share one, by SO_REUSEPORT): so each process has a range of its own.
"""

import os
import socket
from itertools import cycle

_EACH = 3_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_FIRST = 15_000 + _EACH * (_WORKER % 5)
_begin = os.getpid() * 37 % _EACH
_candidates = cycle(_FIRST + (_begin + n) % _EACH for n in range(_EACH))


def free_port() -> int:
    """A port on loopback where nobody listens."""
    for _ in range(_EACH):
        port = next(_candidates)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no port is free")
