"""What proof a listener asks of its clients, and which part of it another listener to the same servers does not ask."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from exposure import networks, tls
from exposure.access_lists import AccessList
from exposure.security_groups import Narrowing

NETWORKS, AUTHORITY, FLOOR, CIPHERS, ADDRESS = "networks", "authority", "floor", "ciphers", "address"
"""The parts of a proof."""


@dataclass(frozen=True)
class Proof:
    """A certificate of one of these authorities, from these networks, over this TLS."""

    asks: bool
    """Whether it asks for a certificate."""
    authorities: frozenset[str]
    networks: AccessList
    encrypts: bool
    policy: tls.Policy | None
    """None: it cannot be read, or there is no TLS."""
    is_public: bool | None
    """Whether its load balancer has an address on the Internet; None: that cannot be told."""
    narrowing: Narrowing = field(default_factory=Narrowing)
    """What the security groups of its load balancer say of requests to it."""

    def asks_less_than(self, before: "Proof") -> list[tuple[str, bool]]:
        """Parts in which this asks less, each with whether that is certain."""
        return list(_less(self, before))


def _less(after: Proof, before: Proof) -> Iterator[tuple[str, bool]]:
    if before.asks and not (after.asks and after.authorities <= before.authorities):
        yield AUTHORITY, True
    opened, past_groups = (
        after.networks.lets_in_beside(before.networks),
        after.narrowing.lets_in_beside(before.narrowing),
    )
    if opened or past_groups is not False:
        is_told = any(one == "every network" or networks.parsed(one) is not None for one in opened)
        yield NETWORKS, is_told or past_groups is True
    if (
        after.is_public is not False
        and before.is_public is not True
        and (after.is_public, before.is_public) != (None, None)
    ):
        yield ADDRESS, None not in (after.is_public, before.is_public)
    if before.encrypts:
        yield from _weaker(after, before)


def _weaker(after: Proof, before: Proof) -> Iterator[tuple[str, bool]]:
    if not after.encrypts:
        yield FLOOR, True
    elif after.policy is None or before.policy is None:
        yield from [] if after.policy == before.policy else [(CIPHERS, False)]
    elif tls.has_lower_floor(after.policy, before.policy):
        yield FLOOR, True
    elif (
        after.policy.name != before.policy.name
        and (is_weaker := tls.has_weaker_ciphers(after.policy, before.policy)) is not False
    ):
        yield CIPHERS, is_weaker is True
