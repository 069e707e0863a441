"""Which servers the requests to a listener reach: rules by priority, the default action last.

References that are known after `up` only are taken for everything that they may mean: such a rule may forward for any new
listener, and redirects for one only if it can be no other's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from exposure.facts import UNKNOWN, block, is_known, switch
from exposure.requests import EVERYTHING, Requests, asked_by

LISTENER = "alicloud:alb/listener:Listener"
LOAD_BALANCER = "alicloud:alb/loadBalancer:LoadBalancer"
RULE = "alicloud:alb/rule:Rule"
SERVER_GROUP = "alicloud:alb/serverGroup:ServerGroup"
SCALING_ATTACHMENT = "alicloud:ess/albServerGroupAttachment:AlbServerGroupAttachment"
OWN_SERVERS = "mtlsedge:index:ServerGroupServers"
"""This project's own resource for a group's servers."""
OWN_ACTIONS = "mtlsedge:index:RuleActions"
"""This project's own resource for what a rule does. The rule's own `ruleActions` stay as they were when it was made."""
OVER_UDP = ("QUIC", "UDP")
"""Protocols of a listener whose port is another one than the same number of TCP."""
OUTSIDE = "group "
"""What stands before the id of a server group that the stack does not declare."""
TERMINAL = ("ForwardGroup", "Redirect", "FixedResponse")
"""Actions that end a rule's evaluation: no later rule sees the request."""


@dataclass(frozen=True)
class Resource:
    """A declared resource. An id is empty while the cloud has given none."""

    type: str
    id: str
    parent: str
    inputs: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Reach:
    """Requests that reach servers: those asked for, without those that an earlier rule takes."""

    servers: frozenset[str]
    asked: Requests
    without: tuple[Requests, ...] = ()


def is_https(inputs: Mapping[str, Any]) -> bool:
    """Whether a listener speaks HTTPS."""
    return inputs.get("listenerProtocol") == "HTTPS"


def speaks_quic(inputs: Mapping[str, Any] | None) -> bool | None:
    """Whether a listener offers QUIC, which has no client certificates; None if that cannot be read."""
    upgrade = (inputs or {}).get("quicConfig")
    if (inputs or {}).get("listenerProtocol") == "QUIC":
        return True
    return switch(upgrade.get("quicUpgradeEnabled")) if isinstance(upgrade, Mapping) else switch(upgrade)


def asks(inputs: Mapping[str, Any]) -> bool | None:
    """Whether each request to a listener has to show a client certificate; None if that cannot be read."""
    facts = is_https(inputs) if is_known(inputs.get("listenerProtocol")) else None, switch(inputs.get("caEnabled"))
    quic = speaks_quic(inputs)
    if False in facts or quic:
        return False
    return None if None in (*facts, quic) else True


def is_told(server: str) -> bool:
    """Whether a server's id and its port can be read."""
    id_, _, port = server.rpartition(":")
    return is_known(id_) and is_known(port)


def may_be_any(server: str) -> bool:
    """Whether it may be a server that has another name elsewhere: it is not told, or stands for a group outside the stack."""
    return server.startswith(OUTSIDE) or not is_told(server)


class Routes:
    """Listeners, rules and groups of one moment, each found by what it is in the cloud."""

    def __init__(self, resources: Iterable[Resource], *, are_others_empty: bool = False) -> None:
        """Index the resources once, so that a thousand groups cost no more than their number.

        `are_others_empty`: whether groups that are not among them count as groups without servers.
        """
        found = list(resources)
        self._are_others_empty = are_others_empty
        self.listeners = [one for one in found if one.type == LISTENER]
        self._rules: dict[str, list[Resource]] = {}
        for one in _with_own_actions(found):
            self._rules.setdefault(str(one.inputs.get("listenerId", "")), []).append(one)
        self._groups = {one.id: _members(one.inputs) for one in found if one.type == SERVER_GROUP and one.id}
        self._new: frozenset[str] = frozenset()
        self._has_new = any(one.type == SERVER_GROUP and not one.id for one in found)
        for one in found:
            if one.type == SERVER_GROUP and not one.id:
                self._new |= _members(one.inputs)
            elif one.type in (OWN_SERVERS, SCALING_ATTACHMENT):
                self._attach(one)

    def _attach(self, one: Resource) -> None:
        """Servers that are declared apart from their group."""
        own = one.type == OWN_SERVERS
        group = str(one.inputs.get("server_group_id" if own else "albServerGroupId", ""))
        servers = members(one.type, one.inputs)
        if is_known(group):
            self._groups[group] = self._groups.get(group, frozenset()) | servers
        else:
            self._new |= servers

    def guarded(self) -> frozenset[str]:
        """Servers that some listener reaches only for clients with a certificate."""
        verifying = [one for one in self.listeners if is_https(one.inputs) and switch(one.inputs.get("caEnabled"))]
        return frozenset().union(*(reach.servers for one in verifying for reach in self.reached(one)))

    def reached(self, listener: Resource) -> list[Reach]:
        """What requests to a listener reach, those of each rule and of the default action."""
        earlier: list[Requests] = []
        found = []
        for rule in sorted(self._rules_of(listener), key=_priority):
            actions, asked = rule.inputs.get("ruleActions"), asked_by(rule.inputs.get("ruleConditions") or ())
            if not is_known(actions) or (servers := self._servers(actions)):
                servers = servers if is_known(actions) else frozenset({UNKNOWN})
                found.append(Reach(servers, asked, tuple(earlier)))
            if self._is_certainly_of(rule, listener) and _ends(actions):
                earlier.append(asked)
        if servers := self._servers(listener.inputs.get("defaultActions")):
            found.append(Reach(servers, EVERYTHING, tuple(earlier)))
        return [one for one in found if not any(taken.contains(one.asked) for taken in one.without)]

    def _rules_of(self, listener: Resource) -> list[Resource]:
        mine = self._rules.get(listener.id, []) if listener.id else []
        undecided = [] if listener.id else self._rules.get(UNKNOWN, [])
        return [one for one in (*mine, *undecided) if one.inputs.get("direction") != "Response"]

    def _is_certainly_of(self, rule: Resource, listener: Resource) -> bool:
        """Whether a rule is this listener's and has a place in its order."""
        if not isinstance(rule.inputs.get("priority"), int | float):
            return False
        if listener.id:
            return True
        candidates = [one for one in self.listeners if not one.id and one.parent == rule.parent]
        return candidates == [listener]

    def _servers(self, actions: Any) -> frozenset[str]:
        return frozenset().union(*(self._group(group) for group in groups_of(actions)))

    def _group(self, group: str) -> frozenset[str]:
        """A group that is known after `up` only is a new one, if there is any; one that is a secret may be every one."""
        if not is_known(group):
            return self._new if group == UNKNOWN and self._has_new else frozenset({UNKNOWN})
        return self._groups.get(group, frozenset() if self._are_others_empty else frozenset({f"{OUTSIDE}{group}"}))


