"""`mtlsedge:serverGroups`: who answers behind the load balancer."""

from collections.abc import Collection
from typing import Literal

from settings import forms
from settings.health_check import read_health_check, read_stickiness
from settings.model import ExistingServerGroup, ManagedServerGroup, Server, ServerGroup
from settings.reader import Form, Node, Section

TYPES: tuple[Literal["instance", "ip"], ...] = ("instance", "ip")
PROTOCOLS: tuple[Literal["HTTP", "HTTPS", "GRPC"], ...] = ("HTTP", "HTTPS", "GRPC")
SCHEDULERS: tuple[Literal["Wrr", "Wlc", "Sch"], ...] = ("Wrr", "Wlc", "Sch")
KEYS = ("type", "port", "protocol", "servers", "healthCheck", "scheduler", "sticky", "id")
ADDRESS_OR_NONE = Form(
    f"{forms.ADDRESS.meaning}, or an empty text for none", lambda text: not text or forms.ADDRESS.accepts(text)
)
MOST_SERVERS = 200
"""Servers that one AddServersToServerGroup call takes; the provider makes one call [alibaba-cloud.md §1.7]."""


def read_server_groups(node: Node, instances: Collection[str] | None) -> dict[str, ServerGroup]:
    """Every group by name; `instances` are the demonstration servers that members may name (None: not known)."""
    entries = [] if node.value is None else node.entries(forms.NAME)
    return {name: _read_group(name, child, instances) for name, child in entries}


def _read_group(name: str, node: Node, instances: Collection[str] | None) -> ServerGroup:
    section = node.section(KEYS)
    if "id" in section:
        section.only(("id",), beside="id: the group is somebody else's")
        return ExistingServerGroup(name, section.text("id", forms.SERVER_GROUP_ID))
    kind = section.choice("type", TYPES)
    return ManagedServerGroup(
        name=name,
        type=kind,
        protocol=section.choice("protocol", PROTOCOLS, default="HTTP"),
        servers=_read_servers(section, _member_form(kind, instances)),
        health_check=read_health_check(section["healthCheck"]),
        scheduler=section.choice("scheduler", SCHEDULERS, default=ManagedServerGroup.scheduler),
        stickiness=read_stickiness(section["sticky"]),
    )


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
    port = section.integer("port", 1, 65535, "a port")
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
    section = node.section(("id", "port", "weight", "ip", "description"))
    server = Server(
        name=name,
        id=section.text("id", form),
        port=section.integer("port", 1, 65535, "a port", default=port),
        weight=section.integer("weight", 0, 100, "a weight", default=Server.weight),
        ip=section.text("ip", ADDRESS_OR_NONE) if "ip" in section else None,
        description=section.text("description", forms.DESCRIPTION) if "description" in section else None,
    )
    if server.ip and forms.ADDRESS.accepts(server.id) and server.ip != server.id:
        section["ip"].refuse("nothing: in a group of type ip the id is the address")
    return server
