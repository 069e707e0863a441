"""The cloud's own word on its servers, reduced to one line a server."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HEALTHY = "Normal"
SETTLING = "Initial"
"""First probes are under way: neither good nor bad yet."""


@dataclass(frozen=True)
class ServerHealth:
    """A member of a server group that takes traffic; `name` is empty where the cloud does not tell it."""

    group_id: str
    name: str
    address: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Health:
    """Every server of the stack's groups with a weight above 0, and the groups whose health check is off."""

    servers: tuple[ServerHealth, ...]
    unprobed_groups: frozenset[str] = frozenset()

    def of(self, group_id: str) -> tuple[ServerHealth, ...]:
        """The servers of one group."""
        return tuple(server for server in self.servers if server.group_id == group_id)

    @property
    def settling(self) -> bool:
        """True while some server's first probes are under way."""
        return any(server.status == SETTLING for server in self.servers)


def combine(report: Mapping[str, Any], members: Mapping[str, Iterable[Mapping[str, Any]]]) -> Health:
    """Joins GetListenerHealthStatus, which lists only the servers that are not normal, with the groups' members."""
    troubled: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    unprobed: set[str] = set()
    for group in _groups(report):
        if str(group.get("HealthCheckEnabled", "on")).lower() in ("off", "false"):
            unprobed.add(group["ServerGroupId"])
        for server in group.get("NonNormalServers") or ():
            troubled[_key(group["ServerGroupId"], server)] = server
    servers = [
        _server(group_id, member, troubled.get(_key(group_id, member)))
        for group_id, listed in members.items()
        for member in listed
        if member.get("Weight", 100) > 0
    ]
    return Health(tuple(servers), frozenset(unprobed))


def groups_with_servers(report: Mapping[str, Any]) -> frozenset[str]:
    """Groups that the report names and that are not empty: what a listener forwards to, where the stack does not know it."""
    return frozenset(group["ServerGroupId"] for group in _groups(report) if int(group.get("ServerCount") or 0))


def _groups(report: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Server group entries of the default action and of the rules."""
    for part in ("ListenerHealthStatus", "RuleHealthStatus"):
        for entry in report.get(part) or ():
            yield from entry.get("ServerGroupInfos") or ()


def _key(group_id: str, server: Mapping[str, Any]) -> tuple[str, str, int]:
    return group_id, server.get("ServerId", ""), int(server.get("Port") or 0)


def _server(group_id: str, member: Mapping[str, Any], trouble: Mapping[str, Any] | None) -> ServerHealth:
    """The product describes a member as `<group>/<server>`; the last part is the name."""
    name = (member.get("Description") or "").rsplit("/", 1)[-1]
    address = f"{member.get('ServerIp') or member.get('ServerId', '')}:{member.get('Port', '')}"
    if trouble is None:
        return ServerHealth(group_id, name, address, HEALTHY)
    reason = (trouble.get("Reason") or {}).get("ReasonCode") or ""
    return ServerHealth(group_id, name, address, trouble.get("Status") or "unknown", reason)
