"""`mtlsedge:serverGroups`: who answers behind the load balancer, and how the servers are probed.

Ranges: alibaba-cloud.md §1.7, tighter than the provider's own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from mtlsedge_components import forms
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
)
from mtlsedge_components.reading.nodes import Form, Node, Section

ADDRESS_OR_NONE = Form(
    f"{forms.ADDRESS.meaning}, or an empty text for none",
    lambda text: not text or forms.ADDRESS.accepts(text),
    f"(?:{forms.OCTETS})?",
)
MEMBER = Form("an instance id, an address, or a server of network.create", bool, r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""What any group's member may be; `_member_form` says what those of one group are."""
HTTP_CODE = forms.pattern(r"http_[2-5]xx", "one of http_2xx, http_3xx, http_4xx, http_5xx")
GRPC_CODE = forms.pattern(r"\d{1,2}", "a gRPC status from 0 to 99, in quotes")
ANY_CODE = forms.pattern(rf"{HTTP_CODE.expression}|{GRPC_CODE.expression}", "a code")
QUERY_PARAMETER = forms.printable(128)
MOST_SERVERS = 200
"""Servers that one AddServersToServerGroup call takes; the provider makes one call [alibaba-cloud.md §1.7]."""


@dataclass(frozen=True)
class HealthCheck:
    """How the load balancer probes servers; intervals and timeouts in seconds."""

    enabled: bool = setting(Flag(), "whether servers are probed", "ALB", default=True)
    protocol: Literal["HTTP", "HTTPS", "TCP", "GRPC"] = setting(
        Choice(("HTTP", "HTTPS", "TCP", "GRPC")), "how", "ALB", default="HTTP"
    )
    method: Literal["HEAD", "GET"] = setting(Choice(("HEAD", "GET")), "with which request", "ALB", default="HEAD")
    path: str = setting(
        Text(forms.HEALTH_PATH), "which page", "ALB", default="/", allowed="1 to 80 characters, beginning with `/`"
    )
    host: str = setting(
        Text(forms.HEALTH_HOST), "Host header", "ALB", default="", shown="the server's address",
        allowed="a host name of 1 to 80 characters",
    )  # fmt: skip
    port: int = setting(
        Whole(0, 65535, "a port (0 is the server's own)"), "where", "ALB", default=0, shown="`0`: the server's own"
    )
    interval: int = setting(Whole(1, 50, "seconds"), "how often", "ALB", default=2)
    timeout: int = setting(Whole(1, 300, "seconds"), "how long an answer may take", "ALB", default=5)
    healthy_threshold: int = setting(Whole(2, 10, "probes"), "until it counts as healthy", "ALB", default=3)
    unhealthy_threshold: int = setting(Whole(2, 10, "probes"), "until it counts as unhealthy", "ALB", default=3)
    codes: tuple[str, ...] = setting(
        Texts(ANY_CODE, fewest=1), "good answers", "ALB", default=("http_2xx",),
        shown='`[http_2xx]`; for `GRPC` `["0"]`', allowed='`http_2xx` to `http_5xx`; for `GRPC` `"0"` to `"99"`',
    )  # fmt: skip
    http_version: Literal["HTTP1.0", "HTTP1.1"] | None = setting(
        Choice(("HTTP1.0", "HTTP1.1")), "in which version of HTTP", "ALB", default=None, shown="ALB's: `HTTP1.1`",
        allowed="`HTTP1.0`, `HTTP1.1`; only with `HTTP` and `HTTPS`",
    )  # fmt: skip


@dataclass(frozen=True)
class Stickiness:
    """Cookie stickiness: `insert` lets the load balancer set one, `server` rewrites the server's own."""

    mode: Literal["insert", "server"] = setting(
        Choice(("insert", "server")), "the load balancer's own cookie, or the server's rewritten", "ALB"
    )
    cookie: str = setting(
        Text(forms.COOKIE), "name of the server's cookie", "ALB", default="", shown="**required** with `server`",
        allowed="1 to 200 characters",
    )  # fmt: skip
    timeout: int = setting(
        Whole(1, 86400, "seconds"), "life of the cookie", "ALB", default=1000, allowed="1 to 86400; only with `insert`"
    )


@dataclass(frozen=True)
class SlowStart:
    """How a server that joins a group gets its share."""

    enabled: bool = setting(Flag(), "on or off", "ALB")
    duration: int = setting(Whole(30, 900, "seconds"), "until it has its whole share", "ALB", default=30)


@dataclass(frozen=True)
class ConnectionDrain:
    """What becomes of the connections of a server that leaves a group, or is unhealthy."""

    enabled: bool = setting(Flag(), "on or off", "ALB")
    timeout: int = setting(Whole(0, 900, "seconds"), "until they are closed", "ALB", default=300)


