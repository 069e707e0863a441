"""Stacks for the judge: worlds drawn by Hypothesis, changed, and written down as the engine would tell of them."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from tests.unit.exposure_world import (
    CIDRS,
    DEFAULT_POLICY,
    PLAIN,
    STRONG,
    SYSTEM,
    WEAK,
    AccessList,
    Balancer,
    Listener,
    Opening,
    Policy,
    Rule,
    World,
)

GROUPS = {"web": {"i-1:80"}, "api": {"i-2:80"}, "both": {"i-1:80", "i-2:80"}, "empty": set(), "svc": {"pod:80"}}
TARGETS = ("web", "api", "both", "empty")
HOST_PATTERNS = ("a.example", "b.example", "*.example", "?.example")
PATH_PATTERNS = ("/*", "/a", "/a/*", "/a*", "/b", "/?")
MORE_BALANCERS = (("alb-2", "alb"), ("nlb-1", "nlb"), ("cluster-1", "cluster"))
PORTS = (443, 8443, 9443)

EVERYBODY = "0.0.0.0/0"
networks = st.one_of(
    st.none(),
    st.builds(AccessList, st.just("White"), st.frozensets(st.sampled_from(sorted(CIDRS)), max_size=2)),
    st.builds(AccessList, st.just("Black"), st.frozensets(st.sampled_from(sorted({*CIDRS} - {EVERYBODY})), max_size=2)),
)
"""Lists that refuse everybody are left out: whatever stands behind them is closed, and is told all the same."""
policies = st.one_of(
    st.sampled_from(("", *SYSTEM)),
    st.builds(
        Policy,
        st.sampled_from((("TLSv1.2",), ("TLSv1.2", "TLSv1.3"), ("TLSv1.0", "TLSv1.2"))),
        st.sets(st.sampled_from(WEAK)).map(lambda weak: (STRONG, *sorted(weak))),
    ),
)
authorities = st.sampled_from(("ca-a", "ca-a", "ca-b"))


@st.composite
def rules(draw: st.DrawFn, name: str, priority: int) -> Rule:
    """A rule; one without any condition asks for every path."""
    hosts = draw(st.lists(st.sampled_from(HOST_PATTERNS), max_size=2, unique=True))
    paths = draw(st.lists(st.sampled_from(PATH_PATTERNS), max_size=2, unique=True))
    header = draw(st.integers(0, 5)) == 5
    paths = paths or ([] if hosts or header else ["/*"])
    return Rule(name, priority, tuple(hosts), tuple(paths), header, draw(st.sampled_from((*TARGETS, "redirect"))))


@st.composite
def secure(draw: st.DrawFn, balancer: str, kind: str, number: int) -> Listener:
    """A listener with TLS, most of the time one that verifies."""
    name = f"{balancer}-tls-{number}"
    count = draw(st.integers(0, 2)) if kind == "alb" else 0
    return Listener(
        name,
        PORTS[number],
        "TCPSSL" if kind == "nlb" else "HTTPS",
        verifies=draw(st.integers(0, 4)) < 4,
        authority=draw(authorities),
        policy=draw(policies if kind != "cluster" else st.sampled_from(("", *SYSTEM))),
        networks=None if kind == "nlb" else draw(networks),
        default="svc" if kind == "cluster" else draw(st.sampled_from(TARGETS)),
        rules=tuple(draw(rules(f"{name}-rule-{place}", place * 10)) for place in range(count)),
    )


@st.composite
def plain(draw: st.DrawFn, balancer: str, kind: str) -> Listener:
    """A listener without TLS, most of the time one that serves nothing."""
    name, protocol = f"{balancer}-plain", PLAIN if kind != "nlb" else draw(st.sampled_from(("TCP", "UDP")))
    if kind == "cluster":
        return Listener(name, 80, protocol, default=draw(st.sampled_from(("redirect", "redirect", "svc"))))
    redirects = [Rule(f"{name}-rule-0", 1, (), ("/*",), False, "redirect")]
    own = redirects if kind == "alb" and draw(st.booleans()) else []
    return Listener(name, 80, protocol, default=draw(st.sampled_from(("empty", "empty", "api"))), rules=tuple(own))


@st.composite
def balancers(draw: st.DrawFn, name: str, kind: str) -> Balancer:
    """A load balancer with up to three listeners."""
    listeners = [draw(secure(name, kind, number)) for number in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        listeners.append(draw(plain(name, kind)))
    return Balancer(name, kind, draw(st.booleans()), tuple(listeners))


openings = st.builds(
    Opening,
    st.just("opening-0"),
    st.sampled_from(sorted(CIDRS)),
    st.sampled_from(((80, 80), (22, 22), (1, 65535))),
    st.integers(0, 9).map(lambda number: number == 9),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """One load balancer of ALB, perhaps one more, their groups, and rules of the servers' security group."""
    made = [draw(balancers("alb-1", "alb"))]
    if draw(st.booleans()):
        made.append(draw(balancers(*draw(st.sampled_from(MORE_BALANCERS)))))
    listed = draw(st.lists(openings, max_size=2))
    numbered = tuple(replace(one, name=f"opening-{number}") for number, one in enumerate(listed))
    return World(tuple(made), {name: frozenset(servers) for name, servers in GROUPS.items()}, numbered)


