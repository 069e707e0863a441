"""Which backend of the local cloud has to listen where, purely from the store."""

from dataclasses import dataclass

from local.proxy import servers
from local.proxy.addresses import Placement
from local.proxy.inventory import Inventory
from local.proxy.protobuf import Json
from local.proxy.servers import Member


@dataclass(frozen=True)
class Backend:
    """One listening socket of one server."""

    name: str
    address: str
    port: int
    tls: bool = False


def wanted(inventory: Inventory, placement: Placement) -> set[Backend]:
    """Every running server of every group, at each port in use; the reader's own loopback servers are not ours."""
    backends: set[Backend] = set()
    for group in inventory.server_groups.values():
        for member in servers.members(inventory, placement, group):
            if member.ours and servers.is_running(inventory, member):
                backends |= _sockets(group, member)
    return _one_each(backends)


def _sockets(group: Json, member: Member) -> set[Backend]:
    tls = str(group.get("Protocol") or "HTTP").upper() == "HTTPS"
    sockets = {Backend(member.name, member.address, member.local_port, tls)}
    if member.checked_at and member.checked_at != (member.address, member.local_port):
        sockets.add(Backend(member.name, *member.checked_at, tls=_checked_over_tls(group)))
    return sockets


def _checked_over_tls(group: Json) -> bool:
    return str((group.get("HealthCheckConfig") or {}).get("HealthCheckProtocol") or "HTTP").upper() == "HTTPS"


def _one_each(backends: set[Backend]) -> set[Backend]:
    """Two groups may disagree about TLS on one socket; plain HTTP then wins, always in the same way."""
    by_socket = {(item.address, item.port): item for item in sorted(backends, key=lambda item: not item.tls)}
    return set(by_socket.values())