HEALTH_CHECK = Shape.of(HealthCheck)
STICKINESS = Shape.of(Stickiness)
SLOW_START = Shape.of(SlowStart)
CONNECTION_DRAIN = Shape.of(ConnectionDrain)


@dataclass(frozen=True)
class Server:
    """A member of a group. `id` is an instance id, an IP address, or the name of a demonstration server."""

    name: str
    id: str = setting(
        Text(MEMBER), "which server", "ALB",
        allowed="`i-…` or a server of `network.create`; in a group of type `ip` an IPv4 address",
    )  # fmt: skip
    port: int = setting(Whole(1, 65535, "a port"), "its own port", "ALB", default=0, shown="the group's")
    weight: int = setting(Whole(0, 100, "a weight"), "share of the requests; 0 drains", "ALB", default=100)
    ip: str | None = setting(
        Text(ADDRESS_OR_NONE, "address"), "one of an instance's addresses", "ALB", default=None, shown="the first one",
        allowed="IPv4; empty: none is said",
    )  # fmt: skip
    """One of an instance's addresses, or "" for none said; None: the id of a server that is an address, else none."""
    description: str | None = setting(
        Text(forms.DESCRIPTION), "what the console shows beside it; a change takes the server out for seconds", "ALB",
        default=None, shown="`<group>/<server>`", allowed="at most 256 printable characters; empty: none",
    )  # fmt: skip
    """What the cloud shows beside it; None: `group/server`."""


SERVER = Shape.of(Server)


@dataclass(frozen=True)
class ManagedServerGroup:
    """A server group this stack owns."""

    name: str
    type: Literal["instance", "ip"] = setting(
        Choice(("instance", "ip")), "what its servers are", "ALB", shown="**required** without `id`"
    )
    protocol: Literal["HTTP", "HTTPS", "GRPC"] = setting(
        Choice(("HTTP", "HTTPS", "GRPC")), "protocol to the servers", "ALB", default="HTTP"
    )
    servers: dict[str, Server] = setting(
        Entries(forms.NAME, OneOfKinds((Text(MEMBER), SERVER), "text or mapping", "–"), most=MOST_SERVERS),
        "members by name: an id, or the mapping below", "provider: one call", default={},
    )  # fmt: skip
    health_check: HealthCheck = setting(
        HEALTH_CHECK, "how servers are probed", "ALB", default=HealthCheck(), shown="the defaults below"
    )
    scheduler: Literal["Wrr", "Wlc", "Sch", "Uch"] = setting(
        Choice(("Wrr", "Wlc", "Sch", "Uch")),
        "in turn by weight, by fewest connections, by source address, by a query parameter",
        "ALB",
        default="Wrr",
    )
    hash_key: str = setting(
        Text(QUERY_PARAMETER), "the query parameter that decides the server", "ALB", default="",
        shown="**required** with `Uch`", allowed="1 to 128 printable characters; only with `scheduler: Uch`",
    )  # fmt: skip
    stickiness: Stickiness | None = setting(
        STICKINESS, "keeps a visitor on one server", "ALB", default=None, key="sticky"
    )
    slow_start: SlowStart | None = setting(
        SLOW_START, "a server that joins gets its share little by little", "ALB", default=None, shown="ALB's: off",
        allowed="only with `scheduler: Wrr`",
    )  # fmt: skip
    connection_drain: ConnectionDrain | None = setting(
        CONNECTION_DRAIN, "connections of a server that leaves stay open for a time", "ALB", default=None,
        shown="ALB's: off",
    )  # fmt: skip
    upstream_keepalive_enabled: bool | None = setting(
        Flag(), "connections to the servers stay open between requests", "ALB", default=None, shown="ALB's: `false`"
    )
    resource_group_id: str = setting(
        Text(forms.RESOURCE_GROUP_ID), "its resource group", "ALB", default="", shown="the account's default group",
        allowed="`rg-…`",
    )  # fmt: skip
    cross_zone_enabled: bool | None = setting(
        Flag(), "requests that arrive in one zone go to servers of other zones, too", "ALB", default=None,
        shown="ALB's: `true`",
    )  # fmt: skip


@dataclass(frozen=True)
class ExistingServerGroup:
    """A server group of another owner, by its id (`sgp-…`)."""

    name: str
    id: str


ServerGroup = ManagedServerGroup | ExistingServerGroup
GROUP = Shape.of(ManagedServerGroup, alone="id").beside(
    {
        "port": Setting(
            Whole(1, 65535, "a port"), "port of its servers", "ALB", shown="**required** without `id`"
        ),
        "id": Setting(
            Text(forms.SERVER_GROUP_ID), "a group that this stack does not own; not changed", "ALB", default="",
            shown="–", allowed="`sgp-…`, alone",
        ),
    },
    first=("type", "port", "protocol", "servers", "healthCheck"),
)  # fmt: skip


