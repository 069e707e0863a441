"""`mtlsedge:kubernetes.ingresses`: hosts, backends, and the controller's annotations as typed settings [§4.6].

Annotations of the old kind, which make an ALB out of an Ingress (`edition`, `address-type`, `vswitch-ids`, …), have
no setting: the AlbConfig owns the ALB.
"""

from dataclasses import dataclass
from typing import Literal

from mtlsedge_components import forms
from mtlsedge_components.kubernetes.rule_order import USUAL_ORDER
from mtlsedge_components.reading.declared import (
    Choice,
    Entries,
    Flag,
    OneOfKinds,
    Setting,
    Shape,
    Text,
    Texts,
    Whole,
    setting,
    worked_out,
)
from mtlsedge_components.reading.nodes import Node, Section
from settings.server_groups import (
    HEALTH_CHECK,
    STICKINESS,
    HealthCheck,
    Stickiness,
    read_hash_key,
    read_health_check,
    read_stickiness,
)

MUTUAL_IS_THE_LISTENERS = "nothing: client verification is the listener's, for every host on its port"
REFUSED = {
    **dict.fromkeys(("clientVerification", "caEnabled", "caCertificates", "mutualTls"), MUTUAL_IS_THE_LISTENERS),
    **dict.fromkeys(
        ("edition", "addressType", "vswitchIds", "accessLog", "id", "forceOverrideListeners"),
        "nothing: the AlbConfig owns the ALB, not its Ingresses",
    ),
    "annotations": "typed settings only: an annotation the controller does not know is ignored in silence",
}
PATH_TYPES = ("Prefix", "Exact", "ImplementationSpecific")
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


@dataclass(frozen=True)
class Cors:
    """What browsers of other origins may do; an empty field leaves the controller's default."""

    allow_origin: tuple[str, ...] = setting(
        Texts(ORIGIN), "who", "cluster", default=(), shown="the controller's",
        allowed="origins such as `https://www.example.com`, or `*`",
    )  # fmt: skip
    allow_methods: tuple[str, ...] = setting(
        Texts(TOKEN), "with which methods", "cluster", default=(), shown="the controller's",
        allowed="1 to 40 letters, digits, `-`, `_`, or `*`",
    )  # fmt: skip
    allow_headers: tuple[str, ...] = setting(
        Texts(TOKEN), "with which request headers", "cluster", default=(), shown="the controller's", allowed="as above"
    )
    expose_headers: tuple[str, ...] = setting(
        Texts(TOKEN), "which response headers they see", "cluster", default=(), shown="the controller's",
        allowed="as above",
    )  # fmt: skip
    allow_credentials: bool = setting(
        Flag(), "with cookies", "cluster", default=False, allowed="`true`, `false`; `false` beside the origin `*`"
    )
    max_age: int = setting(
        Whole(1, 172800, "seconds"), "how long a browser keeps the answer", "cluster", default=172800
    )


@dataclass(frozen=True)
class Canary:
    """Sends a part of the requests of another Ingress's host here: by header, by cookie, or by weight in percent."""

    header: str = setting(
        Text(TOKEN), "by a request header", "cluster", default="", allowed="1 to 40 letters, digits, `-`, `_`"
    )
    header_value: str = setting(
        Text(VALUE), "by its value", "cluster", default="", shown="**required** with `header`",
        allowed="1 to 128 printable characters; only with `header`",
    )  # fmt: skip
    cookie: str = setting(Text(forms.COOKIE), "by a cookie", "cluster", default="", allowed="a cookie's name")
    weight: int = setting(
        Whole(0, 100, "percent"), "by share", "cluster", default=0, allowed="0 to 100; not beside `header` or `cookie`"
    )


@dataclass(frozen=True)
class Backend:
    """A path of an Ingress, and the Service and port (number or name) that answers it."""

    path: str
    path_type: Literal["Prefix", "Exact", "ImplementationSpecific"]
    service: str
    port: str


CORS = Shape.of(Cors)
CANARY = Shape.of(Canary, any_of=("header", "cookie", "weight"))
TARGET = Shape(
    {
        "service": Setting(Text(SERVICE), "Service of the path", "cluster", allowed="`name:port`"),
        "type": Setting(Choice(PATH_TYPES), "how the path is compared", "cluster", default="Prefix"),
    }
)


