"""Ports for what a test starts later, in another process."""

import random
import socket
from collections.abc import Callable

LOWEST, BEYOND = 10_000, 30_000
"""Below what Linux gives to outgoing connections (32768 and up): none of them can take a port before its server does."""
_TRIES = 200
_given: set[int] = set()
_draw = random.SystemRandom()
"""Test runners seed the common generator alike in every worker; this one has no seed."""


def free_port(address: str = "127.0.0.1", where: Callable[[int], bool] = lambda _: True) -> int:
    """A port free for TCP and UDP at `address` now, given to nobody else in this process, and of which `where` holds."""
    for _ in range(_TRIES):
        port = _draw.randrange(LOWEST, BEYOND)
        if port not in _given and is_free(address, port) and where(port):
            _given.add(port)
            return port
    raise OSError(f"no free port at {address} in {_TRIES} tries")


def is_free(address: str, port: int) -> bool:
    """Whether nothing holds the port at `address`, for TCP and UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