def read_server_groups(node: Node, instances: Collection[str] | None) -> dict[str, ServerGroup]:
    """Every group by name; `instances` are the demonstration servers that members may name (None: not known)."""
    entries = [] if node.value is None else node.entries(forms.NAME)
    return {name: _read_group(name, child, instances) for name, child in entries}


def _read_group(name: str, node: Node, instances: Collection[str] | None) -> ServerGroup:
    section = GROUP.section(node)
    if "id" in section:
        section.only(("id",), beside="id: the group has another owner")
        return ExistingServerGroup(name, GROUP.value(section, "id"))
    kind = GROUP.value(section, "type")
    made: ManagedServerGroup = GROUP.make(
        section,
        name=name,
        type=kind,
        servers=_read_servers(section, _member_form(kind, instances)),
        health_check=read_health_check(section["healthCheck"]),
        stickiness=read_stickiness(section["sticky"]),
        hash_key=read_hash_key(section, "Uch", QUERY_PARAMETER),
    )
    if made.slow_start and made.slow_start.enabled and made.scheduler != "Wrr":
        section["slowStart"].refuse(f"nothing with scheduler {made.scheduler}: ALB has a slow start with Wrr only")
    return made


def read_hash_key(section: Section, scheduler: str, form: Form) -> str:
    """The query parameter beside the scheduler that goes by one; the others have no use for it."""
    if section["scheduler"].value == scheduler:
        return section.text("hashKey", form)
    if "hashKey" in section:
        section["hashKey"].refuse(f"nothing, unless scheduler is {scheduler}")
    return ""


def _member_form(kind: str, instances: Collection[str] | None) -> Form:
    if kind == "ip":
        return Form(f"{forms.ADDRESS.meaning}, as the group's type is ip", forms.ADDRESS.accepts)
    if instances is None:
        return forms.NAME
    known = f", or a server of network.create: {', '.join(instances)}" if instances else ""
    return Form(
        forms.INSTANCE_ID.meaning + known,
        lambda text: text in instances or forms.INSTANCE_ID.accepts(text),
    )


def _read_servers(section: Section, form: Form) -> dict[str, Server]:
    port: int = section["port"].integer(1, 65535, "a port")
    servers: dict[str, Server] = {}
    for name, child in section.entries("servers", forms.NAME):
        server = _read_server(name, child, form, port)
        if server.id and (server.id, server.port) in {(known.id, known.port) for known in servers.values()}:
            child.refuse("each server and port once", found=f"a second {server.id!r} with port {server.port}")
        servers[name] = server
    if len(servers) > MOST_SERVERS:
        section["servers"].refuse(f"at most {MOST_SERVERS} servers", found=f"{len(servers)} servers")
    return servers


def _read_server(name: str, node: Node, form: Form, port: int) -> Server:
    """A member: its id alone, or a mapping. `ip` picks one of an instance's addresses."""
    if isinstance(node.value, str):
        return Server(name=name, id=node.text(form), port=port)
    section = SERVER.section(node)
    own_port = SERVER.value(section, "port") or port
    server: Server = SERVER.make(section, name=name, id=section.text("id", form), port=own_port)
    if server.ip and forms.ADDRESS.accepts(server.id) and server.ip != server.id:
        section["ip"].refuse("nothing: in a group of type ip the id is the address")
    return server


def read_health_check(node: Node) -> HealthCheck:
    """The probe; absent, the cloud's own defaults, spelled out."""
    if node.value is None:
        return HealthCheck()
    section = HEALTH_CHECK.section(node)
    protocol = HEALTH_CHECK.value(section, "protocol")
    made: HealthCheck = HEALTH_CHECK.make(section, protocol=protocol, codes=_read_codes(section, protocol))
    if made.http_version and protocol not in ("HTTP", "HTTPS"):
        section["httpVersion"].refuse(f"nothing beside protocol {protocol}")
    return made


def read_stickiness(node: Node) -> Stickiness | None:
    """Cookie stickiness, or None when absent: `insert` has a timeout, `server` the name of the server's cookie."""
    if node.value is None:
        return None
    section = STICKINESS.section(node)
    mode = STICKINESS.value(section, "mode")
    if mode == "server":
        section.only(("mode", "cookie"), beside="mode: server")
        return Stickiness(mode=mode, cookie=section.text("cookie", forms.COOKIE))
    section.only(("mode", "timeout"), beside="mode: insert")
    return Stickiness(mode=mode, timeout=STICKINESS.value(section, "timeout"))


def _read_codes(section: Section, protocol: str) -> tuple[str, ...]:
    if "codes" not in section:
        return ("0",) if protocol == "GRPC" else HealthCheck.codes
    codes = section.texts("codes", GRPC_CODE if protocol == "GRPC" else HTTP_CODE)
    if not codes:
        section["codes"].refuse("at least one code")
    return codes
