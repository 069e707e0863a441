"""Access control lists of a listener, by the client's address.

A white list without entries lets nobody in (assumed: the closed side).
"""

from local.proxy.conditions import SOURCE_STATE, cidr, uses_source_address
from local.proxy.protobuf import Json, extension
from local.proxy.scope import Scope

RBAC = "extensions.filters.network.rbac.v3.RBAC"
SET_FILTER_STATE = "extensions.filters.network.set_filter_state.v3.Config"


def network_filters(scope: Scope) -> list[Json]:
    """Filters that stand before HTTP: the access control list, and the source address for rules that ask for it."""
    rules = scope.inventory.rules.get(scope.listener["ListenerId"], ())
    return _access_control(scope) + (_source_address() if uses_source_address(rules) else [])


def _access_control(scope: Scope) -> list[Json]:
    config = scope.listener.get("AclConfig") or {}
    relations = config.get("AclRelations") or []
    if not relations:
        return []
    acls = [scope.inventory.acls.get(relation["AclId"], {}) for relation in relations]
    entries = [entry["Entry"] for acl in acls for entry in acl.get("AclEntries") or []]
    principals = [{"direct_remote_ip": cidr(entry)} for entry in entries]
    policies = {"entries": {"permissions": [{"any": True}], "principals": principals}} if principals else {}
    rules = {"action": "DENY" if config.get("AclType") == "Black" else "ALLOW", "policies": policies}
    return [extension("filters.network.rbac", RBAC, stat_prefix="acl", rules=rules)]


def _source_address() -> list[Json]:
    value = {"text_format_source": {"inline_string": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}}
    entry = {"object_key": SOURCE_STATE, "factory_key": "envoy.network.ip", "format_string": value}
    return [extension("filters.network.set_filter_state", SET_FILTER_STATE, on_new_connection=[entry])]
