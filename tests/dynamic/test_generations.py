"""The ledger of generations, and kept and bridging certificates, through the provider process."""

from collections.abc import Callable

import pytest

from mtlsedge_components.dynamic.certificate import CertificateProvider
from mtlsedge_components.dynamic.generation_ledger import GenerationLedgerProvider
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.x509.constraints import name_constraints
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from settings.model import NameConstraints, Subtrees
from tests.dynamic.process import ProviderProcess

BOTH = {"generations": ["2026", "2027"], "issuing": "2027", "trusted": "2027", "undeclared": [], "accept_lockout": []}
KEYS = {name: generate("ecdsa-p256") for name in ("old", "new", "alice")}
NO_NAMES: dict = {"dns": [], "email": [], "uri": []}


def refusals(provider: ProviderProcess, olds: dict, **changes: object) -> str:
    """What the ledger says to a changed plan."""
    return " ".join(provider.check(GenerationLedgerProvider, {**olds, **changes}, olds).values())


def test_a_first_plan_is_taken_and_an_unchanged_one_is_quiet(provider: ProviderProcess) -> None:
    """Nothing before it: no refusal. The same again: no change, whoever has declared what in the meantime."""
    assert provider.check(GenerationLedgerProvider, BOTH) == {}
    assert provider.diff(GenerationLedgerProvider, BOTH, {**BOTH, "undeclared": ["alice"]}) == ("DIFF_NONE", [])


def test_another_plan_is_an_update_in_place(provider: ProviderProcess) -> None:
    """A role that moves is an update, and the outputs follow."""
    news = {**BOTH, "trusted": "2026"}
    assert provider.diff(GenerationLedgerProvider, BOTH, news) == ("DIFF_SOME", [])
    assert provider.update(GenerationLedgerProvider, "generations", BOTH, news)["trusted"] == "2026"


def test_a_generation_in_use_is_not_removed(provider: ProviderProcess) -> None:
    """Neither the trusted one of the last run, nor the one that clients carry by default."""
    assert "2027 is removed while it is issuing and trusted" in refusals(
        provider, BOTH, generations=["2026"], issuing="2026", trusted="2026"
    )
    assert "client alice carries it" in refusals(provider, BOTH, generations=["2027"], undeclared=["alice"])
    assert refusals(provider, BOTH, generations=["2027"]) == ""


def test_a_newcomer_does_not_pass_for_the_oldest(provider: ProviderProcess) -> None:
    """A new generation whose name sorts before an existing one is refused; one that sorts after is taken."""
    alone = {**BOTH, "generations": ["2027"]}
    assert "2026 is new and sorts before 2027" in refusals(provider, alone, generations=["2026", "2027"])
    assert refusals(provider, alone, generations=["2027", "2028"]) == ""


def test_what_was_fetched_after_a_step_back_is_written_down_first(provider: ProviderProcess) -> None:
    """The older generation issued: forward again only with its `delivered` taken back, or the client given up."""
    back = {**BOTH, "issuing": "2026", "trusted": "2026", "delivered": {"alice": "2027", "bob": "2026"}}
    forward = {"issuing": "2027"}
    said = refusals(provider, back, **forward)
    assert "client alice may have fetched a certificate of generation 2026" in said
    assert "bob" not in said
    assert refusals(provider, back, **forward, delivered={"alice": "2026", "bob": "2026"}) == ""
    assert refusals(provider, back, **forward, delivered={"bob": "2026"}) == ""
    assert refusals(provider, back, **forward, accept_lockout=["alice"]) == ""
    assert refusals(provider, back, trusted="2026") == ""


def test_a_state_from_before_deliveries_were_remembered_is_taken(provider: ProviderProcess) -> None:
    """No refusal, and no update for what it does not know."""
    old = {**BOTH, "issuing": "2026", "trusted": "2026"}
    news = {**old, "issuing": "2027", "delivered": {"alice": "2027"}}
    assert provider.check(GenerationLedgerProvider, news, old) == {}
    assert provider.diff(GenerationLedgerProvider, old, {**old, "delivered": {"alice": "2027"}}) == ("DIFF_NONE", [])


@pytest.fixture(scope="module")
def roots(provider: ProviderProcess) -> dict[str, dict]:
    """Two roots as the stack makes them."""
    return {name: provider.create(CertificateProvider, _root(name))[1] for name in ("old", "new")}


def _root(name: str) -> dict:
    return {
        "profile": "root", "subject": {"common_name": f"{name} root"}, "names": NO_NAMES, "validity_days": 3650,
        "renew_before_days": 0, "public_key_pem": public_pem(KEYS[name]), "csr_pem": "", "issuer_certificate_pem": "",
        "issuer_private_key_pem": KEYS[name], "path_length": 2, "generation": name, "immutable": True,
    }  # fmt: skip


def _bridge(roots: dict[str, dict], latest_end: str = "") -> dict:
    return {
        **_root("new"), "profile": "bridge", "path_length": None, "latest_end": latest_end,
        "issuer_certificate_pem": roots["old"]["certificate_pem"], "issuer_private_key_pem": KEYS["old"],
    }  # fmt: skip


