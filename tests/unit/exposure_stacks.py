"""Stacks for the judge: worlds drawn at random, changed, and written down as the engine would tell of them.

Each pair is drawn from its own number, so that any of them can be looked at alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from tests.unit.exposure_world import (
    CIDRS,
    DEFAULT_POLICY,
    GROUP,
    PLAIN,
    PREFIXES,
    STRONG,
    SYSTEM,
    WEAK,
    AccessList,
    Balancer,
    Gate,
    Listener,
    Opening,
    Policy,
    Rule,
    World,
    is_entered,
)

GROUPS = {"web": {"i-1:80"}, "api": {"i-2:80"}, "both": {"i-1:80", "i-2:80"}, "empty": set(), "svc": {"pod:80"}}
TARGETS = ("web", "api", "both", "empty")
HOST_PATTERNS = ("a.example", "b.example", "*.example", "?.example")
PATH_PATTERNS = ("/*", "/a", "/a/*", "/a*", "/b", "/?")
MORE_BALANCERS = (("alb-2", "alb"), ("nlb-1", "nlb"), ("cluster-1", "cluster"))
PORTS = (443, 8443, 9443)
GATED = ("sg-a", "sg-b")
"""Security groups that load balancers are in."""

EVERYBODY = "0.0.0.0/0"
AUTHORITIES = ("ca-a", "ca-a", "ca-b")
VERSIONS = (("TLSv1.2",), ("TLSv1.2", "TLSv1.3"), ("TLSv1.0", "TLSv1.2"))


T = TypeVar("T")


def some(random: Random, of: Sequence[T], most: int) -> list[T]:
    """None up to some of these, each once."""
    return random.sample(of, random.randint(0, min(most, len(of))))


def networks(random: Random) -> AccessList | None:
    """A list, or none. Lists that refuse everybody are left out: whatever stands behind them is closed, and is told all the same."""
    kind = random.choice(("", "White", "Black"))
    if not kind:
        return None
    return AccessList(kind, frozenset(some(random, sorted({*CIDRS} - ({EVERYBODY} if kind == "Black" else set())), 2)))


def policies(random: Random) -> str | Policy:
    """One of the vendor's, perhaps without its name, or a custom one."""
    if random.random() < 0.5:
        return random.choice(("", *SYSTEM))
    return Policy(random.choice(VERSIONS), (STRONG, *sorted(some(random, WEAK, len(WEAK)))))


def rule(random: Random, name: str, priority: int) -> Rule:
    """A rule; one without any condition asks for every path."""
    hosts, paths = some(random, HOST_PATTERNS, 2), some(random, PATH_PATTERNS, 2)
    header = random.random() < 0.17
    paths = paths or ([] if hosts or header else ["/*"])
    return Rule(name, priority, tuple(hosts), tuple(paths), header, random.choice((*TARGETS, "redirect")))


def secure(random: Random, balancer: str, kind: str, number: int) -> Listener:
    """A listener with TLS, most of the time one that verifies."""
    name = f"{balancer}-tls-{number}"
    count = random.randint(0, 2) if kind == "alb" else 0
    return Listener(
        name,
        PORTS[number],
        "TCPSSL" if kind == "nlb" else "HTTPS",
        verifies=random.random() < 0.8,
        authority=random.choice(AUTHORITIES),
        policy=policies(random) if kind != "cluster" else random.choice(("", *SYSTEM)),
        networks=None if kind == "nlb" else networks(random),
        quic=kind != "nlb" and random.random() < 0.1,
        default="svc" if kind == "cluster" else random.choice(TARGETS),
        rules=tuple(rule(random, f"{name}-rule-{place}", place * 10) for place in range(count)),
    )


def plain(random: Random, balancer: str, kind: str) -> Listener:
    """A listener without TLS, most of the time one that serves nothing."""
    name, protocol = f"{balancer}-plain", PLAIN if kind != "nlb" else random.choice(("TCP", "UDP"))
    if kind == "cluster":
        return Listener(name, 80, protocol, default=random.choice(("redirect", "redirect", "svc")))
    redirects = [Rule(f"{name}-rule-0", 1, (), ("/*",), False, "redirect")]
    own = redirects if kind == "alb" and random.random() < 0.5 else []
    return Listener(name, 80, protocol, default=random.choice(("empty", "empty", "api")), rules=tuple(own))


def balancer(random: Random, name: str, kind: str) -> Balancer:
    """A load balancer with up to three listeners."""
    listeners = [secure(random, name, kind, number) for number in range(random.randint(1, 2))]
    if random.random() < 0.5:
        listeners.append(plain(random, name, kind))
    return Balancer(name, kind, random.random() < 0.75, tuple(listeners))


