"""The resources of a stack as `exposure` reads them: a thing is called by its URN, wherever a reference or its id stands for it.

The host hands over no ids. Which id is whose, a resource's own output `id` tells, or another's property that refers to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError
from reading import is_known

from exposure import alb_config, nlb
from exposure.facts import UNKNOWN, block
from exposure.reach import (
    LISTENER,
    LOAD_BALANCER,
    OUTSIDE,
    OWN_ACTIONS,
    OWN_SERVERS,
    RULE,
    SCALING_ATTACHMENT,
    SERVER_GROUP,
    Resource,
    forwarding,
    groups_of,
)

REFERENCES = {
    "loadBalancerId": LOAD_BALANCER, "listenerId": LISTENER, "rule_id": RULE, "serverGroupId": SERVER_GROUP,
    "server_group_id": SERVER_GROUP, "albServerGroupId": SERVER_GROUP, "scalingGroupId": "alicloud:ess/scalingGroup:ScalingGroup",
    "serverId": "alicloud:ecs/instance:Instance",
}  # fmt: skip
"""Property that names one thing -> type of the thing."""
ACTIONS = ("defaultActions", "ruleActions", "actions")
"""Properties in which server groups are named."""
READ = (
    LISTENER, RULE, SERVER_GROUP, SCALING_ATTACHMENT, OWN_SERVERS, OWN_ACTIONS, *nlb.WORDS, alb_config.OWN, alb_config.ADOPTED,
)  # fmt: skip
OF_CLUSTER = (alb_config.OWN, alb_config.ADOPTED)
ALWAYS_SERVING = ("HTTPS", "QUIC")
"""Protocols on which an AlbConfig's listener is taken to serve even if the Ingresses are another program's."""


@dataclass(frozen=True)
class Declared:
    """A resource in the words of `exposure`, and the one of the stack that it is, or is a part of."""

    resource: Resource
    of: Any = field(repr=False)


class Stack:
    """What a stack declares. Values that are known after `up` only are `UNKNOWN`."""

    def __init__(self, resources: Iterable[Any]) -> None:
        """Learn first which id is whose."""
        found = list(resources)
        self._urns = dict(pair for one in found for pair in _told(one))
        ingresses = [plain(one.props) for one in found if one.resource_type == alb_config.INGRESS]
        self.declared = [each for one in found if one.resource_type in READ for each in self._read(one, ingresses)]

    def _read(self, one: Any, ingresses: list[dict[str, Any]]) -> Iterator[Declared]:
        inputs = {key: self._named(value, key, one, key) for key, value in plain(one.props).items()}
        if one.resource_type in OF_CLUSTER:
            yield from self._of_cluster(one, inputs, ingresses)
            return
        if (type_ := _type(one)) != one.resource_type:
            inputs = nlb.in_words_of_alb(one.resource_type, inputs) or {}
        if type_ == SERVER_GROUP:
            # A group holds itself: two listeners that share one lead to the same, whatever is in it.
            inputs["servers"] = [*_listed(inputs.get("servers")), f"{OUTSIDE}{one.urn}"]
        yield Declared(Resource(type_, one.urn, "", inputs), one)

    def _of_cluster(self, one: Any, inputs: dict[str, Any], ingresses: list[dict[str, Any]]) -> Iterator[Declared]:
        if not alb_config.can_be_read(inputs):
            raise not_known(one.name, "listeners")
        balancer = str(block(block(inputs.get("spec")).get("config")).get("id") or one.urn)
        for number, each in enumerate(alb_config.listeners(inputs)):
            of = {**each, "loadBalancerId": self._urns.get(balancer, balancer)}
            if of.get("listenerProtocol") in ALWAYS_SERVING:
                served: Mapping[str, Any] = {**of, "defaultActions": alb_config.SERVICES}
            else:
                served = alb_config.serving(of, ingresses)
            yield Declared(Resource(LISTENER, f"{one.urn} {number}", "", served), one)

    def _named(self, value: Any, key: str, one: Any, top: str) -> Any:
        """A value in which each thing of the stack is called by its URN. Of several that a text may be, it stays unknown."""
        if top in ACTIONS and key == top:
            made = _referred(one, top, SERVER_GROUP)
            if not isinstance(value, list):
                return forwarding(made or [UNKNOWN])
            more = forwarding(made) if len(made) > 1 else []
            return [*(self._named(each, "", one, top) for each in value), *more]
        if isinstance(value, dict):
            return {inner: self._named(each, inner, one, top) for inner, each in value.items()}
        if isinstance(value, list):
            return [self._named(each, key, one, top) for each in value]
        if key not in REFERENCES or not isinstance(value, str):
            return value
        made = _referred(one, top, REFERENCES[key]) if value == UNKNOWN else []
        is_told = len(made) == 1 or (made and top in ACTIONS)
        return made[0] if is_told else self._urns.get(value, value)


def plain(value: Any) -> Any:
    """The host's view of a resource as plain values, with `UNKNOWN` for what is known after `up` only."""
    if isinstance(value, Mapping):
        return {key: plain(value[key]) if is_known(value, key) else UNKNOWN for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(value[place]) if is_known(value, place) else UNKNOWN for place in range(len(value))]
    return value


def not_known(name: str, key: str) -> UnknownValueError:
    """What the host takes for a rule that cannot judge yet, and says as an advice."""
    return UnknownValueError(UNKNOWN_STRING_VALUE, [name, key])


def _told(one: Any) -> Iterator[tuple[str, str]]:
    """Ids, and the URN of the thing that each is the id of."""
    own = plain(one.props).get("id") if _type(one) in REFERENCES.values() else UNKNOWN
    if own not in (None, "", UNKNOWN):
        yield str(own), one.urn
    for key, type_ in (*REFERENCES.items(), *((key, SERVER_GROUP) for key in ACTIONS)):
        made = _referred(one, key, type_)
        if len(made) == 1 and is_known(one.props, key):
            value = plain(one.props.get(key))
            named = set(groups_of(value)) if key in ACTIONS else {value}
            if len(named) == 1 and named.isdisjoint((None, UNKNOWN)):
                yield str(named.pop()), made[0]


def _type(one: Any) -> str:
    """Its type, in the words of ALB."""
    return nlb.WORDS.get(one.resource_type, one.resource_type)


def _referred(one: Any, key: str, type_: str) -> list[str]:
    """URNs of the things of a type that a property's value comes from."""
    found = (one.property_dependencies or {}).get(key) or []
    return [each.urn for each in found if _type(each) == type_]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
