"""Health of servers as Envoy sees it, in the API's terms."""

from local.proxy import health_checks, servers
from local.proxy.addresses import Placement
from local.proxy.inventory import Inventory, groups_of
from local.proxy.protobuf import Json

NORMAL, ABNORMAL, UNUSED = "Normal", "Abnormal", "Unused"
HealthByServer = dict[tuple[str, int], str]
"""(address the cloud knows, declared port) -> Normal, Abnormal, Unused."""
HealthBySocket = dict[tuple[str, int], Json]


def host_statuses(clusters: Json) -> dict[str, HealthBySocket]:
    """Server group -> health status by socket, from the admin interface's `/clusters?format=json`."""
    return {cluster["name"]: _hosts(cluster) for cluster in clusters.get("cluster_statuses") or []}


def _hosts(cluster: Json) -> HealthBySocket:
    hosts: HealthBySocket = {}
    for host in cluster.get("host_statuses") or []:
        socket = host["address"]["socket_address"]
        hosts[socket["address"], socket["port_value"]] = host.get("health_status") or {}
    return hosts


def server_health(inventory: Inventory, placement: Placement, group: Json, hosts: HealthBySocket) -> HealthByServer:
    """Health of each member. Unused: no listener forwards to it, its weight is 0, or it is not checked."""
    result = {}
    for member in servers.members(inventory, placement, group):
        status = hosts.get((member.address, member.local_port))
        result[member.ip, member.port] = _word(group, member.weight, status)
    return result


def _word(group: Json, weight: int, status: Json | None) -> str:
    if status is None or not health_checks.enabled(group):
        return UNUSED
    if status.get("failed_active_health_check"):
        return ABNORMAL
    return NORMAL if weight else UNUSED


def listener_report(inventory: Inventory, listener: Json, health: dict[str, HealthByServer]) -> list[Json]:
    """`ServerGroupInfos` of GetListenerHealthStatus: the listener's groups and their servers that are not normal."""
    reports = []
    for name in groups_of(inventory, listener):
        group = inventory.server_groups.get(name) or {}
        reports.append({
            "ServerGroupId": name,
            "ActionType": "ForwardGroup",
            "HealthCheckEnabled": "on" if health_checks.enabled(group) else "off",
            "ServerCount": len(group.get("Servers") or []),
            "NonNormalServers": _not_normal(inventory, group, health.get(name, {})),
        })  # fmt: skip
    return reports


def _not_normal(inventory: Inventory, group: Json, health: HealthByServer) -> list[Json]:
    """The API's words: Unhealthy, Unused (weight 0), Unavailable (not checked)."""
    result = []
    for server in group.get("Servers") or []:
        instance = inventory.instances.get(server["ServerId"]) or {}
        ip = instance.get("PrivateIpAddress") or server.get("ServerIp") or server["ServerId"]
        word = health.get((ip, int(server.get("Port") or 0)), UNUSED)
        if word != NORMAL:
            result.append(
                {"ServerId": server["ServerId"], "ServerIp": ip, "Port": server.get("Port"), **_status(group, word)}
            )
    return result


def _status(group: Json, word: str) -> Json:
    if not health_checks.enabled(group):
        return {"Status": "Unavailable"}
    return (
        {"Status": "Unhealthy", "Reason": {"ReasonCode": "CONNECT_FAILED"}}
        if word == ABNORMAL
        else {"Status": "Unused"}
    )
