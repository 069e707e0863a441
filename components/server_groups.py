"""Named groups of servers behind the load balancer."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_alicloud import alb

from mtlsedge_components.dynamic import ServerGroupServers
from mtlsedge_components.identity import Identity, IdentityArgs


class HealthCheckArgs(TypedDict):
    """How ALB probes the servers of a group. Without an argument, ALB's documented defaults hold."""

    enabled: NotRequired[bool]
    """Whether servers are probed. Default: yes."""
    protocol: NotRequired[str]
    """HTTP (the default), HTTPS, TCP or GRPC."""
    method: NotRequired[str]
    """Method of an HTTP or HTTPS probe: HEAD (the default) or GET."""
    path: NotRequired[str]
    """Path of a probe that is not TCP. Default: `/`."""
    host: NotRequired[str]
    """Host header of a probe. Default: the server's address."""
    port: NotRequired[int]
    """Port that is probed, 0 to 65535. Default: 0, the server's own."""
    interval: NotRequired[int]
    """Seconds between two probes, 1 to 50. Default: 2."""
    timeout: NotRequired[int]
    """Seconds until a probe without an answer has failed, 1 to 300. Default: 5."""
    healthy_threshold: NotRequired[int]
    """Probes in a row that a server has to pass to get requests, 2 to 10. Default: 3."""
    unhealthy_threshold: NotRequired[int]
    """Probes in a row that a server has to fail to get no more requests, 2 to 10. Default: 3."""
    codes: NotRequired[list[str]]
    """Answers that pass, such as `http_2xx`, the default."""
    http_version: NotRequired[str]
    """HTTP1.0 or HTTP1.1, of an HTTP or HTTPS probe. Default: ALB's, which is HTTP1.1."""


class StickinessArgs(TypedDict):
    """Keeps a client at its server by a cookie."""

    mode: str
    """`Insert`: ALB sets a cookie. `Server`: ALB rewrites the server's own."""
    cookie: NotRequired[str]
    """Name of the server's cookie, for `Server`."""
    timeout: NotRequired[int]
    """Seconds that an inserted cookie lasts, 1 to 86400. Default: 1000."""


class SlowStartArgs(TypedDict):
    """How a server that joins a group gets its share, with the scheduler Wrr only."""

    enabled: bool
    """Whether it gets it little by little."""
    duration: NotRequired[int]
    """Seconds until it has its whole share, 30 to 900. Default: 30."""


class ConnectionDrainArgs(TypedDict):
    """What becomes of the connections of a server that leaves a group, or is unhealthy."""

    enabled: bool
    """Whether they stay open for a time."""
    timeout: NotRequired[int]
    """Seconds until they are closed, 0 to 900. Default: 300."""


class ServerArgs(TypedDict):
    """A member of a server group."""

    id: pulumi.Input[str]
    """Id of an ECS instance; in a group of type Ip the address."""
    port: int
    """Port the server listens on, 1 to 65535."""
    weight: NotRequired[int]
    """Share of the requests, 0 to 100. Default: 100."""
    ip: NotRequired[str]
    """One of the instance's addresses; empty for none. Default: none, and in a group of type Ip the id."""
    description: NotRequired[str]
    """What the cloud shows beside the server. Default: `group/server`."""


class ServerGroupArgs(TypedDict):
    """A server group that the component makes, or one that exists: exactly one of `id` and `servers`."""

    id: NotRequired[pulumi.Input[str]]
    """Id of a server group that exists (`sgp-…`). Nothing of it is changed; the arguments below are not for it."""
    servers: NotRequired[dict[str, ServerArgs]]
    """The members by name, at most 200: one AddServersToServerGroup call takes no more."""
    type: NotRequired[str]
    """What members are: Instance (the default) or Ip."""
    protocol: NotRequired[str]
    """What servers speak: HTTP (the default), HTTPS or GRPC."""
    scheduler: NotRequired[str]
    """How requests are spread: Wrr (weighted round robin, the default), Wlc (least connections), Sch (by source address) or
    Uch (by a query parameter)."""
    hash_key: NotRequired[str]
    """Query parameter that decides the server, with Uch."""
    health_check: NotRequired[HealthCheckArgs]
    """How servers are probed."""
    stickiness: NotRequired[StickinessArgs]
    """Session persistence. Default: none."""
    slow_start: NotRequired[SlowStartArgs]
    """Share of a server that joins. Default: ALB's, which is the whole at once; of a group that exists, as it is."""
    connection_drain: NotRequired[ConnectionDrainArgs]
    """Connections of a server that leaves. Default: ALB's, which closes them; of a group that exists, as it is."""
    upstream_keepalive_enabled: NotRequired[bool]
    """Whether connections to the servers stay open between requests. Default: ALB's, which is no."""
    resource_group_id: NotRequired[str]
    """Resource group (`rg-…`). Default: the account's default one."""
    cross_zone_enabled: NotRequired[bool]
    """Whether requests that arrive in one zone go to servers of other zones, too. Default: ALB's, which is yes."""


