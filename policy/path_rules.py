"""Rules about all listeners together: no path around mutual TLS, and one owner for each port."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from declared import REFERENCES, Declared, Stack, not_known
from reading import Finding

from exposure.facts import UNKNOWN, is_known
from exposure.reach import LISTENER, OUTSIDE, OVER_UDP, Routes, asks, is_told


def forbid_way_around(args: Any) -> Iterator[tuple[Finding, str]]:
    """No listener that asks for no client certificate, and no QUIC, leads to servers behind mutual TLS."""
    declared = Stack(args.resources).declared
    routes = Routes(one.resource for one in declared)
    guarded = routes.guarded()
    undecided = [(one.of.name, key) for one in declared for key in _unknown(one)]
    for one in declared:
        if one.resource.type != LISTENER:
            continue
        reached = frozenset().union(*(reach.servers for reach in routes.reached(one.resource)))
        is_asking = asks(one.resource.inputs)
        if is_asking is False and any(map(is_told, guarded & reached)):
            yield _around(one), one.of.urn
        elif UNKNOWN in reached or is_asking is None or (not is_asking and _may_share(reached, guarded)):
            undecided.append((one.of.name, "caEnabled" if is_asking is None else "defaultActions"))
    if undecided:
        raise not_known(*undecided[0])


def require_one_owner(args: Any) -> Iterator[tuple[Finding, str]]:
    """Each port of a load balancer has one owner: one listener resource, or one entry of an AlbConfig."""
    owners: dict[tuple[str, int, bool], list[Any]] = defaultdict(list)
    undecided = []
    for one in Stack(args.resources).declared:
        if one.resource.type == LISTENER:
            given = one.resource.inputs
            place = [given.get(key) for key in ("loadBalancerId", "listenerPort", "listenerProtocol")]
            if all(map(is_known, place)):
                owners[str(place[0]), int(place[1] or 0), place[2] in OVER_UDP].append(one.of)
            else:
                undecided.append(one.of.name)
    for (_, port, _udp), sharing in owners.items():
        if len(sharing) > 1:
            yield (
                Finding(
                    f"port {port} has the owners {', '.join(sorted(one.name for one in sharing))}",
                    "each would undo what the other does, for ever",
                    "ACK, reuse of an ALB instance",
                    "another port, or one owner",
                ),
                sharing[-1].urn,
            )
    if undecided:
        raise not_known(undecided[0], "loadBalancerId")


def _unknown(one: Declared) -> list[str]:
    """Properties that say what it belongs to and are known after `up` only."""
    of = [key for key in REFERENCES if key != "loadBalancerId"]
    return [key for key in of if one.resource.inputs.get(key) == UNKNOWN]


def _may_share(reached: frozenset[str], guarded: frozenset[str]) -> bool:
    """Whether servers that are not told may be on both sides. A group itself is told."""
    own, behind = ({one for one in side if not one.startswith(OUTSIDE)} for side in (reached, guarded))
    return bool(own and behind) and not all(map(is_told, own | behind))


def _around(one: Declared) -> Finding:
    protocol, port = (one.resource.inputs.get(key) for key in ("listenerProtocol", "listenerPort"))
    how = f"listener {one.of.name} ({protocol} {int(port or 0)})"
    return Finding(
        f"the {how} leads to servers behind mutual TLS and asks for no certificate, or offers QUIC",
        "a client that comes that way shows no certificate",
        "ALB user guide, mutual authentication is for HTTPS listeners",
        "a redirect rule, and a default server group without servers; QUIC off",
    )
