"""Generated stacks, both entry points, judged by the preview and by a simulator of single requests that shares no code with it.

`make exposure` compares 20,000 pairs and prints its figures. A miss is shrunk to the smallest stack that shows it.
"""

import os
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from exposure.alb_config import ANNOTATION, INGRESS, PORTS
from exposure.facts import UNKNOWN
from exposure.page import STRICT
from mtlsedge.preview.events import Preview
from mtlsedge.preview.findings import Findings, judge
from tests.unit.exposure_shrinking import shrunk
from tests.unit.exposure_stacks import Pair, Telling, pair
from tests.unit.exposure_told import preview
from tests.unit.exposure_world import AccessList, Balancer, Listener, World, less_safe

WHOLE = os.environ.get("MTLSEDGE_WHOLE") == "true"
PAIRS = 20_000 if WHOLE else 250
ALLOWED_ALARMS = 0.02
"""Share of the harmless pairs that may be called less safe, each for a reason of `exposure.page.STRICT`."""


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
        is_alarm = any(one.kind != "not-judged" for one in found.weakenings)
        self.counts["false alarms" if is_alarm else "harmless, not judged"] += 1
        said = sorted(
            f"{one.label}: {one.detail}" if one.kind == "not-judged" else one.label for one in found.weakenings
        )
        kinds = [next((key for key in STRICT if key in text), "") for text in said]
        self.alarms.update({kinds[0]})
        if not all(kinds):
            self.unexplained.append((said[kinds.index("")], pair))


def verdict(pair: Pair) -> tuple[list[str], Findings]:
    """What requests say, and what the preview says."""
    return less_safe(pair.before, pair.after), judge("p", "s", preview(pair))


def is_missed(pair: Pair) -> bool:
    """Whether a pair passes although a request is let in."""
    truth, found = verdict(pair)
    return bool(truth) and not found.exit_status


@pytest.mark.timeout(3_600 if WHOLE else 300)
def test_no_generated_change_lets_a_request_in_unsaid() -> None:
    """Of generated changes none that is less safe passes, few that are harmless are flagged, and each of those is explained."""
    tally = Tally()
    for number in range(PAIRS):
        one = pair(number)
        truth, found = verdict(one)
        if truth and not found.exit_status:
            smallest = shrunk(one, is_missed)
            pytest.fail(f"pair {number} passes, although {verdict(smallest)[0][:3]}:\n{smallest}")
        tally.add(one, truth, found)
    print(f"\n{PAIRS} pairs, misses 0, {dict(tally.counts)}, false alarms: {dict(tally.alarms.most_common())}")
    assert not tally.unexplained, tally.unexplained[0]
    assert tally.counts["less safe"] > PAIRS // 5
    assert tally.counts["false alarms"] < ALLOWED_ALARMS * tally.counts["harmless"] or not WHOLE, tally.alarms


def test_a_miss_is_shown_as_the_smallest_stack_that_has_it() -> None:
    """Of a stack with much around it stays the one thing that is missed: here, that a listener offers QUIC."""

    def gains_quic(one: Pair) -> bool:
        def offers(world: World) -> bool:
            return any(each.quic for balancer in world.balancers for each in balancer.listeners)

        return offers(one.after) and not offers(one.before)

    large = next(one for one in map(pair, range(1_000)) if gains_quic(one) and len(one.before.balancers) == 2)
    small = shrunk(large, gains_quic)
    assert gains_quic(small)
    assert small.telling == Telling()
    assert [(len(one.listeners), one.listeners[0].rules) for one in small.after.balancers] == [(1, ())]
    assert small.after.openings == ()


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
    truth, found = verdict(with_second(**different))
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