@dataclass(frozen=True)
class Ingress:
    """One Ingress: its hosts, where their requests go, and how; rates in requests a second, 0 for no limit."""

    name: str
    hosts: tuple[str, ...] = setting(
        Texts(forms.HOST_OR_WILDCARD, fewest=1), "several of them", "cluster", optional=True, shown="–",
        allowed="host names; at least one",
    )  # fmt: skip
    backends: tuple[Backend, ...] = worked_out()
    namespace: str = setting(
        Text(OBJECT), "namespace of the Ingress", "cluster", default="default",
        allowed="1 to 63 lower-case letters, digits, `-`",
    )  # fmt: skip
    listener: str = setting(
        Text(forms.NAME), "listener that it answers on", "ours", default="", shown="`kubernetes.listener`",
        allowed="a name of `kubernetes.additionalListeners`",
    )  # fmt: skip
    """Empty: the first one."""
    tls_secret: str = setting(
        Text(forms.pattern(rf"{LABEL}(?:\.{LABEL})*", "the name of a Secret")),
        "certificate that the controller uploads, for these hosts", "cluster", default="",
        allowed="name of a Secret of the namespace",
    )  # fmt: skip
    backend_protocol: Literal["http", "https", "grpc"] = setting(
        Choice(("http", "https", "grpc")), "protocol to the Services", "cluster", default="http"
    )
    health_check: HealthCheck | None = setting(
        HEALTH_CHECK.without("host", "httpVersion"), "how servers are probed", "cluster", default=None, shown="the defaults",
        allowed="keys of [`serverGroups.<name>.healthCheck`](#who-answers-servergroups) but `host` and `httpVersion`", elsewhere=True,
    )  # fmt: skip
    stickiness: Stickiness | None = setting(
        STICKINESS, "keeps a visitor on one server", "cluster", default=None, key="sticky",
        allowed="keys of `serverGroups.<name>.sticky`", elsewhere=True,
    )  # fmt: skip
    scheduler: Literal["wrr", "wlc", "sch", "uch"] = setting(
        Choice(("wrr", "wlc", "sch", "uch")),
        "in turn by weight, by fewest connections, by source address, by a query parameter", "cluster", default="wrr",
    )  # fmt: skip
    hash_key: str = setting(
        Text(VALUE), "query parameter that is hashed", "cluster", default="", shown="**required** with `uch`",
        allowed="1 to 128 printable characters; only with `uch`",
    )  # fmt: skip
    """Query parameter that the scheduler `uch` hashes."""
    order: int = setting(
        Whole(1, 1000, "a number"), "lower ones come first; then by name", "cluster", default=USUAL_ORDER
    )
    use_regex: bool = setting(Flag(), "paths are regular expressions", "cluster", default=False)
    rewrite_target: str = setting(
        Text(PATH), "path that the Services see", "cluster", default="",
        allowed="1 to 128 characters, beginning with `/`",
    )  # fmt: skip
    traffic_limit: int = setting(
        Whole(1, MOST_REQUESTS, "requests a second"), "most requests in all", "ALB", default=0, shown="no limit"
    )
    traffic_limit_per_address: int = setting(
        Whole(1, MOST_REQUESTS, "requests a second"), "most requests of one address", "ALB", default=0, shown="no limit"
    )
    cors: Cors | None = setting(CORS, "what browsers of other origins may do", "cluster", default=None)
    canary: Canary | None = setting(
        CANARY, "a part of another Ingress's requests comes here", "cluster", default=None,
        allowed="`header`, `cookie` or `weight`",
    )  # fmt: skip
    keepalive: bool = setting(Flag(), "connections to the Services stay open", "cluster", default=False)
    slow_start: int = setting(
        Whole(30, 900, "seconds"), "in which a new server's share grows", "cluster", default=0, shown="off"
    )
    """Seconds in which a new server's share grows; 0 is off."""