class ServerGroupsArgs(TypedDict):
    """Server groups by name. Their names, and their servers', decide which resources there are."""

    groups: dict[str, ServerGroupArgs]
    """The server groups by name."""
    vpc_id: NotRequired[pulumi.Input[str] | None]
    """The VPC of the groups that are made."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class ServerGroups(pulumi.ComponentResource):
    """Server groups of this stack, and references to those of others.

    The provider makes the groups, `ServerGroupServers` adds, changes and removes their servers: a weight
    changes in place, and an address that ALB answers although nobody declared it is no change.
    """

    ids: dict[str, pulumi.Output[str]]
    """Name of the group -> server group id."""

    def __init__(self, name: str, args: ServerGroupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:ServerGroups", name, None, opts)
        identity = Identity.of(args.get("identity"))
        self.ids = {
            key: pulumi.Output.from_input(group["id"])
            if "id" in group
            else self._managed(f"{name}-{key}", key, group, args.get("vpc_id"), identity)
            for key, group in sorted(args["groups"].items())
        }
        self.register_outputs({"ids": self.ids})

    def _managed(
        self, name: str, key: str, group: ServerGroupArgs, vpc_id: pulumi.Input[str] | None, identity: Identity
    ) -> pulumi.Output[str]:
        options = identity.child(self, "server-group", key)
        options.ignore_changes = [*(options.ignore_changes or ()), "servers"]
        if group.get("scheduler") != "Uch":  # the provider cannot take the block away again, and ALB may keep it
            options.ignore_changes = [*options.ignore_changes, "uchConfig"]
        if options.import_ and "stickiness" not in group:  # found without a block, it must not get one
            options.ignore_changes = [*options.ignore_changes, "stickySessionConfig"]
        managed = alb.ServerGroup(
            name,
            server_group_name=identity.name("server-group", key),
            server_group_type=group.get("type", "Instance"),
            protocol=group.get("protocol", "HTTP"),
            scheduler=group.get("scheduler", "Wrr"),
            vpc_id=vpc_id,
            health_check_config=health_check(group.get("health_check", {})),
            sticky_session_config=stickiness(group.get("stickiness")),
            uch_config=_hashing(group),
            slow_start_config=_slow_start(group.get("slow_start")),
            connection_drain_config=_connection_drain(group.get("connection_drain")),
            upstream_keepalive_enabled=group.get("upstream_keepalive_enabled"),
            resource_group_id=group.get("resource_group_id") or None,
            cross_zone_enabled=group.get("cross_zone_enabled"),
            tags=identity.tags,
            opts=options,
        )
        ServerGroupServers(
            f"{name}-servers",
            server_group_id=managed.id,
            servers={
                server: _server(f"{key}/{server}", member, by_address=group.get("type") == "Ip")
                for server, member in sorted(group.get("servers", {}).items())
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        return managed.id


def _server(path: str, server: ServerArgs, *, by_address: bool) -> Mapping[str, Any]:
    """One server. An instance's address is left to ALB unless set."""
    return {
        "server_id": server["id"],
        "server_type": "Ip" if by_address else "Ecs",
        "server_ip": server.get("ip", server["id"] if by_address else ""),
        "port": server["port"],
        "weight": server.get("weight", 100),
        "description": server.get("description", path),
    }


def health_check(check: HealthCheckArgs) -> alb.ServerGroupHealthCheckConfigArgs:
    """How ALB probes; what a protocol has no use for (path and method of a TCP probe) is not sent."""
    if not check.get("enabled", True):
        return alb.ServerGroupHealthCheckConfigArgs(health_check_enabled=False)
    protocol = check.get("protocol", "HTTP")
    return alb.ServerGroupHealthCheckConfigArgs(
        health_check_enabled=True,
        health_check_protocol=protocol,
        health_check_method=check.get("method", "HEAD") if protocol in ("HTTP", "HTTPS") else None,
        health_check_path=check.get("path", "/") if protocol != "TCP" else None,
        health_check_http_version=check.get("http_version") if protocol in ("HTTP", "HTTPS") else None,
        health_check_host=check.get("host") or None,
        health_check_codes=check.get("codes", ["http_2xx"]) if protocol != "TCP" else None,
        health_check_connect_port=check.get("port", 0),
        health_check_interval=check.get("interval", 2),
        health_check_timeout=check.get("timeout", 5),
        healthy_threshold=check.get("healthy_threshold", 3),
        unhealthy_threshold=check.get("unhealthy_threshold", 3),
    )


def stickiness(sticky: StickinessArgs | None) -> alb.ServerGroupStickySessionConfigArgs:
    """Always a block, off when there is none: the provider cannot take a block away again, it would drift for ever."""
    if sticky is None:
        return alb.ServerGroupStickySessionConfigArgs(sticky_session_enabled=False)
    if sticky["mode"] == "Server":
        return alb.ServerGroupStickySessionConfigArgs(
            sticky_session_enabled=True, sticky_session_type="Server", cookie=sticky.get("cookie", "")
        )
    return alb.ServerGroupStickySessionConfigArgs(
        sticky_session_enabled=True, sticky_session_type="Insert", cookie_timeout=sticky.get("timeout", 1000)
    )


def _hashing(group: ServerGroupArgs) -> alb.ServerGroupUchConfigArgs | None:
    """QueryString is the one type that ALB has."""
    if group.get("scheduler") != "Uch":
        return None
    return alb.ServerGroupUchConfigArgs(type="QueryString", value=group.get("hash_key", ""))


def _slow_start(start: SlowStartArgs | None) -> alb.ServerGroupSlowStartConfigArgs | None:
    if start is None:
        return None
    return alb.ServerGroupSlowStartConfigArgs(
        slow_start_enabled=start["enabled"], slow_start_duration=start.get("duration", 30)
    )


def _connection_drain(drain: ConnectionDrainArgs | None) -> alb.ServerGroupConnectionDrainConfigArgs | None:
    if drain is None:
        return None
    return alb.ServerGroupConnectionDrainConfigArgs(
        connection_drain_enabled=drain["enabled"], connection_drain_timeout=drain.get("timeout", 300)
    )
