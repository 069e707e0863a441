"""Who may connect by its address: access control lists of a listener, security groups of its load balancer.

Whom white lists without any entry let in is a behaviour. What no rule of a security group is about is let in,
as by the service's own group ("Add an ALB instance to a security group", ALB user guide).
"""

from collections.abc import Iterator

from local.behaviours import EMPTY_WHITE_LIST
from local.proxy.conditions import SOURCE_STATE, cidr
from local.proxy.protobuf import Json, extension
from local.proxy.scope import Scope

RBAC = "extensions.filters.network.rbac.v3.RBAC"
BY_GROUP = "security-group"
"""In Envoy's words about a connection that a security group refused."""
SET_FILTER_STATE = "extensions.filters.network.set_filter_state.v3.Config"


def network_filters(scope: Scope) -> list[Json]:
    """Filters that stand before HTTP: groups and lists of addresses, and the source address for rules that ask for it."""
    return [*_security_groups(scope), *_access_control(scope), _source_address()]


def _access_control(scope: Scope) -> list[Json]:
    config = scope.listener.get("AclConfig") or {}
    relations = config.get("AclRelations") or []
    if not relations:
        return []
    acls = [scope.inventory.acls.get(relation["AclId"], {}) for relation in relations]
    entries = [entry["Entry"] for acl in acls for entry in acl.get("AclEntries") or []]
    everybody = scope.inventory.behaviours.is_(EMPTY_WHITE_LIST, "everybody")
    if not entries and (config.get("AclType") == "Black" or everybody):
        return []
    principals = [{"direct_remote_ip": cidr(entry)} for entry in entries]
    policies = {"entries": {"permissions": [{"any": True}], "principals": principals}} if principals else {}
    rules = {"action": "DENY" if config.get("AclType") == "Black" else "ALLOW", "policies": policies}
    return [extension("filters.network.rbac", RBAC, stat_prefix="acl", rules=rules)]


def _security_groups(scope: Scope) -> list[Json]:
    """One policy for each rule that refuses: its networks without those that an earlier rule lets in."""
    earlier: list[Json] = []
    refusing: dict[str, Json] = {}
    for rule in sorted(_rules(scope), key=_rank):
        block = rule["SourceCidrIp"] or rule["Ipv6SourceCidrIp"]
        if not block:
            scope.limitation(f"security group rule {rule['SecurityGroupRuleId']} names no network; it is not obeyed")
        elif rule["Policy"] == "Accept":
            earlier.append({"direct_remote_ip": cidr(block)})
        else:
            but = [{"not_id": {"or_ids": {"ids": list(earlier)}}}] if earlier else []
            found = {"and_ids": {"ids": [{"direct_remote_ip": cidr(block)}, *but]}}
            refusing[rule["SecurityGroupRuleId"]] = {"permissions": [{"any": True}], "principals": [found]}
    if not refusing:
        return []
    policies = {f"{BY_GROUP}-{id}": policy for id, policy in refusing.items()}
    rules = {"action": "DENY", "policies": policies}
    return [extension("filters.network.rbac", RBAC, stat_prefix=BY_GROUP, rules=rules)]


def _rules(scope: Scope) -> Iterator[Json]:
    """Rules about what comes in at the listener's port, of every group that its load balancer is in."""
    for id in scope.load_balancer.get("SecurityGroupIds", ()):
        for rule in scope.inventory.security_groups.get(id, {}).get("Permissions", ()):
            first, last = map(int, rule["PortRange"].split("/"))
            is_at_port = first == -1 or first <= int(scope.listener["ListenerPort"]) <= last
            if rule["Direction"] == "ingress" and rule["IpProtocol"] in ("TCP", "ALL") and is_at_port:
                yield rule


def _rank(rule: Json) -> tuple[int, bool]:
    """The lower number counts; of two alike the one that refuses (ECS user guide, "Security group rules")."""
    return int(rule["Priority"]), rule["Policy"] == "Accept"


def _source_address() -> Json:
    value = {"text_format_source": {"inline_string": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}}
    entry = {"object_key": SOURCE_STATE, "factory_key": "envoy.network.ip", "format_string": value}
    return extension("filters.network.set_filter_state", SET_FILTER_STATE, on_new_connection=[entry])