def opening(random: Random, name: str) -> Opening:
    """A rule of the servers' security group."""
    ports = random.choice(((80, 80), (22, 22), (1, 65535)))
    network = random.choice((*sorted(CIDRS), "::/0", GROUP, *PREFIXES))
    return Opening(name, network, ports, refuses=random.random() < 0.1, leaves=random.random() < 0.1)


def gate(random: Random, name: str) -> Gate:
    """A rule of a load balancer's security group, most of the time one that refuses."""
    ports = random.choice(((443, 443), (80, 80), (1, 65535)))
    return Gate(
        name, random.choice(GATED), random.choice(sorted(CIDRS)), ports, random.random() < 0.8, random.choice((1, 50))
    )


def world(random: Random) -> World:
    """One load balancer of ALB, perhaps one more, their groups, and rules of the servers' security group."""
    made = [balancer(random, "alb-1", "alb")]
    if random.random() < 0.5:
        made.append(balancer(random, *random.choice(MORE_BALANCERS)))
    gates: tuple[Gate, ...] = ()
    if random.random() < 0.25:
        gates = tuple(gate(random, f"gate-{number}") for number in range(random.randint(1, 3)))
        made = [
            replace(one, groups=frozenset(some(random, GATED, 2)) if one.kind == "alb" else one.groups) for one in made
        ]
    made = [_open(one, gates) for one in made]
    openings = tuple(opening(random, f"opening-{number}") for number in range(random.randint(0, 2)))
    groups = {name: frozenset(servers) for name, servers in GROUPS.items()}
    return World(tuple(made), groups, openings, gates, random.choice((0, 0, 0, 1)))


def _open(one: Balancer, gates: tuple[Gate, ...]) -> Balancer:
    """With listeners that let in somebody: what is changed behind a closed one is told all the same."""
    if any(not is_entered(replace(one, listeners=()), replace(each, networks=None), gates) for each in one.listeners):
        one = replace(one, groups=frozenset())
    closed = [each for each in one.listeners if not is_entered(one, each, gates)]
    return replace(
        one, listeners=tuple(replace(each, networks=None) if each in closed else each for each in one.listeners)
    )


EDITS = (
    "listener", "listener", "listener", "rules", "rules", "balancer", "group", "opening", "opening", "gate", "others",
)  # fmt: skip


def edited(random: Random, before: World) -> World:
    """The world after one edit of something."""
    kind = random.choice(EDITS)
    if kind in _OF_THE_REST:
        return _OF_THE_REST[kind](random, before)
    place = random.randrange(len(before.balancers))
    chosen = before.balancers[place]
    if kind == "balancer":
        changed = _of_balancer(random, before, chosen)
        if changed is None:
            return replace(before, balancers=(*before.balancers[:place], *before.balancers[place + 1 :]))
    else:
        if not chosen.listeners:
            return before
        at = random.randrange(len(chosen.listeners))
        edit = _of_rules if kind == "rules" and chosen.kind == "alb" else _of_listener
        one = edit(random, chosen, chosen.listeners[at])
        changed = replace(chosen, listeners=(*chosen.listeners[:at], one, *chosen.listeners[at + 1 :]))
    return replace(before, balancers=(*before.balancers[:place], changed, *before.balancers[place + 1 :]))


def _of_groups(random: Random, before: World) -> World:
    servers = frozenset(some(random, ("i-1:80", "i-2:80", "i-3:80"), 2))
    return replace(before, groups={**before.groups, random.choice(TARGETS): servers})


def _of_openings(random: Random, before: World) -> World:
    kept = before.openings[1:]
    return replace(before, openings=kept if random.random() < 0.5 else (opening(random, "opening-0"), *kept))


def _of_gates(random: Random, before: World) -> World:
    """A rule of a load balancer's security group comes, goes or changes, or a load balancer joins or leaves a group."""
    what = random.choice(("add", "drop", "change", "groups", "groups"))
    if what == "add":
        return replace(before, gates=(*before.gates, gate(random, f"gate-{len(before.gates) + 5}")))
    if what == "groups":
        found = [
            replace(one, groups=frozenset(some(random, GATED, 2))) if one.kind == "alb" else one
            for one in before.balancers
        ]
        return replace(before, balancers=tuple(found))
    if not before.gates:
        return before
    head, *rest = before.gates
    return replace(before, gates=tuple(rest) if what == "drop" else (gate(random, head.name), *rest))


_OF_THE_REST: dict[str, Callable[[Random, World], World]] = {
    "group": _of_groups,
    "others": lambda random, before: replace(before, others=random.randint(0, 2)),
    "opening": _of_openings,
    "gate": _of_gates,
}
"""Edit of what is no load balancer's own -> the world after it."""


