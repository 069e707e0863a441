"""Named groups of servers behind the load balancer."""

from typing import TypedDict

import pulumi
from pulumi_alicloud import alb

from components.identity import Identity
from components.settings.model import HealthCheck, ManagedServerGroup, Server, ServerGroup, Stickiness


class ServerGroupsArgs(TypedDict):
    """`groups` is plain, it decides what exists; the network's ids only flow through."""

    groups: dict[str, ServerGroup]
    vpc_id: pulumi.Input[str] | None
    instances: dict[str, pulumi.Output[str]]
    """Name of a demonstration server -> instance id."""
    identity: Identity


class ServerGroups(pulumi.ComponentResource):
    """Server groups of this stack, and references to those of others.

    Weight is always set: a server the provider sends without one gets weight 0, no traffic. A change
    of a server (its weight too) is a removal and an addition, five seconds apart, of all the servers
    changed in one `up`; the provider cannot stagger them. So a change of every weight at once takes
    the group out for these seconds: change half of them in one `up`, the rest in the next.
    """

    ids: dict[str, pulumi.Output[str]]
    """Name in the stack file -> server group id."""

    def __init__(self, name: str, args: ServerGroupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:ServerGroups", name, None, opts)
        self.ids = {
            key: self._managed(f"{name}-{key}", group, args)
            if isinstance(group, ManagedServerGroup)
            else pulumi.Output.from_input(group.id)
            for key, group in sorted(args["groups"].items())
        }
        self.register_outputs({"ids": self.ids})

    def _managed(self, name: str, group: ManagedServerGroup, args: ServerGroupsArgs) -> pulumi.Output[str]:
        identity = args["identity"]
        options = identity.child(self, "server-group", group.name)
        if options.import_ and group.stickiness is None:  # found without a block, it must not get one
            options.ignore_changes = [*(options.ignore_changes or ()), "stickySessionConfig"]
        return alb.ServerGroup(
            name,
            server_group_name=identity.name("server-group", group.name),
            server_group_type="Instance" if group.type == "instance" else "Ip",
            protocol=group.protocol,
            scheduler=group.scheduler,
            vpc_id=args["vpc_id"],
            health_check_config=health_check(group.health_check),
            sticky_session_config=stickiness(group.stickiness),
            servers=[_member(group, server, args["instances"]) for _, server in sorted(group.servers.items())],
            tags=identity.tags,
            opts=options,
        ).id


def _member(
    group: ManagedServerGroup, server: Server, instances: dict[str, pulumi.Output[str]]
) -> alb.ServerGroupServerArgs:
    """One server. An instance's address is left out unless set: ALB must echo it as sent, or it drifts."""
    by_address = group.type == "ip"
    return alb.ServerGroupServerArgs(
        server_id=instances.get(server.id, server.id),
        server_type="Ip" if by_address else "Ecs",
        server_ip=(server.id if by_address else None) if server.ip is None else server.ip or None,
        port=server.port,
        weight=server.weight,
        description=f"{group.name}/{server.name}" if server.description is None else server.description or None,
    )


def health_check(check: HealthCheck) -> alb.ServerGroupHealthCheckConfigArgs:
    """How ALB probes; what a protocol has no use for (path and method of a TCP probe) is not sent."""
    if not check.enabled:
        return alb.ServerGroupHealthCheckConfigArgs(health_check_enabled=False)
    asks_http = check.protocol in ("HTTP", "HTTPS")
    return alb.ServerGroupHealthCheckConfigArgs(
        health_check_enabled=True,
        health_check_protocol=check.protocol,
        health_check_method=check.method if asks_http else None,
        health_check_path=check.path if check.protocol != "TCP" else None,
        health_check_host=check.host or None,
        health_check_codes=list(check.codes) if check.protocol != "TCP" else None,
        health_check_connect_port=check.port,
        health_check_interval=check.interval,
        health_check_timeout=check.timeout,
        healthy_threshold=check.healthy_threshold,
        unhealthy_threshold=check.unhealthy_threshold,
    )


def stickiness(sticky: Stickiness | None) -> alb.ServerGroupStickySessionConfigArgs:
    """Always a block, off when there is none: the provider cannot take a block away again, it would drift for ever."""
    if sticky is None:
        return alb.ServerGroupStickySessionConfigArgs(sticky_session_enabled=False)
    if sticky.mode == "server":
        return alb.ServerGroupStickySessionConfigArgs(
            sticky_session_enabled=True, sticky_session_type="Server", cookie=sticky.cookie
        )
    return alb.ServerGroupStickySessionConfigArgs(
        sticky_session_enabled=True, sticky_session_type="Insert", cookie_timeout=sticky.timeout
    )