def test_a_bridge_ends_no_later_than_the_root_it_is_for(provider: ProviderProcess, roots: dict[str, dict]) -> None:
    """`latest_end` cuts its validity; its subject and key are the certified root's."""
    _, made = provider.create(CertificateProvider, _bridge(roots, "2027-01-01T00:00:00Z"))
    facts = inspect(made["certificate_pem"])
    assert facts.not_after == "2027-01-01T00:00:00Z"
    assert (facts.common_name, facts.issuer) == ("new root", "CN=old root")
    assert facts.key_fingerprint == inspect(roots["new"]["certificate_pem"]).key_fingerprint


def test_an_end_in_the_past_is_one_clear_error(
    provider: ProviderProcess, roots: dict[str, dict], refused: Callable[..., str]
) -> None:
    """A root that is over cannot be vouched for; the message says so without a traceback or a key."""
    said = refused(provider.create, CertificateProvider, _bridge(roots, "2026-01-01T00:00:00Z"))
    assert "before it begins" in said
    assert "PRIVATE" not in said and "Traceback" not in said


def _leaf(roots: dict[str, dict], **changes: object) -> dict:
    return {
        "profile": "client", "subject": {"common_name": "alice"}, "names": {**NO_NAMES, "uri": ["urn:example:alice"]},
        "validity_days": 30, "renew_before_days": 10, "public_key_pem": public_pem(KEYS["alice"]), "csr_pem": "",
        "issuer_certificate_pem": roots["old"]["certificate_pem"], "issuer_private_key_pem": KEYS["old"],
        "generation": "", "immutable": False, "kept": False, **changes,
    }  # fmt: skip


def test_a_kept_certificate_stays_whatever_changes(spawn: Callable, provider: ProviderProcess, roots: dict) -> None:
    """Neither time nor another subject, key or validity touches it; without the mark each of them does."""
    _, made = provider.create(CertificateProvider, _leaf(roots))
    later = spawn(now="2027-06-01T00:00:00Z")
    for change in ({}, {"validity_days": 31}, {"subject": {"common_name": "bob"}}, {"public_key_pem": UNKNOWN}):
        news = _leaf(roots, kept=True, **change)
        assert later.check(CertificateProvider, news, _leaf(roots)) == {}
        assert later.diff(CertificateProvider, made, news) == ("DIFF_NONE", [])
        assert later.diff(CertificateProvider, made, _leaf(roots, **change))[0] == "DIFF_SOME"


def test_keeping_and_no_longer_keeping_is_no_change(provider: ProviderProcess, roots: dict[str, dict]) -> None:
    """A generation that issues again finds its certificates as they were."""
    _, made = provider.create(CertificateProvider, _leaf(roots, kept=True))
    assert provider.diff(CertificateProvider, made, _leaf(roots)) == ("DIFF_NONE", [])


LIMITS = {"permitted": {"dns": ["example.com"]}}


def test_a_ca_carries_its_name_constraints(provider: ProviderProcess) -> None:
    """What the inputs say stands in the certificate and in the state; a root without has no trace of them."""
    _, made = provider.create(CertificateProvider, {**_root("new"), "name_constraints": LIMITS})
    assert name_constraints(made["certificate_pem"]) == NameConstraints(Subtrees(dns=("example.com",)))
    assert made["name_constraints"] == LIMITS
    _, plain = provider.create(CertificateProvider, _root("new"))
    assert name_constraints(plain["certificate_pem"]) == NameConstraints()
    assert "name_constraints" not in plain


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, LIMITS, "found {'permitted': {'dns': ['example.com']}}, it was created with nothing"),
        (LIMITS, None, "found nothing, it was created with {'permitted': {'dns': ['example.com']}}"),
        (LIMITS, {"permitted": {"dns": ["example.org"]}}, "found {'dns': ['example.org']}"),
    ],
)
def test_name_constraints_of_a_generation_do_not_change(
    provider: ProviderProcess, before: dict | None, after: dict | None, said: str
) -> None:
    """Added, removed or changed: refused, in a preview too; another generation is the way. The same is no change."""
    olds, news = ({**_root("new"), "name_constraints": limits} for limits in (before, after))
    [problem] = provider.check(CertificateProvider, news, olds).values()
    assert said in problem
    assert "add a new generation instead" in problem
    assert provider.check(CertificateProvider, olds, olds) == {}


def test_an_authority_from_before_name_constraints_stays_as_it_is(provider: ProviderProcess) -> None:
    """State without the property, inputs without the setting: no refusal and no difference."""
    _, made = provider.create(CertificateProvider, _root("old"))
    assert provider.check(CertificateProvider, _root("old"), _root("old")) == {}
    assert provider.diff(CertificateProvider, made, _root("old")) == ("DIFF_NONE", [])


def test_no_leaf_outside_is_signed(provider: ProviderProcess, refused: Callable[..., str]) -> None:
    """Should the settings' check be passed by, the provider refuses too: nothing is issued."""
    _, root = provider.create(CertificateProvider, {**_root("old"), "name_constraints": LIMITS})
    inside, outside = ({**NO_NAMES, "dns": [host]} for host in ("a.example.com", "a.example.org"))
    assert provider.create(CertificateProvider, _leaf({"old": root}, names=inside))
    said = refused(provider.create, CertificateProvider, _leaf({"old": root}, names=outside))
    assert "dns 'a.example.org', allowed host names in example.com" in said
