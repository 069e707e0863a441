"""Application Load Balancer (version 2020-06-16): which listeners use a CA, zones, servers of a group, actions of a rule."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from alibabacloud_alb20200616 import models
from alibabacloud_alb20200616.client import Client
from alibabacloud_tea_openapi.utils_models import Config

from mtlsedge_components.dynamic.calls import called
from mtlsedge_components.dynamic.errors import CloudError, ProviderError

PAGE_SIZE = 100
"""The most that the lists give in one page."""
SERVERS_PER_CALL = 40
"""Servers that one call adds, changes or removes at most; AddServersToServerGroup takes 200, other calls say less."""
POLL_SECONDS, SETTLE_SECONDS = 1.0, 300.0
"""How often, and for how long, an asynchronous change is waited for."""

BUSY = ("IncorrectStatus", "ResourceInConfiguring", "SystemBusy", "IdempotenceProcessing")
"""What the codes begin with after which the provider repeats a call [upstream v1.285.0, resource_alicloud_alb_rule.go]."""


class LoadBalancers:
    """The calls that this program makes itself."""

    def __init__(self, config: Config) -> None:
        self._client = Client(config)

    def listeners_using(self, identifier: str) -> list[str]:
        """Ids of the region's HTTPS listeners that name this CA, switched on or not; other protocols have none."""
        return [listener for listener in self._https_listeners() if identifier in self._ca_identifiers(listener)]

    def _https_listeners(self) -> list[str]:
        found, token = [], None
        while True:
            request = models.ListListenersRequest(
                listener_protocol="HTTPS", max_results=PAGE_SIZE, next_token=token or None
            )
            body = called("ListListeners", self._client.list_listeners, request)
            found += [item["ListenerId"] for item in body.get("Listeners") or []]
            token = body.get("NextToken")
            if not token:
                return found

    def _ca_identifiers(self, listener_id: str) -> list[str]:
        request = models.GetListenerAttributeRequest(listener_id=listener_id)
        try:
            body = called("GetListenerAttribute", self._client.get_listener_attribute, request)
        except CloudError as error:
            if error.not_found:  # deleted since it was listed
                return []
            raise
        return [item.get("CertificateId", "") for item in body.get("CaCertificates") or []]

    def zone_mappings(self, id: str) -> list[dict[str, Any]] | None:
        """The zones of a load balancer as GetLoadBalancerAttribute answers them; None if it is gone."""
        found = self._load_balancer(id)
        return None if found is None else list(found.get("ZoneMappings") or [])

    def set_zone_mappings(self, id: str, mappings: Iterable[Mapping[str, str]]) -> None:
        """Replaces the zones of a load balancer and waits until it is active again."""
        request = models.UpdateLoadBalancerZonesRequest(
            load_balancer_id=id,
            zone_mappings=[models.UpdateLoadBalancerZonesRequestZoneMappings().from_map(dict(one)) for one in mappings],
        )
        self._once_settled("UpdateLoadBalancerZones", self._client.update_load_balancer_zones, request)
        _await(lambda: (self._load_balancer(id) or {}).get("LoadBalancerStatus"), "Active", f"load balancer {id}")

    def _load_balancer(self, id: str) -> dict[str, Any] | None:
        request = models.GetLoadBalancerAttributeRequest(load_balancer_id=id)
        try:
            return called("GetLoadBalancerAttribute", self._client.get_load_balancer_attribute, request)
        except CloudError as error:
            if error.not_found:
                return None
            raise

    def servers(self, group_id: str) -> list[dict[str, Any]] | None:
        """The servers of a group as ListServerGroupServers answers them; None if the group is gone."""
        if self._group(group_id) is None:
            return None
        found: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            request = models.ListServerGroupServersRequest(
                server_group_id=group_id, max_results=PAGE_SIZE, next_token=token or None
            )
            body = called("ListServerGroupServers", self._client.list_server_group_servers, request)
            found += body.get("Servers") or []
            token = body.get("NextToken")
            if not token:
                return found

    def add_servers(self, group_id: str, servers: Iterable[Mapping[str, Any]]) -> None:
        """Adds servers to a group, each a mapping with the API's own keys."""
        method, request = self._client.add_servers_to_server_group, models.AddServersToServerGroupRequest
        self._change_servers("AddServersToServerGroup", method, request, group_id, servers)

    def change_servers(self, group_id: str, servers: Iterable[Mapping[str, Any]]) -> None:
        """Changes weight and description of servers in place; they keep serving."""
        method = self._client.update_server_group_servers_attribute
        request = models.UpdateServerGroupServersAttributeRequest
        self._change_servers("UpdateServerGroupServersAttribute", method, request, group_id, servers)

    def remove_servers(self, group_id: str, servers: Iterable[Mapping[str, Any]]) -> None:
        """Takes servers out of a group."""
        method, request = self._client.remove_servers_from_server_group, models.RemoveServersFromServerGroupRequest
        self._change_servers("RemoveServersFromServerGroup", method, request, group_id, servers)

    def rule_actions(self, rule_id: str) -> list[dict[str, Any]] | None:
        """The actions of a rule as ListRules answers them; None if the rule is gone."""
        found = self._rule(rule_id)
        return None if found is None else list(found.get("RuleActions") or [])

    def set_rule_actions(self, rule_id: str, actions: Iterable[Mapping[str, Any]]) -> None:
        """Replaces the actions of a rule and waits until it is available again."""
        request = models.UpdateRuleAttributeRequest().from_map({"RuleId": rule_id, "RuleActions": list(actions)})
        self._once_settled("UpdateRuleAttribute", self._client.update_rule_attribute, request)
        _await(lambda: (self._rule(rule_id) or {}).get("RuleStatus"), "Available", f"rule {rule_id}")

    def _rule(self, id: str) -> dict[str, Any] | None:
        request = models.ListRulesRequest(rule_ids=[id])
        rules = called("ListRules", self._client.list_rules, request).get("Rules") or []
        return next((rule for rule in rules if rule.get("RuleId") == id), None)

    def _change_servers(
        self,
        action: str,
        method: Callable[[Any], Any],
        request: Callable[[], Any],
        group_id: str,
        servers: Iterable[Mapping[str, Any]],
    ) -> None:
        """One call a batch; each is waited for, since the group takes no other meanwhile."""
        for some in _batches(servers):
            self._once_settled(action, method, request().from_map({"ServerGroupId": group_id, "Servers": some}))
            _await(
                lambda: (self._group(group_id) or {}).get("ServerGroupStatus"), "Available", f"server group {group_id}"
            )

    def _group(self, id: str) -> dict[str, Any] | None:
        request = models.ListServerGroupsRequest(server_group_ids=[id])
        groups = called("ListServerGroups", self._client.list_server_groups, request).get("ServerGroups") or []
        return next((group for group in groups if group.get("ServerGroupId") == id), None)

    def _once_settled(self, action: str, method: Callable[[Any], Any], request: Any) -> None:
        """The call, repeated while the object, or the listener it is of, is busy with an earlier one."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            try:
                called(action, method, request)
            except CloudError as error:
                if not error.code.startswith(BUSY) or time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
            else:
                return


def _batches(servers: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = [dict(server) for server in servers]
    for start in range(0, len(waiting), SERVERS_PER_CALL):
        yield waiting[start : start + SERVERS_PER_CALL]


def _await(status: Callable[[], Any], wanted: str, what: str) -> None:
    """Waits for a status. Raises ProviderError when it does not come in time."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (found := status()) != wanted:
        if time.monotonic() > deadline:
            raise ProviderError(f"{what}: found the status {found!r} after {SETTLE_SECONDS:.0f} s; allowed {wanted}")
        time.sleep(POLL_SECONDS)
