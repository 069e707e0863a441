"""Who refers to whom: what keeps a server group, an ACL or a policy from being deleted."""

from collections.abc import Iterator
from typing import Any

from local.cloud.store import Store


def of_server_group(store: Store, id: str) -> str:
    """The listener or rule that forwards to a server group, for a message; empty when none does."""
    for listener in store.list("alb.listener"):
        if id in groups_of(listener.get("DefaultActions", [])):
            return f"listener {listener['ListenerId']}"
    for rule in store.list("alb.rule"):
        if id in groups_of(rule.get("RuleActions", [])):
            return f"rule {rule['RuleId']}"
    return ""


def balancers_by_server_group(store: Store) -> dict[str, set[str]]:
    """Server group -> the load balancers that have a listener or rule which forwards to it."""
    found: dict[str, set[str]] = {}
    for kind, actions in (("alb.listener", "DefaultActions"), ("alb.rule", "RuleActions")):
        for one in store.list(kind):
            for group in groups_of(one[actions]):
                found.setdefault(group, set()).add(one["LoadBalancerId"])
    return found


def of_acl(store: Store, id: str) -> str:
    """The listener that uses an ACL."""
    for listener in store.list("alb.listener"):
        if id in [relation["AclId"] for relation in listener["AclConfig"]["AclRelations"]]:
            return f"listener {listener['ListenerId']}"
    return ""


def of_security_policy(store: Store, id: str) -> str:
    """The listener that uses a TLS policy."""
    users = (listener for listener in store.list("alb.listener") if listener.get("SecurityPolicyId") == id)
    return next((f"listener {listener['ListenerId']}" for listener in users), "")


def groups_of(actions: list[dict[str, Any]]) -> list[str]:
    """Ids of the server groups in default or rule actions, mirrors included."""
    return [pair["ServerGroupId"] for action in actions for pair in _tuples(action)]


def _tuples(action: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from action.get("ForwardGroupConfig", {}).get("ServerGroupTuples", [])
    mirror = action.get("TrafficMirrorConfig", {}).get("MirrorGroupConfig", {})
    yield from mirror.get("ServerGroupTuples", [])
