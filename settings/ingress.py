"""`mtlsedge:kubernetes.ingresses`: hosts, backends, and the controller's annotations as typed settings [§4.6].

Annotations of the old kind, which make an ALB out of an Ingress (`edition`, `address-type`, `vswitch-ids`, …), have
no setting: the AlbConfig owns the ALB.
"""

from typing import Literal

from settings import forms
from settings.health_check import read_health_check, read_stickiness
from settings.kubernetes_model import Backend, Canary, Cors, Ingress
from settings.model import HealthCheck
from settings.reader import Node, Section

KEYS = (
    "host", "hosts", "namespace", "service", "paths", "tlsSecret", "backendProtocol", "healthCheck", "sticky",
    "scheduler", "hashKey", "order", "useRegex", "rewriteTarget", "trafficLimit", "trafficLimitPerAddress", "cors",
    "canary", "keepalive", "slowStart",
)  # fmt: skip
MUTUAL_IS_THE_LISTENERS = "nothing: client verification is the listener's, for every host on its port"
REFUSED = {
    **dict.fromkeys(("clientVerification", "caEnabled", "caCertificates", "mutualTls"), MUTUAL_IS_THE_LISTENERS),
    **dict.fromkeys(
        ("edition", "addressType", "vswitchIds", "accessLog", "id", "forceOverrideListeners"),
        "nothing: the AlbConfig owns the ALB, not its Ingresses",
    ),
    "annotations": "typed settings only: an annotation the controller does not know is ignored in silence",
}
PATH_TYPES: tuple[Literal["Prefix", "Exact", "ImplementationSpecific"], ...] = (
    "Prefix", "Exact", "ImplementationSpecific",
)  # fmt: skip
PROTOCOLS: tuple[Literal["http", "https", "grpc"], ...] = ("http", "https", "grpc")
SCHEDULERS: tuple[Literal["wrr", "wlc", "sch", "uch"], ...] = ("wrr", "wlc", "sch", "uch")
LABEL = forms.LABEL
OBJECT = forms.pattern(LABEL, "a name of 1 to 63 lower-case letters, digits or '-'")
SERVICE = forms.pattern(
    rf"{LABEL}:(?:[1-9]\d{{0,4}}|(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{{0,13}}[a-z0-9])?)",
    "a Service and its port, such as web:80 or web:http",
)
PATH = forms.pattern(r"/[!-~]{0,127}", "a path of 1 to 128 characters that begins with /")
ORIGIN = forms.pattern(
    r"\*|https?://[A-Za-z0-9.*-]{1,253}(?::\d{1,5})?", "an origin such as https://www.example.com, or *"
)
TOKEN = forms.pattern(r"[A-Za-z0-9_*-]{1,40}", "a header or method of 1 to 40 letters, digits, '-' or '_', or *")
VALUE = forms.pattern(r"[!-~]{1,128}", "1 to 128 printable characters")
MOST_REQUESTS = 1_000_000
"""Requests a second [§1.5]."""


def read_ingresses(node: Node) -> dict[str, Ingress]:
    """Every Ingress by name. A host belongs to one of them, except that a canary shares it."""
    ingresses: dict[str, Ingress] = {}
    owners: dict[str, str] = {}
    for name, child in [] if node.value is None else node.entries(OBJECT):
        ingress = _read_ingress(name, child)
        for host in ingress.hosts:
            if not ingress.canary and owners.setdefault(host, name) != name:
                child.refuse(
                    "a host in one Ingress, except for a canary", found=f"{host}, which {owners[host]} has too"
                )
        ingresses[name] = ingress
    return ingresses


