"""What the controller writes into the cluster's objects: finalizers and status, each only when it changes."""

from typing import Any

from local.kubernetes.client import ALB_CONFIG, INGRESS, ApiError, Client, Kind
from local.kubernetes.controller.names import FINALIZER
from local.kubernetes.controller.world import is_held

Json = dict[str, Any]


class Marks:
    """Writes of one controller. An object that changed or went meanwhile is left for the next look."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def hold(self, kind: Kind, item: Json) -> bool:
        """Put our finalizer on an object. False: it has none, because it changed or went meanwhile."""
        if is_held(item):
            return True
        return self._set_finalizers(kind, item, [*(item["metadata"].get("finalizers") or []), FINALIZER])

    def release(self, kind: Kind, item: Json) -> None:
        """Take our finalizer off."""
        if is_held(item):
            self._set_finalizers(kind, item, [one for one in item["metadata"]["finalizers"] if one != FINALIZER])

    def alb_config(self, item: Json, balancer: Json, listeners: list[Json]) -> None:
        """Status of an AlbConfig: `dnsname`, `id`, `listeners`; keys in small letters, unlike those of the spec."""
        now = {"dnsname": balancer["DNSName"], "id": balancer["LoadBalancerId"], "listeners": listeners}
        if ((item.get("status") or {}).get("loadBalancer")) != now:
            self._merge(ALB_CONFIG, item, {"status": {"loadBalancer": now}}, "status")

    def ingress(self, item: Json, dns_name: str) -> None:
        """Address of an Ingress whose rules are in force."""
        now = {"ingress": [{"hostname": dns_name}]}
        if ((item.get("status") or {}).get("loadBalancer")) != now:
            self._merge(INGRESS, item, {"status": {"loadBalancer": now}}, "status")

    def _set_finalizers(self, kind: Kind, item: Json, finalizers: list[str]) -> bool:
        version = item["metadata"]["resourceVersion"]
        return self._merge(kind, item, {"metadata": {"finalizers": finalizers, "resourceVersion": version}})

    def _merge(self, kind: Kind, item: Json, patch: Json, sub: str = "") -> bool:
        try:
            self._client.merge(kind, item, patch, sub)
        except ApiError as error:
            if error.status not in (404, 409):
                raise
            return False
        return True
