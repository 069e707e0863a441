"""Server groups of the store as Envoy clusters (CDS), and their servers as endpoints (EDS).

The servers are told apart from the group: one that stays keeps its health, its age and its connections when others come and go.
"""

from local.proxy import discovery, health_checks, servers
from local.proxy.addresses import Placement
from local.proxy.inventory import Inventory
from local.proxy.protobuf import Json, extension, seconds, typed
from local.proxy.servers import Member

LB_POLICIES = {"Wrr": "ROUND_ROBIN", "Sch": "RING_HASH", "Uch": "RING_HASH"}
LEAST = "load_balancing_policies.least_request"
FEWEST_OF_ALL = extension(
    LEAST, "extensions.load_balancing_policies.least_request.v3.LeastRequest", selection_method="FULL_SCAN"
)
"""Of Wlc. By itself Envoy compares two servers that it draws by lot, and may draw the busier one twice."""
CONNECT_TIMEOUT_SECONDS = 5
"""Time to reach a server (assumed)."""
COMMON_LOAD_BALANCING = {"healthy_panic_threshold": {"value": 0}, "update_merge_window": seconds(0)}
"""Never route to servers known to be down, whatever their number, and not for Envoy's usual second of merging either:
it would hold back every health change but the first."""
HTTP_OPTIONS = "extensions.upstreams.http.v3.HttpProtocolOptions"
PROTOCOL_OPTIONS = f"envoy.{HTTP_OPTIONS}"
DEFAULT_SLOW_START_SECONDS = 30
DEFAULT_DRAIN_SECONDS = 300


def cluster(group: Json) -> Json:
    """One Envoy cluster, named by the server group's id."""
    return (
        {
            "name": group["ServerGroupId"],
            "type": "EDS",
            "eds_cluster_config": {"eds_config": discovery.part(discovery.ENDPOINTS_FOLDER, group["ServerGroupId"])},
            "connect_timeout": seconds(CONNECT_TIMEOUT_SECONDS),
            "common_lb_config": COMMON_LOAD_BALANCING,
            "health_checks": health_checks.health_checks(group),
            # Otherwise a server that was removed stays until its health check fails.
            "ignore_health_on_host_removal": True,
        }
        | _transport(group)
        | _protocol(group)
        | _spreading(group)
    )


def limitations(group: Json) -> list[str]:
    """What of a group's settings is not done here."""
    drain = group.get("ConnectionDrainConfig") or {}
    if not drain.get("ConnectionDrainEnabled"):
        return []
    limit = drain.get("ConnectionDrainTimeout") or DEFAULT_DRAIN_SECONDS
    return [f"requests that a removed server works on are not cut off after {limit} seconds; they end by themselves"]


def endpoints(inventory: Inventory, placement: Placement, group: Json) -> Json:
    """The servers of a group as Envoy's ClusterLoadAssignment."""
    found = [_endpoint(member) for member in servers.members(inventory, placement, group)]
    return {"cluster_name": group["ServerGroupId"], "endpoints": [{"lb_endpoints": found}]}


def _spreading(group: Json) -> Json:
    """The scheduler; a server that comes takes its share by and by where the group says so, which Wrr alone can (ALB user guide)."""
    if group.get("Scheduler") == "Wlc":
        return {"load_balancing_policy": {"policies": [{"typed_extension_config": FEWEST_OF_ALL}]}}
    policy = LB_POLICIES.get(str(group.get("Scheduler")), "ROUND_ROBIN")
    slow_start = group.get("SlowStartConfig") or {}
    if policy != "ROUND_ROBIN" or not slow_start.get("SlowStartEnabled"):
        return {"lb_policy": policy}
    window = seconds(slow_start.get("SlowStartDuration") or DEFAULT_SLOW_START_SECONDS)
    return {"lb_policy": policy, "round_robin_lb_config": {"slow_start_config": {"slow_start_window": window}}}


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
    if health_checks.protocol(group) == "HTTPS" and protocol != "HTTPS":
        rendered["transport_socket_matches"] = [_match("tls", health_checks.TLS_CHECK, _tls_socket())]
    if health_checks.protocol(group) != "HTTPS" and protocol == "HTTPS":
        rendered["transport_socket_matches"] = [_match("plain", health_checks.PLAIN_CHECK, _plain_socket())]
    return rendered


def _protocol(group: Json) -> Json:
    """Groups for gRPC speak HTTP/2. To the others a connection carries one request, unless they are to be kept alive."""
    options: Json = {"explicit_http_config": {"http_protocol_options": {}}}
    if str(group.get("Protocol")).upper() == "GRPC":
        options = {"explicit_http_config": {"http2_protocol_options": {}}}
    elif not group.get("UpstreamKeepaliveEnabled"):
        options["common_http_protocol_options"] = {"max_requests_per_connection": 1}
    return {"typed_extension_protocol_options": {PROTOCOL_OPTIONS: typed(HTTP_OPTIONS, **options)}}


def _match(name: str, criteria: Json, socket: Json) -> Json:
    return {"name": name, "match": criteria, "transport_socket": socket}


def _tls_socket() -> Json:
    """ALB does not verify its servers' certificates."""
    return extension("transport_sockets.tls", "extensions.transport_sockets.tls.v3.UpstreamTlsContext")


def _plain_socket() -> Json:
    return extension("transport_sockets.raw_buffer", "extensions.transport_sockets.raw_buffer.v3.RawBuffer")