def past(before: Routes, after: Routes, was: Resource | None, now: Resource, guarded: frozenset[str]) -> frozenset[str]:
    """Servers that a listener's requests reach after a change and did not before.

    `guarded` servers count each by itself; of all others it matters only that a request reaches none or some.
    """
    old = before.reached(was) if was is not None else []
    same = set(old)
    new = [one for one in after.reached(now) if one not in same]
    return frozenset(
        server
        for one in new
        for server in one.servers
        if not _covered(one, [each for each in old if server in each.servers or server not in guarded])
    )


def _covered(one: Reach, old: Sequence[Reach]) -> bool:
    """Whether each request reached the servers before: one entry asks for it, and what that leaves out, others take."""
    for index, each in enumerate(old):
        if each.asked.contains(one.asked):
            rest = [*old[:index], *old[index + 1 :]]
            missing = [part for part in each.without if not _is_left_out(part, one)]
            if all(_covered(Reach(one.servers, part, one.without), rest) for part in missing):
                return True
    return False


def _is_left_out(part: Requests, one: Reach) -> bool:
    return part.is_disjoint(one.asked) or any(taken.contains(part) for taken in one.without)


def _with_own_actions(resources: Sequence[Resource]) -> Iterator[Resource]:
    """The rules, each with the actions that are declared apart from it.

    Actions for a rule that is not known yet may be those of any new rule, beside the ones that it is made with.
    """
    apart: dict[str, list[Any]] = {}
    for one in resources:
        if one.type == OWN_ACTIONS:
            apart.setdefault(str(one.inputs.get("rule_id", "")), []).append(one.inputs.get("actions"))
    for rule in resources:
        if rule.type == RULE:
            made_with = [] if rule.id in apart else [rule.inputs.get("ruleActions")]
            actions = [*made_with, *apart.get(rule.id or UNKNOWN, [])]
            yield replace(rule, inputs={**rule.inputs, "ruleActions": _together(actions)})


def _together(actions: Sequence[Any]) -> Any:
    """Several lists of actions as one; unknown if one of them is."""
    if not all(is_known(one) for one in actions):
        return UNKNOWN
    return [action for one in actions if isinstance(one, Sequence) and not isinstance(one, str) for action in one]


def members(type_: str, inputs: Mapping[str, Any]) -> frozenset[str]:
    """The servers that a group, or a resource apart from it, puts into the group."""
    return _scaled(inputs) if type_ == SCALING_ATTACHMENT and inputs else _members(inputs)


def _members(inputs: Mapping[str, Any]) -> frozenset[str]:
    servers = inputs.get("servers") or ()
    if isinstance(servers, str):
        return frozenset({servers})
    listed = servers.values() if isinstance(servers, Mapping) else servers
    return frozenset(_server(one) for one in listed)


def _scaled(inputs: Mapping[str, Any]) -> frozenset[str]:
    """The servers of a scaling group, which come and go."""
    return frozenset({f"scaling group {inputs.get('scalingGroupId')}:{_port(inputs.get('port'))}"})


def _server(entry: Any) -> str:
    """What a server is in the cloud: its id or address, and the port."""
    if not isinstance(entry, Mapping):
        return str(entry)
    return f"{entry.get('serverId') or entry.get('server_id')}:{_port(entry.get('port'))}"


def _port(value: Any) -> Any:
    """The engine hands some numbers over as floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def forwarding(groups: Iterable[str]) -> list[dict[str, Any]]:
    """An action that sends requests to some groups."""
    tuples = [{"serverGroupId": one} for one in groups]
    return [{"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": tuples}}]


def groups_of(actions: Any) -> Iterator[str]:
    """Groups that get the requests, those that get a copy of each included."""
    for action in actions if isinstance(actions, Sequence) and not isinstance(actions, str) else ():
        mirrored = block(block(block(action).get("trafficMirrorConfig")).get("mirrorGroupConfig"))
        for config in (block(block(action).get("forwardGroupConfig")), mirrored):
            tuples = config.get("serverGroupTuples") or ()
            yield from (str(block(one).get("serverGroupId", "")) for one in tuples)


def _ends(actions: Any) -> bool:
    return isinstance(actions, Sequence) and any(
        isinstance(one, Mapping) and one.get("type") in TERMINAL for one in actions
    )


def _priority(rule: Resource) -> float:
    """A rule whose priority cannot be read may be the first."""
    priority = rule.inputs.get("priority")
    return float(priority) if isinstance(priority, int | float) else 0.0