def _read_ingress(name: str, node: Node) -> Ingress:
    section = node.section(KEYS, REFUSED)
    scheduler = section.choice("scheduler", SCHEDULERS, default=Ingress.scheduler)
    return Ingress(
        name=name,
        hosts=_read_hosts(section),
        backends=_read_backends(section),
        namespace=section.text("namespace", OBJECT, default=Ingress.namespace),
        tls_secret=section.text(
            "tlsSecret", forms.pattern(rf"{LABEL}(?:\.{LABEL})*", "the name of a Secret"), default=""
        ),
        backend_protocol=section.choice("backendProtocol", PROTOCOLS, default=Ingress.backend_protocol),
        health_check=_read_health_check(section["healthCheck"]),
        stickiness=read_stickiness(section["sticky"]),
        scheduler=scheduler,
        hash_key=_read_hash_key(section, scheduler),
        order=section.integer("order", 1, 1000, "a number", default=Ingress.order),
        use_regex=section.flag("useRegex", default=Ingress.use_regex),
        rewrite_target=section.text("rewriteTarget", PATH, default=""),
        traffic_limit=section.integer("trafficLimit", 1, MOST_REQUESTS, "requests a second", default=0),
        traffic_limit_per_address=section.integer(
            "trafficLimitPerAddress", 1, MOST_REQUESTS, "requests a second", default=0
        ),
        cors=_read_cors(section["cors"]),
        canary=_read_canary(section["canary"]),
        keepalive=section.flag("keepalive", default=Ingress.keepalive),
        slow_start=section.integer("slowStart", 30, 900, "seconds", default=0),
    )


def _read_hosts(section: Section) -> tuple[str, ...]:
    key = section.one_of(("host", "hosts"))
    hosts = section.texts("hosts", forms.HOST_OR_WILDCARD) if key == "hosts" else (
        (section.text("host", forms.HOST_OR_WILDCARD),) if key else ()
    )  # fmt: skip
    if key == "hosts" and not hosts:
        section["hosts"].refuse("at least one host")
    return hosts


def _read_backends(section: Section) -> tuple[Backend, ...]:
    key = section.one_of(("service", "paths"))
    if key == "service":
        return (_backend("/", "Prefix", section.text("service", SERVICE)),)
    backends = [_read_path(path, child) for path, child in section.entries("paths", PATH)] if key else []
    if key and not backends:
        section["paths"].refuse("at least one path")
    return tuple(backends)


def _read_path(path: str, node: Node) -> Backend:
    if isinstance(node.value, str):
        return _backend(path, "Prefix", node.text(SERVICE))
    section = node.section(("service", "type"))
    return _backend(path, section.choice("type", PATH_TYPES, default="Prefix"), section.text("service", SERVICE))


def _backend(path: str, kind: Literal["Prefix", "Exact", "ImplementationSpecific"], target: str) -> Backend:
    service, _, port = target.partition(":")
    return Backend(path, kind, service, port)


def _read_health_check(node: Node) -> HealthCheck | None:
    """The same shape as a server group's; absent, the defaults are still written down, as code and docs differ on them."""
    check = read_health_check(node)
    if check.host:
        node.at("host").refuse("nothing: the controller has no annotation for it")
    return check


def _read_hash_key(section: Section, scheduler: str) -> str:
    if scheduler != "uch":
        if "hashKey" in section:
            section["hashKey"].refuse("nothing, unless scheduler is uch")
        return ""
    return section.text("hashKey", VALUE)


def _read_cors(node: Node) -> Cors | None:
    if node.value is None:
        return None
    section = node.section(
        ("allowOrigin", "allowMethods", "allowHeaders", "exposeHeaders", "allowCredentials", "maxAge")
    )
    cors = Cors(
        allow_origin=section.texts("allowOrigin", ORIGIN),
        allow_methods=section.texts("allowMethods", TOKEN),
        allow_headers=section.texts("allowHeaders", TOKEN),
        expose_headers=section.texts("exposeHeaders", TOKEN),
        allow_credentials=section.flag("allowCredentials", default=False),
        max_age=section.integer("maxAge", 1, 172800, "seconds", default=Cors.max_age),
    )
    if cors.allow_credentials and "*" in cors.allow_origin:
        section["allowCredentials"].refuse("false beside the origin *: browsers refuse the pair")
    return cors


def _read_canary(node: Node) -> Canary | None:
    if node.value is None:
        return None
    section = node.section(("header", "headerValue", "cookie", "weight"))
    if not section.present(("header", "cookie", "weight")):
        node.refuse("header, cookie or weight", found="none of them")
    if "headerValue" in section and "header" not in section:
        section["headerValue"].refuse("nothing without header")
    return Canary(
        header=section.text("header", TOKEN, default=""),
        header_value=section.text("headerValue", VALUE, default=""),
        cookie=section.text("cookie", forms.COOKIE, default=""),
        weight=section.integer("weight", 0, 100, "percent", default=0),
    )
