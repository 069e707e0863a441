"""Annotations of an Ingress, typed (alibaba-cloud.md §4.6)."""

import json
from dataclasses import dataclass
from typing import Any

from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.names import PREFIX

Json = dict[str, Any]
CORS_HEADERS = [
    "DNT",
    "X-CustomHeader",
    "Keep-Alive",
    "User-Agent",
    "X-Requested-With",
    "If-Modified-Since",
    "Cache-Control",
    "Content-Type",
    "Authorization",
]
KNOWN = frozenset({
    "listen-ports", "ssl-redirect", "backend-protocol", "order", "use-regex", "rewrite-target",
    "healthcheck-enabled", "healthcheck-path", "healthcheck-protocol", "healthcheck-method", "healthcheck-httpcode",
    "healthcheck-timeout-seconds", "healthcheck-interval-seconds", "healthy-threshold-count", "unhealthy-threshold-count",
    "healthcheck-connect-port", "healthcheck-host", "sticky-session", "sticky-session-type", "cookie-timeout", "cookie",
    "backend-scheduler", "backend-scheduler-uch-value", "traffic-limit-qps", "traffic-limit-ip-qps", "enable-cors",
    "cors-allow-origin", "cors-allow-methods", "cors-allow-headers", "cors-expose-headers", "cors-allow-credentials",
    "cors-max-age", "backend-keepalive", "slow-start-enabled", "slow-start-duration",
    "canary", "canary-by-header", "canary-by-header-value", "canary-by-cookie", "canary-weight",
})  # fmt: skip


