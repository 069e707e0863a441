"""A year with the clock moved, without an engine: the provider's own decisions, run after run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from mtlsedge_components.x509.renewal import reasons_to_replace, renewal_notice
from settings.model import Subject, SubjectAlternativeNames
from tests.unit.test_x509_family import NO_NAMES, NOW, family

KEY = generate("ecdsa-p256")
NAMES = SubjectAlternativeNames(uri=("urn:example:alice",))
UNCHANGED: Mapping[str, Any] = {
    "profile": "client", "subject": {"common_name": "alice"}, "names": {"uri": ["urn:example:alice"]},
    "public_key_pem": public_pem(KEY), "csr_pem": "",
}  # fmt: skip


@dataclass
class Stack:
    """One client certificate in state, and every one that was made; `run` is an `up`."""

    validity: int
    window: int
    issuer: Issuer
    state: dict[str, Any] = field(default_factory=dict)
    made: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def inputs(self) -> dict[str, Any]:
        """What the program asks for, the same in every run."""
        return {
            **UNCHANGED, "validity_days": self.validity, "renew_before_days": self.window,
            "issuer_certificate_pem": self.issuer.certificate_pem,
        }  # fmt: skip

    def run(self, now: datetime) -> bool:
        """Whether a certificate was made in this run."""
        if self.state and not reasons_to_replace(self.state, self.inputs, now):
            return False
        request = Request(Profile.CLIENT, Subject("alice"), NAMES, self.validity, self.inputs["public_key_pem"])
        issued = issue(request, self.issuer, now)
        self.state = {**self.inputs, "not_after": issued.not_after}
        self.made.append((now, issued.not_after))
        return True

    @property
    def end(self) -> datetime:
        """When the certificate in state ends."""
        return datetime.fromisoformat(self.state["not_after"])


ISSUER = family().issuing
STEPS = st.lists(st.integers(min_value=1, max_value=24 * 40), min_size=5, max_size=40)


@settings(max_examples=60)
@given(st.integers(min_value=2, max_value=120), st.data(), STEPS)
def test_a_year_of_runs(validity: int, data: st.DataObject, hours: list[int]) -> None:
    """Renewed in the window and never before it; the run after is quiet; whoever runs once a window never lapses."""
    window = data.draw(st.integers(min_value=1, max_value=validity - 1))
    stack, now = Stack(validity, window, ISSUER), NOW
    stack.run(now)
    for step in hours:
        before = stack.end
        now += timedelta(hours=min(step, window * 24))
        if now > NOW + timedelta(days=365):
            break
        assert now <= before, "the certificate lapsed between two runs"
        renewed = stack.run(now)
        assert renewed == (now >= before - timedelta(days=window))
        assert not stack.run(now)
        assert stack.end > now


@settings(max_examples=40)
@given(st.integers(min_value=1, max_value=90), st.integers(min_value=1, max_value=120), STEPS)
def test_nothing_outlives_its_issuer(root_days: int, validity: int, hours: list[int]) -> None:
    """Near the issuer's end a certificate is cut to it, and then kept: the next one could not last longer."""
    root = Issuer(
        issue_root(
            Request(Profile.ROOT, Subject("Root"), NO_NAMES, root_days, public_pem(ROOT_KEY)), ROOT_KEY, NOW
        ).certificate_pem,
        ROOT_KEY,
    )
    end = NOW + timedelta(days=root_days)
    stack, now = Stack(validity, max(0, min(10, validity - 1)), root), NOW
    stack.run(now)
    for step in hours:
        now += timedelta(hours=step)
        if now >= end:
            break
        stack.run(now)
        assert stack.end <= end
    assert len({made for made, _ in stack.made}) == len(stack.made)


ROOT_KEY = generate("ecdsa-p256")


def test_a_renewal_says_why_and_since_when() -> None:
    """One line with who, the end and the day the window opened; nothing outside the window or for a changed identity."""
    stack = Stack(30, 10, ISSUER)
    stack.run(NOW)
    inside = stack.end - timedelta(days=3)
    notice = renewal_notice(stack.state, stack.inputs, inside)
    assert "client certificate of alice is renewed: it ends on" in notice
    assert f"{stack.end:%Y-%m-%d}" in notice
    assert f"window of 10 days opened on {stack.end - timedelta(days=10):%Y-%m-%d}" in notice
    assert "expired on" in renewal_notice(stack.state, stack.inputs, stack.end)
    assert renewal_notice(stack.state, stack.inputs, stack.end - timedelta(days=11)) == ""
    assert renewal_notice(stack.state, {**stack.inputs, "validity_days": 31}, inside) == ""
