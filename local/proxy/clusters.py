"""Server groups of the store as Envoy clusters (CDS), and their servers as endpoints (EDS).

The servers are told apart from the group: one that stays keeps its health, its age and its connections when others come and go.
"""

from local.proxy import discovery, health_checks, servers, stickiness
from local.proxy.addresses import Placement
from local.proxy.inventory import Inventory
from local.proxy.protobuf import Json, extension, seconds, typed
from local.proxy.servers import Member

LB_POLICIES = {"Wrr": "ROUND_ROBIN", "Wlc": "LEAST_REQUEST", "Sch": "RING_HASH", "Uch": "RING_HASH"}
CONNECT_TIMEOUT_SECONDS = 5
"""Time to reach a server (assumed)."""
COMMON_LOAD_BALANCING = {"healthy_panic_threshold": {"value": 0}, "update_merge_window": seconds(0)}
"""Never route to servers known to be down, whatever their number, and not for Envoy's usual second of merging either:
it would hold back every health change but the first."""
PROTOCOL_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def cluster(group: Json) -> Json:
    """One Envoy cluster, named by the server group's id."""
    return (
        {
            "name": group["ServerGroupId"],
            "type": "EDS",
            "eds_cluster_config": {"eds_config": discovery.part(discovery.ENDPOINTS_FOLDER, group["ServerGroupId"])},
            "connect_timeout": seconds(CONNECT_TIMEOUT_SECONDS),
            "lb_policy": _policy(group),
            "common_lb_config": COMMON_LOAD_BALANCING,
            "health_checks": health_checks.health_checks(group),
            # Otherwise a server that was removed stays until its health check fails.
            "ignore_health_on_host_removal": True,
        }
        | _transport(group)
        | _slow_start(group)
    )


def endpoints(inventory: Inventory, placement: Placement, group: Json) -> Json:
    """The servers of a group as Envoy's ClusterLoadAssignment."""
    found = [_endpoint(member) for member in servers.members(inventory, placement, group)]
    return {"cluster_name": group["ServerGroupId"], "endpoints": [{"lb_endpoints": found}]}


def _policy(group: Json) -> str:
    if stickiness.mode(group) == "Server":
        return "RING_HASH"
    return LB_POLICIES.get(str(group.get("Scheduler") or "Wrr"), "ROUND_ROBIN")


def _endpoint(member: Member) -> Json:
    """Weight 0 takes no traffic but is still checked: Envoy's DRAINING."""
    check: Json = {"hostname": member.ip}
    if member.checked_at:
        check["address"] = {"socket_address": _socket(*member.checked_at)}
    return {
        "endpoint": {
            "address": {"socket_address": _socket(member.address, member.local_port)},
            "health_check_config": check,
        },
        "load_balancing_weight": max(member.weight, 1),
        "health_status": "UNKNOWN" if member.weight else "DRAINING",
    }


def _socket(address: str, port: int) -> Json:
    return {"address": address, "port_value": port}


def _transport(group: Json) -> Json:
    """HTTPS and gRPC groups; a check over another transport than the traffic's gets its own match."""
    protocol = str(group.get("Protocol") or "HTTP").upper()
    rendered: Json = {}
    if protocol == "HTTPS":
        rendered["transport_socket"] = _tls_socket()
    if protocol == "GRPC":
        options = typed(
            "extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config={"http2_protocol_options": {}}
        )
        rendered["typed_extension_protocol_options"] = {PROTOCOL_OPTIONS: options}
    if health_checks.protocol(group) == "HTTPS" and protocol != "HTTPS":
        rendered["transport_socket_matches"] = [_match("tls", health_checks.TLS_CHECK, _tls_socket())]
    if health_checks.protocol(group) != "HTTPS" and protocol == "HTTPS":
        rendered["transport_socket_matches"] = [_match("plain", health_checks.PLAIN_CHECK, _plain_socket())]
    return rendered


def _match(name: str, criteria: Json, socket: Json) -> Json:
    return {"name": name, "match": criteria, "transport_socket": socket}


def _tls_socket() -> Json:
    """ALB does not verify its servers' certificates."""
    return extension("transport_sockets.tls", "extensions.transport_sockets.tls.v3.UpstreamTlsContext")


def _plain_socket() -> Json:
    return extension("transport_sockets.raw_buffer", "extensions.transport_sockets.raw_buffer.v3.RawBuffer")


def _slow_start(group: Json) -> Json:
    config = group.get("SlowStartConfig") or {}
    if not config.get("SlowStartEnabled") or _policy(group) != "ROUND_ROBIN":
        return {}
    window = seconds(config.get("SlowStartDuration") or 30)
    return {"round_robin_lb_config": {"slow_start_config": {"slow_start_window": window}}}
