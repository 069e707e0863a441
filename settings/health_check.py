"""`healthCheck` and `sticky` of a server group. Ranges: alibaba-cloud.md §1.7, tighter than the provider's own."""

from typing import Literal

from settings import forms
from settings.model import HealthCheck, Stickiness
from settings.reader import Node, Section

PROTOCOLS: tuple[Literal["HTTP", "HTTPS", "TCP", "GRPC"], ...] = ("HTTP", "HTTPS", "TCP", "GRPC")
METHODS: tuple[Literal["HEAD", "GET"], ...] = ("HEAD", "GET")
MODES: tuple[Literal["insert", "server"], ...] = ("insert", "server")
KEYS = (
    "enabled", "protocol", "method", "path", "host", "port", "interval", "timeout", "healthyThreshold",
    "unhealthyThreshold", "codes",
)  # fmt: skip
HTTP_CODE = forms.pattern(r"http_[2-5]xx", "one of http_2xx, http_3xx, http_4xx, http_5xx")
GRPC_CODE = forms.pattern(r"\d{1,2}", "a gRPC status from 0 to 99, in quotes")


def read_health_check(node: Node) -> HealthCheck:
    """The probe; absent, the cloud's own defaults, spelled out."""
    if node.value is None:
        return HealthCheck()
    section = node.section(KEYS)
    protocol = section.choice("protocol", PROTOCOLS, default=HealthCheck.protocol)
    return HealthCheck(
        enabled=section.flag("enabled", default=HealthCheck.enabled),
        protocol=protocol,
        method=section.choice("method", METHODS, default=HealthCheck.method),
        path=section.text("path", forms.HEALTH_PATH, default=HealthCheck.path),
        host=section.text("host", forms.HEALTH_HOST, default=HealthCheck.host),
        port=section.integer("port", 0, 65535, "a port (0 is the server's own)", default=HealthCheck.port),
        interval=section.integer("interval", 1, 50, "seconds", default=HealthCheck.interval),
        timeout=section.integer("timeout", 1, 300, "seconds", default=HealthCheck.timeout),
        healthy_threshold=_read_threshold(section, "healthyThreshold", HealthCheck.healthy_threshold),
        unhealthy_threshold=_read_threshold(section, "unhealthyThreshold", HealthCheck.unhealthy_threshold),
        codes=_read_codes(section, protocol),
    )


def read_stickiness(node: Node) -> Stickiness | None:
    """Cookie stickiness, or None when absent: `insert` has a timeout, `server` the name of the server's cookie."""
    if node.value is None:
        return None
    section = node.section(("mode", "cookie", "timeout"))
    mode = section.choice("mode", MODES)
    if mode == "server":
        section.only(("mode", "cookie"), beside="mode: server")
        return Stickiness(mode=mode, cookie=section.text("cookie", forms.COOKIE))
    section.only(("mode", "timeout"), beside="mode: insert")
    return Stickiness(mode=mode, timeout=section.integer("timeout", 1, 86400, "seconds", default=Stickiness.timeout))


def _read_threshold(section: Section, key: str, default: int) -> int:
    return section.integer(key, 2, 10, "probes", default=default)


def _read_codes(section: Section, protocol: str) -> tuple[str, ...]:
    if "codes" not in section:
        return ("0",) if protocol == "GRPC" else HealthCheck.codes
    codes = section.texts("codes", GRPC_CODE if protocol == "GRPC" else HTTP_CODE)
    if not codes:
        section["codes"].refuse("at least one code")
    return codes
