"""Members of server groups: what each is called, and where on this machine it is served."""

from dataclasses import dataclass

from local.proxy.addresses import Placement, is_loopback
from local.proxy.inventory import Inventory
from local.proxy.protobuf import Json

DEFAULT_WEIGHT = 100
"""Of a server that was added without one."""


@dataclass(frozen=True)
class Member:
    """A server in a group, with its socket on this machine."""

    identifier: str
    name: str
    ip: str
    """The address the cloud knows it by: an instance's private address, or the address itself."""
    port: int
    """Declared port."""
    weight: int
    address: str
    local_port: int
    checked_at: tuple[str, int] | None = None
    """Socket that health checks ask, where it is not the server's own."""
    ours: bool = True
    """Whether the local cloud runs it; a loopback address given as an IP server is the reader's own."""


def members(inventory: Inventory, placement: Placement, group: Json) -> list[Member]:
    """The members of a group that can be found; those that cannot are left out (see `missing`)."""
    found = [_member(inventory, placement, group, server) for server in group.get("Servers") or []]
    return [member for member in found if member is not None]


def missing(inventory: Inventory, placement: Placement, group: Json) -> list[str]:
    """Ids of servers that are neither an instance nor have an address."""
    servers = group.get("Servers") or []
    return [str(item["ServerId"]) for item in servers if _member(inventory, placement, group, item) is None]


def _member(inventory: Inventory, placement: Placement, group: Json, server: Json) -> Member | None:
    instance = inventory.instances.get(server["ServerId"])
    ip = instance["PrivateIpAddress"] if instance else server.get("ServerIp") or server["ServerId"]
    address = instance["LocalAddress"] if instance else ip
    try:
        ours = bool(instance) or not is_loopback(address)
        placed = placement.server(address, int(server["Port"]))
    except (KeyError, ValueError):
        return None
    check_port = int((group.get("HealthCheckConfig") or {}).get("HealthCheckConnectPort") or 0)
    return Member(
        identifier=server["ServerId"],
        name=(instance.get("InstanceName") or instance["InstanceId"]) if instance else ip,
        ip=ip,
        port=int(server["Port"]),
        weight=DEFAULT_WEIGHT if server.get("Weight") is None else int(server["Weight"]),
        address=placed[0],
        local_port=placed[1],
        checked_at=placement.server(address, check_port) if check_port else None,
        ours=ours,
    )


def is_running(inventory: Inventory, member: Member) -> bool:
    """Whether the instance behind a member is switched on; IP servers always are."""
    return (inventory.instances.get(member.identifier) or {}).get("Status", "Running") == "Running"
