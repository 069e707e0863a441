"""Who a security group's rules let in to which ports. Pure: inputs of the provider's rules in, what a change opens out."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exposure import networks
from exposure.facts import UNKNOWN, is_known

ANY_PORT = (1, 65535)
ANY_PROTOCOL = "all"
FIRST, LAST = 1, 100
"""Priorities of rules; one without counts as of the first (the provider's page on `priority`)."""
EVERYBODY = "0.0.0.0/0"
"""What a rule without a source lets in (the provider's page on `cidr_ip`)."""
SOURCES = ("cidrIp", "ipv6CidrIp", "sourceSecurityGroupId", "prefixListId")
"""The properties that say where requests come from; the provider reads the first that is set."""
NAMED = {"sourceSecurityGroupId": "servers of group", "prefixListId": "the list of prefixes"}
"""Sources that are no networks, and what stands before their ids."""
READ = ("type", "policy", "cidrIp", "ipv6CidrIp", "prefixListId", "portRange", "ipProtocol")
"""The properties that a verdict needs."""


@dataclass(frozen=True)
class Passage:
    """Requests that a rule lets in, or refuses. A group that is known after `up` only may be any."""

    group: str
    network: str
    """Where requests come from; of another group's servers, or a list of prefixes, a text that is no network."""
    protocol: str
    ports: tuple[int, int]
    is_refused: bool
    priority: int = FIRST
    """The lowest number counts; of equal ones the rule that refuses, which is not relied on here."""

    def contains(self, other: "Passage") -> bool:
        """Whether each request of the other is one of these."""
        return (
            (self.group == other.group or UNKNOWN in (self.group, other.group))
            and (self.network == other.network or not networks.added([other.network], [self.network]))
            and self.protocol in (ANY_PROTOCOL, other.protocol)
            and self.ports[0] <= other.ports[0]
            and other.ports[1] <= self.ports[1]
        )

    def may_meet(self, other: "Passage") -> bool:
        """Whether a request may be of both."""
        return (
            (self.group == other.group or UNKNOWN in (self.group, other.group))
            and networks.may_overlap(self.network, other.network)
            and (ANY_PROTOCOL in (self.protocol, other.protocol) or self.protocol == other.protocol)
            and self.ports[0] <= other.ports[1]
            and other.ports[0] <= self.ports[1]
        )

    def of_any_group(self) -> "Passage":
        """The same requests, to be compared with those of other groups."""
        return replace(self, group=UNKNOWN)


@dataclass(frozen=True)
class Narrowing:
    """What the rules of a load balancer's security groups say together.

    Who is in none of them is let in: ALB has a group of its own for each load balancer, which lets in everybody at the lowest
    priority ("Add an ALB instance to a security group", ALB user guide).
    """

    refused: tuple[Passage, ...] = ()
    let_in: tuple[Passage, ...] = ()
    outside: frozenset[str] = frozenset()
    """Groups whose rules are not declared: they may refuse or let in whatever they like."""

    def refuses_each_of(self, passages: Iterable[Passage]) -> bool:
        """Whether what these refuse is certainly refused, but for what a rule lets in."""
        return all(any(_refuses(mine, one, one.priority) for mine in self.refused) for one in passages)

    def at(self, port: int | None, *, certainly: bool) -> "Narrowing":
        """What they say of one port's requests, to be compared with those of another.

        A rule may be about a port that is not told. `certainly`: one that refuses counts only if it is about every port.
        """

        def about(passages: Iterable[Passage], *, all_ports: bool) -> tuple[Passage, ...]:
            found = (
                one
                for one in passages
                if (one.ports == ANY_PORT or not all_ports if port is None else one.ports[0] <= port <= one.ports[1])
            )
            return tuple(replace(one, group=UNKNOWN, ports=ANY_PORT) for one in found)

        return Narrowing(about(self.refused, all_ports=certainly), about(self.let_in, all_ports=False), self.outside)

    def lets_in_beside(self, other: "Narrowing") -> bool | None:
        """Whether this lets in anybody whom the groups of another listener refuse; None if that cannot be told."""
        if not self.refuses_each_of(other.refused) or any(self.lets_in_anew(one, other) for one in self.let_in):
            return True
        may_let_in = bool(other.refused) and bool(self.outside - other.outside)
        has_new = bool(other.outside) and not all(_is_old(one, other.let_in) for one in self.let_in)
        return None if other.outside - self.outside or may_let_in or has_new else False

    def lets_in_anew(self, one: Passage, before: "Narrowing") -> bool:
        """Whether what a rule lets in may have been refused before, by rules that are declared, and is no more."""
        met = [gone for gone in before.refused if gone.of_any_group().may_meet(one)]
        is_kept = all(any(_refuses(mine, gone, one.priority - 1) for mine in self.refused) for gone in met)
        return not _is_old(one, before.let_in) and not is_kept


def _refuses(mine: Passage, other: Passage, at_most: int) -> bool:
    """Whether a rule refuses all that another one does, and counts before rules of a higher priority than this."""
    return mine.priority <= at_most and mine.of_any_group().contains(other)


def _is_old(one: Passage, before: Iterable[Passage]) -> bool:
    """Whether another rule let in as much, and counted no later."""
    return any(known.priority <= one.priority and known.of_any_group().contains(one) for known in before)


def passage(inputs: Mapping[str, Any] | None) -> Passage | None:
    """What a rule lets in or refuses; None for one on what leaves."""
    given = inputs or {}
    if inputs is None or given.get("type") == "egress":
        return None
    source = next((key for key in SOURCES if given.get(key)), "")
    shown = str(given.get(source) or EVERYBODY)
    is_refused = str(given.get("policy") or "").lower() == "drop"
    return Passage(
        str(given.get("securityGroupId", "")),
        f"{NAMED[source]} {shown}" if source in NAMED else shown,
        str(given.get("ipProtocol") or ANY_PROTOCOL).lower(),
        _ports(str(given.get("portRange") or "")),
        is_refused,
        _priority(given.get("priority"), LAST if is_refused else FIRST),
    )


def opened(inputs: Mapping[str, Any] | None, before: Iterable[Passage]) -> Passage | None:
    """What a rule lets in of the Internet that no rule let in before."""
    found = passage(inputs)
    if (
        found is None
        or found.is_refused
        or networks.parsed(found.network) is None
        or networks.is_private(found.network)
    ):
        return None
    return None if any(one.contains(found) for one in before if not one.is_refused) else found


def leads_around(found: Passage, guarded: Iterable[int]) -> bool:
    """Whether it lets in strangers, or a network to a guarded port.

    `guarded` are the ports of servers behind mutual TLS: who gets to them directly shows no certificate.
    """
    return networks.is_everybody(found.network) or any(found.ports[0] <= port <= found.ports[1] for port in guarded)


def is_refused_no_more(found: Passage, after: Sequence[Passage], complete: Container[str]) -> bool:
    """Whether no rule refuses from now on what a rule refused before.

    `complete` are groups that have no rules but those declared: there, what no rule lets in is refused all the same.
    """
    if any(one.contains(found) for one in after if one.is_refused):
        return False
    return found.group not in complete or any(one.may_meet(found) for one in after if not one.is_refused)


def can_be_read(inputs: Mapping[str, Any]) -> bool:
    """Whether it is told whom a rule is about; a list of prefixes lies outside the stack."""
    source = next((key for key in SOURCES if inputs.get(key)), "")
    return source != "prefixListId" and all(is_known(inputs.get(key)) for key in READ)


def _priority(value: Any, unknown: int) -> int:
    """A number, which the engine may hand over as a float or a text; of anything else, what is assumed of it."""
    text = str(FIRST if value is None else value).removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) <= len(str(LAST)) else unknown


def _ports(text: str) -> tuple[int, int]:
    """`80/443`; -1/-1, nothing, and what cannot be read are every port."""
    first, _, last = text.partition("/")
    if not (first.isdigit() and (last or first).isdigit()):
        return ANY_PORT
    return int(first), int(last or first)
