"""Where a declared address and port are really served on this machine.

Linux answers on all of 127.0.0.0/8: every load balancer and server keeps its own address.
Where only 127.0.0.1 exists (macOS), that address serves all of them on ports of their own.
"""

import ipaddress
import socket
import zlib
from dataclasses import dataclass
from functools import lru_cache

from local.places import LOAD_BALANCER_NETWORK, listener_port, local_port

ONLY_ADDRESS = "127.0.0.1"
PORTS_BETWEEN_LOAD_BALANCERS = 1000
"""On a single address, load balancer N serves at the usual port + 1000 for each N above 1."""
FIRST_SERVER_PORT, SERVER_PORTS = 20000, 12000
"""On a single address, servers are spread over this many ports, from this one. All lie below what the system gives to
outgoing connections (Linux from 32768, macOS from 49152): no connection holds a port that a server is to listen at."""


@dataclass(frozen=True)
class Placement:
    """Maps the cloud's addresses to sockets of this machine."""

    loopback_range: bool = True

    def load_balancer(self, local_address: str) -> str:
        """The address at which a load balancer is served."""
        return local_address if self.loopback_range else ONLY_ADDRESS

    def listener(self, local_address: str, declared_port: int) -> tuple[str, int]:
        """Address and port at which a listener is served. Raises ValueError when no port is left."""
        port = listener_port(declared_port)
        if not self.loopback_range:
            port += PORTS_BETWEEN_LOAD_BALANCERS * (int(local_address.rsplit(".", 1)[1]) - 1)
        if port > 65535:
            raise ValueError(f"port {declared_port} of {local_address} has no place on this machine")
        return self.load_balancer(local_address), port

    def server(self, address: str, declared_port: int) -> tuple[str, int]:
        """Address and port at which a server's port is served.

        Addresses of an instance (127.0.20.N) and of the reader's own servers (loopback) are kept; every
        other address is a local backend at a loopback address derived from it.
        """
        port = local_port(declared_port)
        local = address if is_loopback(address) else stand_in(address)
        if self.loopback_range or local == ONLY_ADDRESS:
            return local, port
        return ONLY_ADDRESS, FIRST_SERVER_PORT + zlib.crc32(f"{local}:{port}".encode()) % SERVER_PORTS


@lru_cache(4096)
def is_loopback(address: str) -> bool:
    """Whether the address is this machine's own; raises ValueError for what is no IP address."""
    return ipaddress.ip_address(address).is_loopback


def stand_in(address: str) -> str:
    """The loopback address (127.64.0.0 to 127.127.255.255) of the backend that plays a remote address."""
    digest = zlib.crc32(ipaddress.ip_address(address).packed)
    return f"127.{64 + (digest >> 16) % 64}.{(digest >> 8) % 256}.{1 + digest % 254}"


def detect() -> Placement:
    """Asks the system whether addresses of the loopback range can be bound."""
    with socket.socket() as probe:
        try:
            probe.bind((f"{LOAD_BALANCER_NETWORK}1", 0))
        except OSError:
            return Placement(loopback_range=False)
    return Placement()
