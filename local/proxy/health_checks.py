"""Health checks of a server group in Envoy's terms (defaults: alibaba-cloud.md §1.7).

A server's first check is made at once, and its first success makes it usable; thresholds count from then on.
The HTTP version cannot be chosen: Envoy asks with HTTP/1.1, for HTTP1.0 too.
"""

from local.proxy.protobuf import Json, seconds

STATUS_RANGES = {"http_2xx": (200, 300), "http_3xx": (300, 400), "http_4xx": (400, 500), "http_5xx": (500, 600)}
TLS_CHECK = {"checked_over": "tls"}
PLAIN_CHECK = {"checked_over": "plain"}
"""Transport of the check where it is not that of the traffic."""


def enabled(group: Json) -> bool:
    """Whether the group's servers are checked; on unless switched off."""
    return (group.get("HealthCheckConfig") or {}).get("HealthCheckEnabled") is not False


def protocol(group: Json) -> str:
    """HTTP, HTTPS, TCP or GRPC."""
    return str((group.get("HealthCheckConfig") or {}).get("HealthCheckProtocol") or "HTTP").upper()


def health_checks(group: Json) -> list[Json]:
    """Envoy's HealthChecks of a cluster: one, or none when switched off."""
    return [_timing(group.get("HealthCheckConfig") or {}) | _probe(group)] if enabled(group) else []


def _timing(config: Json) -> Json:
    interval = seconds(config.get("HealthCheckInterval") or 2)
    return {
        "timeout": seconds(config.get("HealthCheckTimeout") or 5),
        "interval": interval,
        # Envoy would check servers without traffic only once a minute.
        "no_traffic_interval": interval,
        "healthy_threshold": config.get("HealthyThreshold") or 3,
        "unhealthy_threshold": config.get("UnhealthyThreshold") or 3,
        "always_log_health_check_failures": False,
    }


def _probe(group: Json) -> Json:
    config, kind = group.get("HealthCheckConfig") or {}, protocol(group)
    if kind == "TCP":
        return {"tcp_health_check": {}} | _transport(group, kind)
    if kind == "GRPC":
        return {"grpc_health_check": {}}
    probe = {
        "path": config.get("HealthCheckPath") or "/",
        "method": config.get("HealthCheckMethod") or "HEAD",
        "expected_statuses": _statuses(config.get("HealthCheckCodes") or ["http_2xx"]),
        # Without it one unexpected status would count as many as the threshold.
        "retriable_statuses": [{"start": 100, "end": 600}],
    }
    if config.get("HealthCheckHost"):
        probe["host"] = config["HealthCheckHost"]
    return {"http_health_check": probe} | _transport(group, kind)


def _statuses(codes: list[str]) -> list[Json]:
    """Classes (`http_2xx`), single codes (`204`) and ranges of codes (`200-204`) as half-open ranges."""
    return [{"start": start, "end": end} for start, end in map(_range, codes)]


def _range(code: str) -> tuple[int, int]:
    if code in STATUS_RANGES:
        return STATUS_RANGES[code]
    first, _, last = code.partition("-")
    return int(first), int(last or first) + 1


def _transport(group: Json, kind: str) -> Json:
    traffic_over_tls = str(group.get("Protocol") or "HTTP").upper() == "HTTPS"
    if (kind == "HTTPS") == traffic_over_tls:
        return {}
    return {"transport_socket_match_criteria": TLS_CHECK if kind == "HTTPS" else PLAIN_CHECK}
