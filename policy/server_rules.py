"""Policy rules about the servers' own network."""

from collections.abc import Iterator
from typing import Any

from reading import SECURITY_RULE, Finding

from exposure import security_groups


def forbid_open_servers(args: Any) -> Iterator[Finding]:
    """No security group rule lets strangers in to the servers, past the load balancer."""
    if args.resource_type != SECURITY_RULE:
        return
    keys = (*security_groups.SOURCES, "type", "policy", "ipProtocol", "portRange")
    found = security_groups.opened({key: args.props.get(key) for key in keys}, ())
    if found is not None and security_groups.leads_around(found, ()):
        first, last = found.ports
        yield Finding(
            f"the security group lets {found.network} in to ports {first} to {last} ({found.protocol})",
            "servers can be reached past the load balancer, without a client certificate",
            "ECS user guide, security groups; cidrIp is 0.0.0.0/0 where no source is given",
            "let in the load balancer's vSwitches only",
        )
