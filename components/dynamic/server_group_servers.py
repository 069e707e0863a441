"""The servers of a server group, compared by what was declared. This module's path and class names stand in state.

The alicloud provider cannot manage them without an interruption. It compares the address of an ECS server as well, which
ALB may answer although nobody declared it; and it makes every change, a weight's too, by removing all changed servers
and adding them again five seconds later. Here a weight changes in place, and what is new is added before what is old
is removed.
"""

from typing import Any

import pulumi

from mtlsedge_components.dynamic import decisions
from mtlsedge_components.dynamic.provider import ReconcilingProvider
from mtlsedge_components.dynamic.resource import Resource


class ServerGroupServersProvider(ReconcilingProvider):
    """Servers go with their group."""

    what, key, declared = "server group", "server_group_id", "servers"

    def look(self, id_: str) -> list[dict[str, Any]] | None:
        """The servers of the group."""
        servers: list[dict[str, Any]] | None = self.connection.load_balancers().servers(id_)
        return servers

    def as_declared(self, found: list[dict[str, Any]], declared: Any) -> Any:
        """The servers under the declared names where they are declared."""
        return dict(decisions.servers_as_declared(found, declared or {}))

    def reconcile(self, id_: str, found: list[dict[str, Any]], wanted: Any) -> None:
        """Weights change in place, and what is new is added before what is old is removed."""
        balancers, steps = self.connection.load_balancers(), decisions.server_steps(found, wanted)
        balancers.change_servers(id_, steps.changed)
        balancers.add_servers(id_, steps.added)
        balancers.remove_servers(id_, steps.removed)


class ServerGroupServers(Resource):
    """The servers of a server group by name, each with `server_id`, `server_type`, `server_ip` ("": as ALB knows it),
    `port`, `weight` (0 to 100) and `description`.
    """

    served_by = ServerGroupServersProvider

    def __init__(
        self,
        name: str,
        *,
        server_group_id: pulumi.Input[str],
        servers: pulumi.Input[dict[str, Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {"server_group_id": server_group_id, "servers": servers}, opts)