@st.composite
def edited(draw: st.DrawFn, world: World) -> World:
    """The world after one edit of something."""
    kind = draw(st.sampled_from(("listener", "listener", "listener", "rules", "rules", "balancer", "group", "opening")))
    if kind == "group":
        name = draw(st.sampled_from(TARGETS))
        servers = draw(st.frozensets(st.sampled_from(("i-1:80", "i-2:80", "i-3:80")), max_size=2))
        return replace(world, groups={**world.groups, name: servers})
    if kind == "opening":
        kept = world.openings[1:]
        return replace(world, openings=kept if draw(st.booleans()) else (draw(openings), *kept))
    place = draw(st.integers(0, len(world.balancers) - 1))
    chosen = world.balancers[place]
    if kind == "balancer":
        changed = draw(_of_balancer(world, chosen))
        if changed is None:
            return replace(world, balancers=(*world.balancers[:place], *world.balancers[place + 1 :]))
    else:
        at = draw(st.integers(0, len(chosen.listeners) - 1)) if chosen.listeners else -1
        if at < 0:
            return world
        one = draw(
            (_of_rules if kind == "rules" and chosen.kind == "alb" else _of_listener)(chosen, chosen.listeners[at])
        )
        changed = replace(chosen, listeners=(*chosen.listeners[:at], one, *chosen.listeners[at + 1 :]))
    return replace(world, balancers=(*world.balancers[:place], changed, *world.balancers[place + 1 :]))


@st.composite
def _of_balancer(draw: st.DrawFn, world: World, one: Balancer) -> Balancer | None:
    what = draw(st.sampled_from(("public", "listener", "listener", "gone", "without")))
    if what == "public":
        return replace(one, is_public=not one.is_public)
    if what == "gone" and len(world.balancers) > 1:
        return None
    if what == "listener":
        names = {each.name for each in one.listeners}
        made = draw(st.one_of(secure(one.name, one.kind, 2), plain(one.name, one.kind)))
        return one if made.name in names else replace(one, listeners=(*one.listeners, made))
    return replace(one, listeners=one.listeners[1:]) if len(one.listeners) > 1 else one


def _of_listener(of: Balancer, one: Listener) -> st.SearchStrategy[Listener]:
    """A listener after one edit that its kind of load balancer allows."""
    targets = ("redirect", "svc") if of.kind == "cluster" else TARGETS
    # One that only loses its setting keeps its policy: the provider's property is optional and computed.
    named = policies.map(lambda one: one or DEFAULT_POLICY) if of.kind != "cluster" else st.sampled_from(tuple(SYSTEM))
    with_tls = one.protocol in ("HTTPS", "TCPSSL")
    edits: list[st.SearchStrategy[Listener]] = []
    if of.kind != "cluster" or not with_tls:
        edits.append(st.sampled_from(targets).map(lambda to: replace(one, default=to)))
    if of.kind == "alb" or (of.kind == "cluster" and with_tls):
        edits.append(networks.map(lambda listed: replace(one, networks=listed)))
    if with_tls:
        edits += [
            st.just(replace(one, verifies=not one.verifies)),
            authorities.map(lambda by: replace(one, authority=by)),
            named.map(lambda policy: replace(one, policy=policy)),
            st.just(replace(one, port=one.port + 1)),
        ]
    if with_tls and of.kind != "nlb":
        edits.append(st.just(replace(one, quic=not one.quic)))
    if with_tls and of.kind == "alb":
        edits.append(st.just(replace(one, protocol=PLAIN, verifies=False, policy="", quic=False)))
    return st.one_of(edits)


@st.composite
def _of_rules(draw: st.DrawFn, _: Balancer, one: Listener) -> Listener:
    what = draw(st.sampled_from(("add", "drop", "change", "first")))
    if what == "add" and len(one.rules) < 3:
        return replace(
            one,
            rules=(
                *one.rules,
                draw(rules(f"{one.name}-rule-{len(one.rules) + 5}", draw(st.sampled_from((5, 15, 25))))),
            ),
        )
    if not one.rules:
        return one
    head, *rest = one.rules
    if what == "drop":
        return replace(one, rules=tuple(rest))
    if what == "first":
        return replace(one, rules=(*rest, replace(head, priority=99)))
    return replace(one, rules=(draw(rules(head.name, head.priority)), *rest))


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
    hidden: tuple[int, str] | None = None
    """Place of the changed property that cannot be read, and what stands for it."""


tellings = st.builds(
    Telling,
    renamed=st.frozensets(st.integers(0, 20), max_size=2),
    replaced=st.frozensets(st.integers(0, 20), max_size=1),
    lists_apart=st.booleans(),
    entries_apart=st.booleans(),
    servers_apart=st.booleans(),
    actions_apart=st.booleans(),
    floats=st.booleans(),
    harmless=st.booleans(),
    hidden=st.one_of(
        st.none(), st.none(), st.none(), st.tuples(st.integers(0, 20), st.sampled_from(("unknown", "secret")))
    ),
)


@dataclass(frozen=True)
class Pair:
    """A stack before and after, and how the engine tells of it."""

    before: World
    after: World
    telling: Telling


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """One in six changes nothing but names."""
    before = draw(worlds())
    after = before
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 3)))):
        after = draw(edited(after))
    return Pair(before, after, draw(tellings))


Inputs = dict[str, Any]
