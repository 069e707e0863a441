"""A world of load balancers, and what becomes of single requests in it. Shares nothing with `exposure`.

The simulator tries every request of a small set: from which network, with which certificate, with which handshake, to
which load balancer and port, for which host, path and header. `less_safe` says what a change lets in.
"""

import re
from dataclasses import dataclass, field
from itertools import product

NETWORKS = {"10.1.0.9": "private", "10.2.0.9": "private", "203.0.113.9": "public", "198.51.100.9": "public",
            "9.9.9.9": "public"}  # fmt: skip
"""Source address -> whether it is of the balancer's own network."""
CIDRS = {
    "10.1.0.0/16": {"10.1.0.9"}, "10.0.0.0/8": {"10.1.0.9", "10.2.0.9"}, "203.0.113.0/24": {"203.0.113.9"},
    "203.0.113.9/32": {"203.0.113.9"}, "0.0.0.0/0": set(NETWORKS), "0.0.0.0/1": {"10.1.0.9", "10.2.0.9", "9.9.9.9"},
}  # fmt: skip
"""Entry of a list -> the source addresses in it."""
SIX = "2001:db8::9"
PEER = "10.3.0.9"
ADDRESSES = {**NETWORKS, SIX: "public", PEER: "private"}
"""Source addresses that a security group may let in; no balancer here has an IPv6 address, and the peer asks none."""
GROUP, PREFIXES = "sg-peers", ("pl-inner", "pl-outer")
RANGES = {
    **CIDRS, "::/0": {SIX}, GROUP: {PEER}, PREFIXES[0]: {"10.2.0.9"}, PREFIXES[1]: {"203.0.113.9"},
    "10.0.0.0/8": {*CIDRS["10.0.0.0/8"], PEER}, "0.0.0.0/0": {*NETWORKS, PEER}, "0.0.0.0/1": {*CIDRS["0.0.0.0/1"], PEER},
}  # fmt: skip
"""Source of a security group's rule, a network or another group or a list of prefixes -> the addresses in it."""
CERTIFICATES = ("", "ca-a", "ca-b")
"""Who signed what the client shows; empty: it shows none."""
WEAK = ("AES128-SHA", "AES256-SHA")
"""Cipher suites without forward secrecy."""
STRONG = "ECDHE-RSA-AES128-GCM-SHA256"
HANDSHAKES = ("1.0", "1.1", *WEAK, STRONG)
"""All that a client can do; one of TLS 1.3 can do the strong suite too, where that is all there is."""
SYSTEM = {
    "tls_cipher_policy_1_0": HANDSHAKES, "tls_cipher_policy_1_1": HANDSHAKES[1:], "tls_cipher_policy_1_2": HANDSHAKES[2:],
    "tls_cipher_policy_1_2_strict": (STRONG,), "tls_cipher_policy_1_2_strict_with_1_3": (STRONG,),
}  # fmt: skip
"""System policy -> the handshakes that it takes [ALB user guide, TLS security policies]."""
DEFAULT_POLICY = "tls_cipher_policy_1_0"
HOSTS, PATHS = ("a.example", "b.example", "c.example", "ab.example", "other.test"), ("/", "/a", "/a/x", "/ab", "/b")
ASKED = tuple(product(HOSTS, PATHS, (False, True)))
PLAIN, TLS, OVER_TCP = "HTTP", ("HTTPS", "TCPSSL"), ("TCP", "UDP", "TCPSSL")
OLD = ("1.0", "1.1")
SERVER_PORT = 80


@dataclass(frozen=True)
class Rule:
    """A forwarding rule; without hosts or paths it asks for any."""

    name: str
    priority: int
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    header: bool
    to: str
    """A group, or `redirect`."""


@dataclass(frozen=True)
class AccessList:
    """Networks that a listener lets in (`White`), or does not (`Black`)."""

    kind: str
    entries: frozenset[str]


@dataclass(frozen=True)
class Policy:
    """A custom TLS policy."""

    versions: tuple[str, ...]
    ciphers: tuple[str, ...]


@dataclass(frozen=True)
class Listener:
    """A port of a load balancer."""

    name: str
    port: int
    protocol: str
    verifies: bool = False
    authority: str = ""
    policy: str | Policy = ""
    networks: AccessList | None = None
    default: str = "empty"
    rules: tuple[Rule, ...] = ()
    quic: bool = False


@dataclass(frozen=True)
class Balancer:
    """A load balancer of ALB, of NLB, or one that a cluster keeps."""

    name: str
    kind: str
    is_public: bool
    listeners: tuple[Listener, ...]
    groups: frozenset[str] = frozenset()
    """Security groups that it is in."""


@dataclass(frozen=True)
class Gate:
    """A rule of a load balancer's security group. Of those about one visitor the lowest priority counts, then who refuses."""

    name: str
    group: str
    network: str
    ports: tuple[int, int]
    refuses: bool
    priority: int


