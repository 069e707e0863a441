"""A thing of the cloud that gets another logical name is one change, not the end of one thing and the start of another.

Aliases tell the engine the same; without one it deletes and creates, and rules that look at before and after see neither.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from exposure.facts import is_known
from exposure.reach import OVER_UDP
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview

IDENTITY = {
    t.LISTENER: ("listenerPort", "listenerProtocol", "loadBalancerId"),
    t.LOAD_BALANCER: ("loadBalancerName",),
    "alicloud:nlb/listener:Listener": ("listenerPort", "listenerProtocol", "loadBalancerId"),
    "alicloud:nlb/loadBalancer:LoadBalancer": ("loadBalancerName",),
    t.ACL: ("aclName",),
    t.ACL_ATTACHMENT: ("listenerId",),
    t.SECURITY_GROUP: ("securityGroupName",),
    t.BALANCER_GROUP: ("loadBalancerId", "securityGroupId"),
    t.SECURITY_RULE: (
        "securityGroupId", "type", "ipProtocol", "portRange", "cidrIp", "ipv6CidrIp", "sourceSecurityGroupId",
        "prefixListId",
    ),
}  # fmt: skip
"""Type -> the properties that say which thing of the cloud it is. What is known after `up` only may be any."""


def joined(preview: Preview) -> Preview:
    """The preview in which each thing that only changes its logical name is one replacement."""
    gone = [one for one in preview.changes if one.operation == "delete" and one.type in IDENTITY]
    made = [one for one in preview.changes if one.operation == "create" and one.type in IDENTITY]
    pairs = dict(_pairs(gone, made)) if gone else {}
    was = {old.urn for old in pairs.values()}
    kept = (one for one in preview.changes if one.urn not in was or one.operation != "delete")
    return replace(preview, changes=tuple(_continued(pairs[one.urn], one) if one.urn in pairs else one for one in kept))


def _pairs(gone: list[Change], made: list[Change]) -> Iterator[tuple[str, Change]]:
    """The new thing's URN and the old thing, where each can be only the other's."""
    for new in made:
        before = [old for old in gone if _is_same(old, new)]
        if len(before) == 1 and [one for one in made if _is_same(before[0], one)] == [new]:
            yield new.urn, before[0]


def _is_same(old: Change, new: Change) -> bool:
    return old.type == new.type and all(
        _agree(_identity(old.old, key), _identity(new.new, key)) for key in IDENTITY[new.type]
    )


def _identity(inputs: Mapping[str, Any] | None, key: str) -> Any:
    """A property as it tells one thing from another: a port that goes from HTTPS to HTTP is the same port."""
    value = (inputs or {}).get(key)
    if key != "listenerProtocol" or not is_known(value):
        return value
    return "udp" if value in OVER_UDP else "tcp"


def _agree(old: Any, new: Any) -> bool:
    return old == new or not (is_known(old) and is_known(new))


def _continued(old: Change, new: Change) -> Change:
    before: Mapping[str, Any] | None = old.old
    return replace(
        new, operation="replace", id=old.id, old=before, outputs=old.outputs, was_protected=old.was_protected
    )
