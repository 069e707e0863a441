"""The zones of a load balancer, compared by what was declared. This module's path and class names stand in state.

The alicloud provider cannot manage them: it compares the addresses of each zone as well, which ALB assigns and nobody
declares, so every `up` would send UpdateLoadBalancerZones and fail with OperationDenied.ZoneMappingsNotChanged
(terraform-provider-alicloud issue 9309). It makes the load balancer; changes of its zones are made here.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from mtlsedge_components.dynamic import decisions
from mtlsedge_components.dynamic.provider import ReconcilingProvider
from mtlsedge_components.dynamic.resource import Resource


class LoadBalancerZonesProvider(ReconcilingProvider):
    """A load balancer just made has its zones already; zones go with the load balancer."""

    what, key, declared = "load balancer", "load_balancer_id", "zones"

    def look(self, id_: str) -> list[dict[str, Any]] | None:
        """Zones with their addresses."""
        mappings: list[dict[str, Any]] | None = self.connection.load_balancers().zone_mappings(id_)
        return mappings

    def as_declared(self, found: list[dict[str, Any]], _declared: Any) -> Any:
        """Zone id -> vSwitch id."""
        return dict(decisions.zones(found))

    def reconcile(self, id_: str, found: list[dict[str, Any]], wanted: Any) -> None:
        """All zones in one call, if they differ."""
        if decisions.zones(found) != wanted:
            self.connection.load_balancers().set_zone_mappings(id_, decisions.zone_mappings(found, wanted))


class LoadBalancerZones(Resource):
    """The zones of a load balancer: zone id -> vSwitch id."""

    served_by = LoadBalancerZonesProvider

    def __init__(
        self,
        name: str,
        *,
        load_balancer_id: pulumi.Input[str],
        zones: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {"load_balancer_id": load_balancer_id, "zones": dict(zones)}, opts)
