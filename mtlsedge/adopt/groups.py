"""Server groups: imported where a stack file can say all of them, else referred to by their id."""

from collections import Counter
from typing import Any

from mtlsedge.adopt.draft import Document, Draft, key_for, without
from mtlsedge_components import forms
from settings.model import HealthCheck, ManagedServerGroup, Server
from settings.server_groups import QUERY_PARAMETER

TYPES = {"Instance": "instance", "Ip": "ip"}
SERVER_TYPES = {"Instance": "Ecs", "Ip": "Ip"}
HEALTH = {
    "HealthCheckProtocol": "protocol",
    "HealthCheckMethod": "method",
    "HealthCheckPath": "path",
    "HealthCheckHost": "host",
    "HealthCheckConnectPort": "port",
    "HealthCheckInterval": "interval",
    "HealthCheckTimeout": "timeout",
    "HealthyThreshold": "healthyThreshold",
    "UnhealthyThreshold": "unhealthyThreshold",
    "HealthCheckCodes": "codes",
    "HealthCheckHttpVersion": "httpVersion",
}
"""The API's name of a probe's property -> the stack file's."""
DEFAULTS: dict[str, Any] = {
    "protocol": HealthCheck.protocol,
    "method": HealthCheck.method,
    "path": HealthCheck.path,
    "host": HealthCheck.host,
    "port": HealthCheck.port,
    "interval": HealthCheck.interval,
    "timeout": HealthCheck.timeout,
    "healthyThreshold": HealthCheck.healthy_threshold,
    "unhealthyThreshold": HealthCheck.unhealthy_threshold,
    "codes": list(HealthCheck.codes),
    "httpVersion": "HTTP1.1",
}
LONGEST_COOKIE_SECONDS = 86400


def add_group(draft: Draft, group: Document, vpc_id: str) -> str:
    """Put a server group into the draft, once; its key there."""
    identifier = str(group["ServerGroupId"])
    groups = draft.settings.setdefault("serverGroups", {})
    for key in groups:
        if identifier in (draft.adopt.get(f"server-group/{key}"), groups[key].get("id")):
            return str(key)
    key = key_for(str(group.get("ServerGroupName", "")), "group", groups)
    if reason := _inexpressible(group, vpc_id):
        groups[key] = {"id": identifier}
        draft.outside.append(f"server group {key} ({identifier}): referred to, not managed: {reason}")
    else:
        groups[key] = _settings(group)
        draft.take(f"server-group/{key}", identifier, str(group.get("ServerGroupName", "")))
    return key


def _inexpressible(group: Document, vpc_id: str) -> str:
    """Why no stack file can say this group; empty if one can."""
    kind, check = group.get("ServerGroupType"), group.get("HealthCheckConfig") or {}
    if kind not in TYPES:
        return f"its type is {kind}"
    if group.get("VpcId") != vpc_id:
        return "it is in another VPC than the load balancer"
    if reason := _odd_scheduler(group):
        return reason
    if group.get("Protocol") not in ("HTTP", "HTTPS", "GRPC"):
        return f"its protocol is {group.get('Protocol')}"
    if check.get("HealthCheckEnabled") and check.get("HealthCheckMethod") not in ("HEAD", "GET"):
        return f"its health check asks with {check.get('HealthCheckMethod')}"
    return _odd_sessions(group.get("StickySessionConfig") or {}) or _odd_servers(group, SERVER_TYPES[str(kind)])


def _odd_scheduler(group: Document) -> str:
    if group.get("Scheduler") == "Uch":
        return "" if QUERY_PARAMETER.accepts(_hash_key(group)) else "the query parameter it hashes has an odd name"
    return "" if group.get("Scheduler") in ("Wrr", "Wlc", "Sch") else f"its scheduler is {group.get('Scheduler')}"


def _odd_sessions(sticky: Document) -> str:
    if not sticky.get("StickySessionEnabled"):
        return ""
    if sticky.get("StickySessionType") == "Server":
        return "" if forms.COOKIE.accepts(str(sticky.get("Cookie", ""))) else "the cookie it rewrites has an odd name"
    return "" if 1 <= int(sticky.get("CookieTimeout") or 0) <= LONGEST_COOKIE_SECONDS else "its cookies have no timeout"


def _odd_servers(group: Document, wanted: str) -> str:
    for server in group["Servers"]:
        if server.get("ServerType") != wanted:
            return f"a server of type {server.get('ServerType')} is in it"
        if server.get("RemoteIpEnabled"):
            return f"its server {server['ServerId']} is outside the VPC"
        if not forms.DESCRIPTION.accepts(str(server.get("Description") or "")):
            return f"the description of its server {server['ServerId']} has characters that cannot be printed"
    return ""


def _settings(group: Document) -> dict[str, Any]:
    kind, ports = TYPES[group["ServerGroupType"]], Counter(int(one["Port"]) for one in group["Servers"])
    port = ports.most_common(1)[0][0] if ports else 80
    said: dict[str, Any] = {"type": kind, "port": port}
    said |= without(
        {"protocol": group["Protocol"], "scheduler": group["Scheduler"]},
        {"protocol": "HTTP", "scheduler": ManagedServerGroup.scheduler},
    )
    said["servers"] = _servers(group, port)
    said["healthCheck"] = _health_check(group.get("HealthCheckConfig") or {})
    if group["Scheduler"] == "Uch":
        said["hashKey"] = _hash_key(group)
    if sticky := _stickiness(group.get("StickySessionConfig") or {}):
        said["sticky"] = sticky
    return said


def _hash_key(group: Document) -> str:
    return str((group.get("UchConfig") or {}).get("Value") or "")


def _servers(group: Document, port: int) -> dict[str, Any]:
    servers: dict[str, Any] = {}
    for one in sorted(group["Servers"], key=lambda one: (one["ServerId"], one["Port"])):
        description = str(one.get("Description") or "")
        member = without(
            {
                "id": one["ServerId"],
                "port": int(one["Port"]),
                "weight": int(one["Weight"]),
                "ip": str(one.get("ServerIp") or ""),
                "description": description,
            },
            {"port": port, "weight": Server.weight, "ip": one["ServerId"] if one["ServerType"] == "Ip" else ""},
        )
        servers[key_for(description.rpartition("/")[2], one["ServerId"], servers)] = member
    return servers


def _health_check(check: Document) -> dict[str, Any]:
    if not check.get("HealthCheckEnabled"):
        return {"enabled": False}
    values = {ours: check[theirs] for theirs, ours in HEALTH.items() if check.get(theirs) not in (None, "")}
    if values.get("protocol") == "TCP":
        values = {key: value for key, value in values.items() if key not in ("method", "path", "codes")}
    return without(values, DEFAULTS) or {"enabled": True}


def _stickiness(sticky: Document) -> dict[str, Any]:
    if not sticky.get("StickySessionEnabled"):
        return {}
    if sticky.get("StickySessionType") == "Server":
        return {"mode": "server", "cookie": sticky["Cookie"]}
    return {"mode": "insert", "timeout": int(sticky["CookieTimeout"])}