INGRESS = Shape.of(Ingress, refused=REFUSED).beside(
    {
        "host": Setting(
            Text(forms.HOST_OR_WILDCARD), "the one host; each belongs to one Ingress, a canary shares it", "cluster",
            default="", shown="–", allowed="a host name, `*.` in front allowed; this or `hosts`",
        ),
        "service": Setting(
            Text(SERVICE), "Service of every path", "cluster", default="", shown="–",
            allowed="`name:port`, the port a number or a name; this or `paths`",
        ),
        "paths": Setting(
            Entries(PATH, OneOfKinds((Text(SERVICE), TARGET), "text or mapping", "–")), "Services by path", "cluster",
            default={}, shown="–",
            allowed="1 to 128 characters, beginning with `/` → `name:port`, or the mapping below",
        ),
    },
    first=(
        "host", "hosts", "listener", "namespace", "service", "paths", "tlsSecret", "backendProtocol", "healthCheck", "sticky",
        "scheduler", "hashKey", "order", "useRegex", "rewriteTarget", "trafficLimit", "trafficLimitPerAddress", "cors",
        "canary", "keepalive", "slowStart",
    ),
)  # fmt: skip


def read_ingresses(node: Node) -> dict[str, Ingress]:
    """Every Ingress by name. A host belongs to one of them, except that a canary shares it."""
    ingresses: dict[str, Ingress] = {}
    owners: dict[str, str] = {}
    orders: dict[int, str] = {}
    for name, child in [] if node.value is None else node.entries(OBJECT):
        ingress = _read_ingress(name, child)
        for host in ingress.hosts:
            if not ingress.canary and owners.setdefault(host, name) != name:
                child.refuse(
                    "a host in one Ingress, except for a canary", found=f"{host}, which {owners[host]} has too"
                )
        if ingress.order != USUAL_ORDER and orders.setdefault(ingress.order, name) != name:
            child.at("order").refuse(
                "a number that no other Ingress has: the controller makes no rule of the second",
                found=f"{ingress.order}, which {orders[ingress.order]} has too",
            )
        ingresses[name] = ingress
    return ingresses


def _read_ingress(name: str, node: Node) -> Ingress:
    section = INGRESS.section(node)
    made: Ingress = INGRESS.make(
        section,
        name=name,
        hosts=_read_hosts(section),
        backends=_read_backends(section),
        health_check=_read_health_check(section["healthCheck"]),
        stickiness=read_stickiness(section["sticky"]),
        hash_key=read_hash_key(section, "uch", VALUE),
        cors=_read_cors(section["cors"]),
        canary=_read_canary(section["canary"]),
    )
    return made


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
    section = TARGET.section(node)
    return _backend(path, TARGET.value(section, "type"), TARGET.value(section, "service"))


def _backend(path: str, kind: Literal["Prefix", "Exact", "ImplementationSpecific"], target: str) -> Backend:
    service, _, port = target.partition(":")
    return Backend(path, kind, service, port)


def _read_health_check(node: Node) -> HealthCheck | None:
    """The same shape as a server group's; absent, the defaults are still written down, as code and docs differ on them."""
    check = read_health_check(node)
    if check.host:
        node.at("host").refuse("nothing: the controller has no annotation for it")
    if check.http_version:
        node.at("httpVersion").refuse("nothing: the controller has no annotation for it")
    return check


def _read_cors(node: Node) -> Cors | None:
    if node.value is None:
        return None
    section = CORS.section(node)
    cors: Cors = CORS.make(section)
    if cors.allow_credentials and "*" in cors.allow_origin:
        section["allowCredentials"].refuse("false beside the origin *: browsers refuse the pair")
    return cors


def _read_canary(node: Node) -> Canary | None:
    if node.value is None:
        return None
    section = CANARY.section(node)
    if not section.present(CANARY.any_of):
        node.refuse("header, cookie or weight", found="none of them")
    if ("headerValue" in section) is not ("header" in section):
        alone = "header" if "header" in section else "headerValue"
        node.refuse("header with headerValue: the controller takes both or neither", found=f"{alone} alone")
    if "weight" in section and ("header" in section or "cookie" in section):
        section["weight"].refuse("nothing beside header or cookie: the controller then makes no rule at all")
    made: Canary = CANARY.make(section)
    return made
