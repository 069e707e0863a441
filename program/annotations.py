"""The controller's annotations, out of an Ingress's typed settings [alibaba-cloud.md §4.6].

The listener's ports and the health check are always written down: what the controller takes for granted differs
between its code and its documentation. So is an order that no other Ingress has: of one that is given twice the controller
refuses the second. Everything else is written where it differs from the default.
"""

import json

from settings.ingress import Canary, Cors, Ingress
from settings.model import HealthCheck, Listener, Stickiness

PREFIX = "alb.ingress.kubernetes.io/"


def annotations(ingress: Ingress, listener: Listener, *, has_own_order: bool) -> dict[str, str]:
    """Every annotation of an Ingress on this listener, sorted by name."""
    found = {
        **_ports(listener),
        "backend-protocol": ingress.backend_protocol,
        **_health_check(ingress.health_check),
        **_sticky(ingress.stickiness),
        **_scheduler(ingress),
        **({"order": str(ingress.order)} if has_own_order else {}),
        **_routing(ingress),
        **_cors(ingress.cors),
        **_canary(ingress.canary),
    }
    return {PREFIX + name: found[name] for name in sorted(found)}


def _ports(listener: Listener) -> dict[str, str]:
    ports = [{"HTTP": listener.http_port}] if listener.redirect_http else []
    found = {"listen-ports": json.dumps([*ports, {"HTTPS": listener.port}], separators=(",", ":"))}
    return found | ({"ssl-redirect": "true"} if listener.redirect_http else {})


def _health_check(check: HealthCheck | None) -> dict[str, str]:
    if check is None or not check.enabled:
        return {"healthcheck-enabled": "false"}
    found = {
        "healthcheck-enabled": "true",
        "healthcheck-protocol": check.protocol,
        "healthcheck-connect-port": str(check.port),
        "healthcheck-interval-seconds": str(check.interval),
        "healthcheck-timeout-seconds": str(check.timeout),
        "healthy-threshold-count": str(check.healthy_threshold),
        "unhealthy-threshold-count": str(check.unhealthy_threshold),
    }
    if check.protocol != "TCP":
        codes = ",".join(check.codes)
        found |= {"healthcheck-path": check.path, "healthcheck-method": check.method, "healthcheck-httpcode": codes}
    return found


def _sticky(stickiness: Stickiness | None) -> dict[str, str]:
    if stickiness is None:
        return {}
    if stickiness.mode == "insert":
        return {
            "sticky-session": "true", "sticky-session-type": "Insert", "cookie-timeout": str(stickiness.timeout),
        }  # fmt: skip
    return {"sticky-session": "true", "sticky-session-type": "Server", "cookie": stickiness.cookie}


def _scheduler(ingress: Ingress) -> dict[str, str]:
    if ingress.scheduler == "wrr":
        return {}
    value = {"backend-scheduler-uch-value": ingress.hash_key} if ingress.hash_key else {}
    return {"backend-scheduler": ingress.scheduler, **value}


def _routing(ingress: Ingress) -> dict[str, str]:
    written = {
        "use-regex": "true" if ingress.use_regex else "",
        "rewrite-target": ingress.rewrite_target,
        "traffic-limit-qps": str(ingress.traffic_limit or ""),
        "traffic-limit-ip-qps": str(ingress.traffic_limit_per_address or ""),
        "backend-keepalive": "true" if ingress.keepalive else "",
        "slow-start-enabled": "true" if ingress.slow_start else "",
        "slow-start-duration": str(ingress.slow_start or ""),
    }
    return {name: value for name, value in written.items() if value}


def _cors(cors: Cors | None) -> dict[str, str]:
    if cors is None:
        return {}
    lists = {
        "cors-allow-origin": cors.allow_origin,
        "cors-allow-methods": cors.allow_methods,
        "cors-allow-headers": cors.allow_headers,
        "cors-expose-headers": cors.expose_headers,
    }
    return {
        "enable-cors": "true",
        **{name: ",".join(values) for name, values in lists.items() if values},
        "cors-allow-credentials": "true" if cors.allow_credentials else "false",
        "cors-max-age": str(cors.max_age),
    }


def _canary(canary: Canary | None) -> dict[str, str]:
    if canary is None:
        return {}
    written = {
        "canary-by-header": canary.header,
        "canary-by-header-value": canary.header_value,
        "canary-by-cookie": canary.cookie,
        "canary-weight": str(canary.weight) if canary.weight or not (canary.header or canary.cookie) else "",
    }
    return {"canary": "true", **{name: value for name, value in written.items() if value}}