@dataclass(frozen=True)
class Opening:
    """A rule of the servers' security group."""

    name: str
    network: str
    ports: tuple[int, int]
    refuses: bool = False
    leaves: bool = False
    """Whether it is about requests that the servers make."""


@dataclass(frozen=True)
class World:
    """Everything that lets requests in."""

    balancers: tuple[Balancer, ...]
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    openings: tuple[Opening, ...] = ()
    gates: tuple[Gate, ...] = ()
    others: int = 0
    """Version of a balancer of another service, which may lead anywhere."""


Visitor = tuple[str, str, str]
"""Source address, certificate, handshake; of a listener without TLS the last is `none`."""
Seen = dict[tuple[str, str, str], tuple[set[Visitor], dict[tuple[str, str, bool], frozenset[str]]]]
"""Balancer, listener and transport -> who is admitted, and which servers answer what is asked there."""


def seen(world: World, doubted: frozenset[str] = frozenset()) -> Seen:
    """What becomes of every request. At the listeners `doubted` an empty list of allowed networks lets in nobody.

    One page of the vendor's says so, another that it lets in everybody: what changes is held against the first.
    """
    found: Seen = {}
    for balancer in world.balancers:
        for one in balancer.listeners:
            turned_away = _turned_away(balancer, one, world.gates)
            admitted = {
                who
                for who in _visitors(one)
                if who[0] not in turned_away and _is_let_in(balancer, one, who, doubted=one.name in doubted)
            }
            answers = {asked: _answer(world, one, *asked) for asked in ASKED}
            found[balancer.name, one.name, "tcp"] = admitted, answers
            if one.quic:
                quic = {(source, "", STRONG) for source, *_ in admitted}
                found[balancer.name, one.name, "udp"] = quic, answers
    return found


def is_entered(balancer: Balancer, one: Listener, gates: tuple[Gate, ...]) -> bool:
    """Whether a listener lets in anybody."""
    turned_away = _turned_away(balancer, one, gates)
    return any(who[0] not in turned_away and _is_let_in(balancer, one, who, doubted=False) for who in _visitors(one))


def _turned_away(balancer: Balancer, one: Listener, gates: tuple[Gate, ...]) -> set[str]:
    """Addresses that the load balancer's security groups refuse. Whom no rule is about, ALB's own group lets in."""
    found = set()
    for source in NETWORKS:
        about = [
            (gate.priority, not gate.refuses)
            for gate in gates
            if gate.group in balancer.groups
            and source in CIDRS[gate.network]
            and gate.ports[0] <= one.port <= gate.ports[1]
        ]
        if about and not min(about)[1]:
            found.add(source)
    return found


def _visitors(one: Listener) -> list[Visitor]:
    return list(product(NETWORKS, CERTIFICATES, HANDSHAKES if one.protocol in TLS else ("none",)))


def _is_let_in(balancer: Balancer, one: Listener, who: Visitor, *, doubted: bool) -> bool:
    source, certificate, handshake = who
    if NETWORKS[source] == "public" and not balancer.is_public:
        return False
    if one.networks is not None and not _lists_let_in(one.networks, source, doubted=doubted):
        return False
    if one.protocol not in TLS:
        return certificate == ""
    return handshake in _taken(one.policy) and (certificate == one.authority if one.verifies else certificate == "")


def _lists_let_in(networks: AccessList, source: str, *, doubted: bool) -> bool:
    listed = any(source in CIDRS[entry] for entry in networks.entries)
    if not networks.entries:
        return not (doubted and networks.kind == "White")
    return listed is (networks.kind == "White")


def _taken(policy: str | Policy) -> tuple[str, ...]:
    if isinstance(policy, str):
        return SYSTEM[policy or DEFAULT_POLICY]
    old = tuple(version.removeprefix("TLSv") for version in policy.versions if version in ("TLSv1.0", "TLSv1.1"))
    return (*old, *policy.ciphers)


def _answer(world: World, one: Listener, host: str, path: str, header: bool) -> frozenset[str]:
    for rule in sorted(one.rules, key=lambda each: each.priority):
        if _any(rule.hosts, host) and _any(rule.paths, path) and (header or not rule.header):
            return world.groups.get(rule.to, frozenset())
    return world.groups.get(one.default, frozenset())


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or any(
        re.fullmatch(re.escape(one).replace(r"\*", ".*").replace(r"\?", "."), text) for one in patterns
    )


def less_safe(before: World, after: World) -> list[str]:
    """What a change lets in that was not, each as a sentence; nothing where no request gets further."""
    lists = {one.name: one.networks for balancer in after.balancers for one in balancer.listeners}
    changed = (
        one.name for balancer in before.balancers for one in balancer.listeners if lists.get(one.name) != one.networks
    )
    was, now = seen(before, frozenset(changed)), seen(after)
    return sorted({*_without_proof(was, now), *_with_another_proof(was, now), *_at_listeners(was, now, before, after),
                   *_past_the_balancer(before, after), *_elsewhere(before, after)})  # fmt: skip