def _of_balancer(random: Random, world: World, one: Balancer) -> Balancer | None:
    what = random.choice(("public", "listener", "listener", "gone", "without"))
    if what == "public":
        return replace(one, is_public=not one.is_public)
    if what == "gone" and len(world.balancers) > 1:
        return None
    if what == "listener":
        names = {each.name for each in one.listeners}
        made = secure(random, one.name, one.kind, 2) if random.random() < 0.5 else plain(random, one.name, one.kind)
        return one if made.name in names else replace(one, listeners=(*one.listeners, made))
    return replace(one, listeners=one.listeners[1:]) if len(one.listeners) > 1 else one


def _of_listener(random: Random, of: Balancer, one: Listener) -> Listener:
    """A listener after one edit that its kind of load balancer allows."""
    with_tls = one.protocol in ("HTTPS", "TCPSSL")
    edits = [] if of.kind == "cluster" and with_tls else ["default"]
    if of.kind == "alb" or (of.kind == "cluster" and with_tls):
        edits.append("networks")
    if with_tls:
        edits += ["verifies", "authority", "policy", "port"]
    if with_tls and of.kind != "nlb":
        edits.append("quic")
    if with_tls and of.kind == "alb":
        edits.append("clear")
    changed = _CHANGES[random.choice(edits)](random, of, one)
    return replace(one, **changed)


_CHANGES: dict[str, Callable[[Random, Balancer, Listener], dict[str, Any]]] = {
    "default": lambda random, of, _: {
        "default": random.choice(("redirect", "svc") if of.kind == "cluster" else TARGETS)
    },
    "networks": lambda random, *_: {"networks": networks(random)},
    "verifies": lambda _, __, one: {"verifies": not one.verifies},
    "authority": lambda random, *_: {"authority": random.choice(AUTHORITIES)},
    # One that only loses its setting keeps its policy: the provider's property is optional and computed.
    "policy": lambda random, of, _: {
        "policy": random.choice(tuple(SYSTEM)) if of.kind == "cluster" else policies(random) or DEFAULT_POLICY
    },
    "port": lambda _, __, one: {"port": one.port + 1},
    "quic": lambda _, __, one: {"quic": not one.quic},
    "clear": lambda *_: {"protocol": PLAIN, "verifies": False, "policy": "", "quic": False},
}
"""Edit of a listener -> what it changes."""


def _of_rules(random: Random, _: Balancer, one: Listener) -> Listener:
    what = random.choice(("add", "drop", "change", "first"))
    if what == "add" and len(one.rules) < 3:
        made = rule(random, f"{one.name}-rule-{len(one.rules) + 5}", random.choice((5, 15, 25)))
        return replace(one, rules=(*one.rules, made))
    if not one.rules:
        return one
    head, *rest = one.rules
    if what == "drop":
        return replace(one, rules=tuple(rest))
    if what == "first":
        return replace(one, rules=(*rest, replace(head, priority=99)))
    return replace(one, rules=(rule(random, head.name, head.priority), *rest))


@dataclass(frozen=True)
class Telling:
    """How a change is written down: nothing of it changes who is let in."""

    renamed: frozenset[int] = frozenset()
    """Places, in the list of all things, of those that get another logical name."""
    replaced: frozenset[int] = frozenset()
    lists_apart: bool = False
    """Lists are attached to listeners, not named in them."""
    entries_apart: bool = False
    servers_apart: bool = False
    actions_apart: bool = False
    floats: bool = False
    """Numbers as a cluster, or the engine, may have them."""
    harmless: bool = False
    """Something changes that lets nobody in."""
    outside: tuple[str, ...] = ()
    """Server groups, and listeners without TLS, that another program declares: this one has their ids written out."""
    imported: bool = False
    """What is new to the stack was in the cloud before: it has its id already."""
    hidden: tuple[int, str] | None = None
    """Place of the changed property that cannot be read, and what stands for it."""


def _telling(random: Random) -> Telling:
    places = range(21)
    hidden = (random.choice(places), random.choice(("unknown", "secret"))) if random.random() < 0.25 else None
    renamed, replaced = (
        random.sample(places, random.choice((0, 0, 0, 1, 2))),
        random.sample(places, random.choice((0, 0, 0, 1))),
    )
    flags = {key: random.random() < 0.5 for key in APART}
    outside = tuple(some(random, OUTSIDE, 2)) if random.random() < 0.2 else ()
    imported = random.random() < 0.15
    return Telling(frozenset(renamed), frozenset(replaced), **flags, outside=outside, imported=imported, hidden=hidden)


OUTSIDE = (*TARGETS, "alb-1-plain", "alb-2-plain")


APART = ("lists_apart", "entries_apart", "servers_apart", "actions_apart", "floats", "harmless")


@dataclass(frozen=True)
class Pair:
    """A stack before and after, and how the engine tells of it."""

    before: World
    after: World
    telling: Telling


def pair(number: int) -> Pair:
    """The pair of a number. One in six changes nothing but names."""
    random = Random(f"pair {number}")
    before = after = world(random)
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        after = edited(random, after)
    return Pair(before, after, _telling(random))
