"""The DNS server: UDP and TCP on one loopback port, answering from the store as it is now."""

from dnslib import QTYPE, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

from local.dns import answers, zones
from local.proxy import addresses
from local.proxy.addresses import Placement
from local.proxy.inventory import ReadableStore

PLAIN_UDP_BYTES, LONGEST_UDP_BYTES = 512, 1232
"""Longest reply over UDP to a client without EDNS (RFC 1035), and to any other (DNS flag day 2020)."""
FREE_PORT_TRIES = 20
"""What the system gives as free for UDP may be busy over TCP, where any connection of anybody may hold it."""


class _Resolver(BaseResolver):
    """Reads the zones again only when the store has changed."""

    def __init__(self, store: ReadableStore, placement: Placement) -> None:
        self._store, self._placement = store, placement
        self._known: tuple[int, list[zones.Zone]] = (-1, [])

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        """Called by dnslib for each request. What is too long for UDP is left to a second question over TCP."""
        reply = answers.answer(request, self._zones())
        if handler.protocol == "udp" and len(reply.pack()) > _udp_limit(request):
            reply = request.reply(ra=0)
            reply.header.tc = 1
        return reply

    def _zones(self) -> list[zones.Zone]:
        revision = self._store.revision
        if self._known[0] != revision:
            self._known = (revision, read_zones(self._store, self._placement))
        return self._known[1]


def _udp_limit(request: DNSRecord) -> int:
    """What the client says it can take (its EDNS buffer size), within bounds."""
    announced = [int(extra.rclass) for extra in request.ar if extra.rtype == QTYPE.OPT]
    return min(max([PLAIN_UDP_BYTES, *announced]), LONGEST_UDP_BYTES)


def read_zones(store: ReadableStore, placement: Placement) -> list[zones.Zone]:
    """The zones of the account and a zone for each load balancer's name."""
    records = store.list("alidns.record")
    hosted = [zones.build(domain, records) for domain in store.list("alidns.domain")]
    balancers = [item for item in store.list("alb.load_balancer") if item.get("DNSName")]
    named = [
        zones.load_balancer_zone(item["DNSName"], placement.load_balancer(item["LocalAddress"])) for item in balancers
    ]
    return hosted + named


class NameServer:
    """Serves at `address` (host:port; port 0 takes a free one)."""

    def __init__(self, store: ReadableStore, address: str, placement: Placement | None = None) -> None:
        self._host, port = address.rsplit(":", 1)
        self._port = int(port)
        self._resolver = _Resolver(store, placement or addresses.detect())
        self._servers: list[DNSServer] = []

    def start(self) -> None:
        """Listens over UDP and TCP. Raises OSError when the port is taken, or no free one is found."""
        tries = FREE_PORT_TRIES if self._port == 0 else 1
        for left in reversed(range(tries)):
            try:
                self._servers = self._listen()
                break
            except OSError:
                if not left:
                    raise
        self._port = self._servers[0].server.server_address[1]
        for server in self._servers:
            server.start_thread()

    def _listen(self) -> list[DNSServer]:
        """A server for each protocol on the same port. When one cannot have it, the other gives it back."""
        servers: list[DNSServer] = []
        port = self._port
        try:
            for tcp in (False, True):
                quiet = DNSLogger(log="-request,-reply,-truncated,-error")
                servers.append(DNSServer(self._resolver, address=self._host, port=port, tcp=tcp, logger=quiet))
                port = servers[0].server.server_address[1]
        except OSError:
            for server in servers:
                server.server.server_close()
            raise
        return servers

    @property
    def address(self) -> str:
        """`host:port`, the port known after `start`."""
        return f"{self._host}:{self._port}"

    def stop(self) -> None:
        """Stops listening."""
        for server in self._servers:
            server.stop()
            server.server.server_close()
        self._servers = []