def _guarded(found: Seen) -> set[str]:
    """Servers that somebody reaches with a certificate."""
    return {
        server
        for admitted, answers in found.values()
        if any(certificate for _, certificate, _ in admitted)
        for servers in answers.values()
        for server in servers
    }


def _without_proof(was: Seen, now: Seen) -> set[str]:
    """Requests without a certificate that get to a guarded server, or in clear to any where they got to none."""
    told, guarded = set(), _guarded(was)
    for key, (admitted, answers) in now.items():
        sources = {(source, handshake) for source, certificate, handshake in admitted if not certificate}
        old_admitted, old_answers = was.get(key) or was.get((*key[:2], "tcp"), (set(), {}))
        before = {(source, handshake) for source, certificate, handshake in old_admitted if not certificate}
        for asked, servers in answers.items():
            old = old_answers.get(asked, frozenset())
            for who in sources:
                had = old if who in before else frozenset()
                if guarded & servers - had:
                    told.add(f"{who} reaches {sorted(guarded & servers - had)} at {key} without a certificate")
                elif servers and not had and who[1] == "none" and key[0].startswith(("alb", "cluster")):
                    told.add(f"{who} reaches {sorted(servers)} at {key} in clear")
    return told


def _with_another_proof(was: Seen, now: Seen) -> set[str]:
    """Servers that others, or others from elsewhere or with a weaker handshake, get to with a certificate."""
    before, after = _who(was), _who(now)
    told = set()
    for server, visitors in after.items():
        for who in visitors:
            if who[1] and server in before and not _is_no_news(who, before[server]):
                told.add(f"{who} reaches {server}")
    return told


def _is_no_news(who: Visitor, before: set[Visitor]) -> bool:
    """Whether somebody with no more than this was let in already: what asks for less lets in those with more too."""
    source, _, handshake = who
    return bool({who, (source, "", handshake), (source, "", "none")} & before)


def _who(found: Seen) -> dict[str, set[Visitor]]:
    who: dict[str, set[Visitor]] = {}
    for admitted, answers in found.values():
        for server in frozenset().union(*answers.values()):
            who.setdefault(server, set()).update(one for one in admitted)
    return who


def _at_listeners(was: Seen, now: Seen, before: World, after: World) -> set[str]:
    """Visitors whom a listener that was there before refused, whatever it serves."""
    told = set()
    for key, (admitted, _) in now.items():
        if (before_at := was.get(key) or was.get((*key[:2], "tcp"))) is not None:
            told |= {f"{who} enters {key}" for who in admitted if not _is_no_news(who, before_at[0])}
    old = {one.name for balancer in before.balancers for one in balancer.listeners}
    for balancer in after.balancers:
        for one in balancer.listeners:
            if one.name not in old and one.protocol in TLS and _takes_anybody(one):
                told.add(f"{one.name} is new and takes anybody or old handshakes")
    old_names = {one.name: one.is_public for one in before.balancers}
    return told | {
        f"{one.name} becomes public" for one in after.balancers if one.is_public and not old_names.get(one.name, True)
    }


def _takes_anybody(one: Listener) -> bool:
    """Whether a listener with TLS asks for no certificate, over QUIC perhaps, or takes old handshakes."""
    return not one.verifies or one.quic or bool(set(_taken(one.policy)) & set(OLD))


def _elsewhere(before: World, after: World) -> set[str]:
    """Nobody here can say where a balancer of another service leads from now on."""
    return {"another service's balancer changes"} if after.others and after.others != before.others else set()


HALF = "9.9.9.9"
"""In 0.0.0.0/1 and in no narrower network of the generator's."""


def _past_the_balancer(before: World, after: World) -> set[str]:
    """Public addresses that get straight to a guarded server's port; to any port, where half of all of them now do or all.

    An address that a rule refused counts whatever it is: somebody had said that it shall not get there.
    """
    was, now = _direct(before), _direct(after)
    refused = {
        (source, port)
        for source, port in now - was
        if any(_covers(one, source, port) for one in before.openings if one.refuses)
    }
    new = {one for one in now - was if ADDRESSES[one[0]] == "public"}
    ports = {int(server.split(":")[1]) for server in _guarded(seen(before))}
    public = {source for source, kind in NETWORKS.items() if kind == "public"}
    everywhere = {
        port for source, port in new if source in (HALF, SIX) or public <= {one for one, at in now if at == port}
    }
    around = refused | {one for one in new if one[1] in {*ports, *everywhere}}
    return {f"{one} reaches servers past the balancer" for one in around}


def _direct(world: World) -> set[tuple[str, int]]:
    return {
        (source, port)
        for source, port in product(ADDRESSES, (22, SERVER_PORT))
        if any(_covers(one, source, port) for one in world.openings if not one.refuses)
        and not any(_covers(one, source, port) for one in world.openings if one.refuses)
    }


def _covers(one: Opening, source: str, port: int) -> bool:
    return not one.leaves and source in RANGES[one.network] and one.ports[0] <= port <= one.ports[1]