@dataclass(frozen=True)
class Annotations:
    """The controller's annotations of one Ingress, without their prefix."""

    values: dict[str, str]

    @classmethod
    def of(cls, ingress: Json) -> "Annotations":
        """Read an Ingress."""
        found = ingress["metadata"].get("annotations") or {}
        return cls({name.removeprefix(PREFIX): value for name, value in found.items() if name.startswith(PREFIX)})

    def unknown(self) -> list[str]:
        """Annotations that the local controller does not act on."""
        return sorted(f"{PREFIX}{name}" for name in self.values if name not in KNOWN)

    def text(self, name: str, default: str = "") -> str:
        """A value as written."""
        return self.values.get(name, default).strip()

    def flag(self, name: str, *, default: bool = False) -> bool:
        """`"true"` is true, everything else is not."""
        return self.text(name, str(default)).lower() == "true"

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises BuildError."""
        text = self.text(name) or str(default)
        try:
            return int(text)
        except ValueError:
            raise BuildError(f"annotation {PREFIX}{name}: {text!r} is not a whole number") from None

    def texts(self, name: str) -> list[str]:
        """Values separated by commas."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def listen_ports(self) -> list[tuple[int, str]] | None:
        """Ports and protocols of `listen-ports`; None when it is absent. Raises BuildError."""
        if "listen-ports" not in self.values:
            return None
        text = self.text("listen-ports")
        try:
            pairs = [(port, str(protocol)) for entry in json.loads(text) for protocol, port in entry.items()]
        except (ValueError, TypeError, AttributeError):
            raise BuildError(f"failed to parse listen-ports configuration: `{text}`") from None
        if not all(type(port) is int for port, _ in pairs):  # neither a text, nor true, which is an int to Python
            raise BuildError(f"failed to parse listen-ports configuration: `{text}`")
        if not pairs:
            raise BuildError(f"empty listen-ports configuration: `{text}`")
        for port, protocol in pairs:
            if protocol not in ("HTTP", "HTTPS", "QUIC"):
                raise BuildError(f"listen-ports: listen protocol must be within [HTTP, HTTPS]: {protocol}")
            if not 1 <= port <= 65535:
                raise BuildError(f"listen-ports: listen port must be within [1, 65535]: {port}")
        return pairs

    def group(self) -> Json:
        """Parameters of the server groups behind this Ingress."""
        protocol = {"http": "HTTP", "https": "HTTPS", "grpc": "GRPC"}.get(self.text("backend-protocol", "http").lower())
        if protocol is None:
            raise BuildError(
                f"annotation {PREFIX}backend-protocol: {self.text('backend-protocol')!r} is not http, https or grpc"
            )
        parameters: Json = {
            "Protocol": protocol,
            "Scheduler": self.text("backend-scheduler", "wrr").capitalize(),
            "HealthCheckConfig": self._health_check(),
            "StickySessionConfig": self._stickiness(),
        }
        if value := self.text("backend-scheduler-uch-value"):
            parameters["UchConfig"] = {"Type": "QueryString", "Value": value}
        if "backend-keepalive" in self.values:
            parameters["UpstreamKeepaliveEnabled"] = self.flag("backend-keepalive")
        if self.flag("slow-start-enabled"):
            parameters["SlowStartConfig"] = {
                "SlowStartEnabled": True,
                "SlowStartDuration": self.number("slow-start-duration", 30),
            }
        return parameters

    def actions(self) -> list[Json]:
        """What is done to a request besides forwarding it, in this order."""
        found: list[Json] = []
        limits = {key: self.number(name, 0) for name, key in (("traffic-limit-qps", "QPS"), ("traffic-limit-ip-qps", "PerIpQps"))
                  if self.text(name)}  # fmt: skip
        if limits:
            found.append({"Type": "TrafficLimit", "TrafficLimitConfig": limits})
        if self.flag("enable-cors"):
            found.append({"Type": "Cors", "CorsConfig": self._cors()})
        if target := self.text("rewrite-target"):
            found.append({"Type": "Rewrite", "RewriteConfig": {"Host": "${host}", "Path": target, "Query": "${query}"}})
        return found

    def _health_check(self) -> Json:
        if not self.flag("healthcheck-enabled"):
            return {"HealthCheckEnabled": False}
        return {
            "HealthCheckEnabled": True,
            "HealthCheckProtocol": self.text("healthcheck-protocol", "HTTP"),
            "HealthCheckPath": self.text("healthcheck-path", "/"),
            "HealthCheckHost": self.text("healthcheck-host", "$SERVER_IP"),
            "HealthCheckHttpVersion": "HTTP1.1",
            "HealthCheckMethod": self.text("healthcheck-method", "HEAD"),
            "HealthCheckCodes": self.texts("healthcheck-httpcode") or ["http_2xx"],
            "HealthCheckTimeout": self.number("healthcheck-timeout-seconds", 5),
            "HealthCheckInterval": self.number("healthcheck-interval-seconds", 2),
            "HealthyThreshold": self.number("healthy-threshold-count", 3),
            "UnhealthyThreshold": self.number("unhealthy-threshold-count", 3),
            "HealthCheckConnectPort": self.number("healthcheck-connect-port", 0),
        }

    def _stickiness(self) -> Json:
        if not self.flag("sticky-session"):
            return {"StickySessionEnabled": False}
        kind = self.text("sticky-session-type", "Insert")
        if kind == "Server":
            return {"StickySessionEnabled": True, "StickySessionType": kind, "Cookie": self.text("cookie")}
        return {
            "StickySessionEnabled": True,
            "StickySessionType": kind,
            "CookieTimeout": self.number("cookie-timeout", 1000),
        }

    def _cors(self) -> Json:
        lists: tuple[tuple[str, str, list[str]], ...] = (("cors-allow-origin", "AllowOrigin", ["*"]), ("cors-allow-headers", "AllowHeaders", CORS_HEADERS),
                 ("cors-allow-methods", "AllowMethods", ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]),
                 ("cors-expose-headers", "ExposeHeaders", []))  # fmt: skip
        config: Json = {key: found for name, key, default in lists if (found := self.texts(name) or default)}
        config["AllowCredentials"] = "on" if self.flag("cors-allow-credentials", default=True) else "off"
        return config | {"MaxAge": self.number("cors-max-age", 172800)}
