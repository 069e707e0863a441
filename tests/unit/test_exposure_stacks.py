"""Generated stacks, both fronts, judged by the preview and by a simulator of single requests that shares no code with it.

`make exposure` compares 20,000 pairs and prints its figures. Hypothesis shrinks a miss to the smallest stack that shows it.
"""

import os
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from exposure.facts import UNKNOWN
from mtlsedge.preview.alb_config import ANNOTATION, INGRESS, PORTS
from mtlsedge.preview.events import Preview
from mtlsedge.preview.findings import Findings, judge
from tests.unit.exposure_stacks import Pair, Telling, pairs
from tests.unit.exposure_told import preview
from tests.unit.exposure_world import AccessList, Balancer, Listener, World, less_safe

WHOLE = os.environ.get("MTLSEDGE_WHOLE") == "true"
PAIRS = 20_000 if WHOLE else 250
ALLOWED_ALARMS = 0.02
"""Share of the harmless pairs that may be called less safe, each for a reason of `EXPLAINED`."""
EXPLAINED = {
    "which cipher suites that adds is not published": "a policy of the vendor's and a custom one: nobody tells which suites the first has",
    "is not declared in the stack or hidden": "several policies are made at once, and none of their ids is known yet",
    "QUIC past mutual TLS": "QUIC at a listener that reaches nothing, or that lets in nobody",
    "plain HTTP past mutual TLS": "rules of several listeners that are made anew at once may be either's; patterns that together take what one took",
    "HTTPS past mutual TLS": "the same of a listener that asks for no certificate",
    "TCP past mutual TLS": "the same of a network load balancer",
    "UDP past mutual TLS": "the same of a network load balancer",
    "servers for": "servers that several listeners together let in as many to before, or of a listener that admits nobody",
    "servers over": "the same of its TLS",
    "servers at a public address": "the same of its address",
    "servers open to": "a rule that lets in what another one refuses",
    "network may connect": "a list of allowed networks that refuses everybody, or entries that only together hold another",
    "networks may connect": "a refusal that goes where nothing lets those networks in",
    "whether it reaches servers behind mutual TLS": "servers that are named by address or by a scaling group",
    "whether servers behind mutual TLS": "a policy whose suites nobody tells",
    "client verification off": "at a listener whose load balancer, or list, lets in nobody",
    "CA replaced": "the same",
    "TLS floor": "the same",
    "weaker TLS policy": "the same, or TLS 1.3 goes",
    "TLS off": "the same",
    "public address": "a load balancer whose lists let in nobody from there",
}
"""A part of a label, or of what is not judged -> why it may be said of a change that lets nobody in."""


@dataclass
class Tally:
    """What was compared."""

    counts: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    unexplained: list[tuple[str, Pair]] = field(default_factory=list)

    def add(self, pair: Pair, truth: list[str], found: Findings) -> None:
        """Counts one pair that was judged rightly, or too strictly."""
        self.counts["less safe" if truth else "harmless"] += 1
        if truth or found.exit_status == 0:
            return
        if pair.telling.hidden is not None:
            self.counts["harmless, with a property that cannot be read"] += 1
            return
        self.counts["false alarms"] += 1
        said = sorted(
            f"{one.label}: {one.detail}" if one.kind == "not-judged" else one.label for one in found.weakenings
        )
        kinds = [next((key for key in EXPLAINED if key in text), "") for text in said]
        self.alarms.update({kinds[0]})
        if not all(kinds):
            self.unexplained.append((said[kinds.index("")], pair))


def verdict(pair: Pair) -> tuple[list[str], Findings]:
    """What requests say, and what the preview says."""
    return less_safe(pair.before, pair.after), judge("p", "s", preview(pair))


def test_no_generated_change_lets_a_request_in_unsaid() -> None:
    """Of generated changes none that is less safe passes, few that are harmless are flagged, and each of those is explained."""
    tally = Tally()

    @seed(11)
    @settings(
        max_examples=PAIRS, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False,
    )  # fmt: skip
    @given(pairs())
    def compare(pair: Pair) -> None:
        truth, found = verdict(pair)
        assert not truth or found.exit_status, f"passes, although {truth[:3]}"
        tally.add(pair, truth, found)

    compare()
    print(dict(tally.counts), dict(tally.alarms))
    assert not tally.unexplained, tally.unexplained[0]
    assert tally.counts["less safe"] > PAIRS // 20
    if WHOLE:
        assert tally.counts["false alarms"] < ALLOWED_ALARMS * tally.counts["harmless"], tally.alarms


WEB = {"web": frozenset({"i-1:80"}), "empty": frozenset()}
GUARD = Listener("one", 443, "HTTPS", verifies=True, authority="ca-a", policy="tls_cipher_policy_1_2_strict", default="web",
                 networks=AccessList("White", frozenset({"10.0.0.0/8"})))  # fmt: skip


def with_second(**different: object) -> Pair:
    """A second listener to the same servers, with what is different about it."""
    same = {"verifies": True, "authority": "ca-a", "policy": GUARD.policy, "default": "web", "networks": GUARD.networks}
    second = Listener("two", 8443, "HTTPS", **{**same, **different})  # type: ignore[arg-type]
    before, after = (Balancer("alb-1", "alb", True, listeners) for listeners in ((GUARD,), (GUARD, second)))
    return Pair(World((before,), WEB), World((after,), WEB), Telling())


def said_of(**different: object) -> list[str]:
    """Kinds of findings on it; the simulator agrees on whether there are any."""
    pair = with_second(**different)
    truth, found = verdict(pair)
    assert bool(truth) == bool(found.weakenings)
    return [one.kind for one in found.weakenings]


def test_another_listener_to_the_same_servers_asks_as_much() -> None:
    """Another CA, wider networks and weaker TLS are found; as much, or more, is not."""
    assert said_of() == []
    assert said_of(networks=AccessList("White", frozenset({"10.1.0.0/16"}))) == []
    assert said_of(default="empty", authority="ca-b") == []
    assert said_of(authority="ca-b") == ["authority-replaced"]
    assert said_of(networks=None) == ["networks-widened"]
    assert said_of(policy="tls_cipher_policy_1_2") == ["tls-weaker"]
    assert "tls-floor-lowered" in said_of(policy="tls_cipher_policy_1_0")


@pytest.mark.parametrize(
    "metadata", [UNKNOWN, {"annotations": UNKNOWN}, {"annotations": {ANNOTATION + PORTS: UNKNOWN}}]
)
def test_an_ingress_whose_ports_are_hidden_is_not_judged(metadata: object) -> None:
    """On which listeners it answers cannot be told: a finding, where there was a traceback. Told, there is none."""
    guard = Balancer("cluster-1", "cluster", False, (replace(GUARD, name="cluster-1-tls", default="svc"),))
    world = World((guard,), {"svc": frozenset({"pod:80"})})
    told = preview(Pair(world, world, Telling()))
    assert judge("p", "s", told).weakenings == ()
    (ingress,) = (one for one in told.changes if one.type == INGRESS)
    changed = replace(ingress, operation="update", new={**(ingress.new or {}), "metadata": metadata})
    hidden = judge("p", "s", Preview((*(one for one in told.changes if one is not ingress), changed)))
    assert [one.kind for one in hidden.weakenings] == ["not-judged"]
