"""PrivateKey and Certificate through the provider process."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge_components.dynamic.certificate import CertificateProvider
from mtlsedge_components.dynamic.private_key import PrivateKeyProvider
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, private_key_fingerprint, public_key_fingerprint, public_pem
from tests.dynamic.process import ProviderProcess

PLANTED = "c2VjcmV0LXBsYW50ZWQtaW4tYS1rZXk"


@pytest.fixture(scope="module")
def root_key() -> str:
    """Private key of the root."""
    return generate("ecdsa-p256")


@pytest.fixture(scope="module")
def root_inputs(root_key: str) -> dict:
    """Inputs of an immutable root."""
    return {
        "profile": "root",
        "subject": {"common_name": "Test Root", "organization": "Acme"},
        "names": {"dns": [], "email": [], "uri": []},
        "validity_days": 3650,
        "renew_before_days": 0,
        "public_key_pem": public_pem(root_key),
        "csr_pem": "",
        "issuer_certificate_pem": "",
        "issuer_private_key_pem": root_key,
        "generation": "2026",
        "immutable": True,
    }


@pytest.fixture(scope="module")
def root(provider: ProviderProcess, root_inputs: dict) -> dict:
    """Outputs of the root."""
    return provider.create(CertificateProvider, root_inputs)[1]


@pytest.fixture(scope="module")
def client_inputs(root: dict, root_key: str) -> dict:
    """Inputs of a client's certificate: 30 days, renewed 10 days before the end."""
    return {
        "profile": "client",
        "subject": {"common_name": "alice"},
        "names": {"dns": [], "email": ["alice@example.test"], "uri": []},
        "validity_days": 30,
        "renew_before_days": 10,
        "public_key_pem": public_pem(generate("ecdsa-p256")),
        "csr_pem": "",
        "issuer_certificate_pem": root["certificate_pem"],
        "issuer_private_key_pem": root_key,
        "generation": "",
        "immutable": False,
    }


@pytest.fixture(scope="module")
def client(provider: ProviderProcess, client_inputs: dict) -> dict:
    """Outputs of the client's certificate."""
    return provider.create(CertificateProvider, client_inputs)[1]


def test_a_key_comes_with_its_public_half_and_fingerprint(provider: ProviderProcess) -> None:
    """The public half and the SHA-256 of its SubjectPublicKeyInfo belong to the private key; the id is no secret."""
    id_, key = provider.create(PrivateKeyProvider, {"algorithm": "ecdsa-p384"})
    assert key["public_key_pem"] == public_pem(key["private_key_pem"])
    assert id_ == key["fingerprint"] == private_key_fingerprint(key["private_key_pem"])
    assert set(key) == {"algorithm", "private_key_pem", "public_key_pem", "fingerprint"}


def test_only_another_algorithm_makes_another_key(provider: ProviderProcess) -> None:
    """The same algorithm changes nothing, `immutable` alone neither; another, or an unknown one, replaces."""
    old = {"algorithm": "ecdsa-p256", "fingerprint": "ab"}
    assert provider.diff(PrivateKeyProvider, old, {"algorithm": "ecdsa-p256", "immutable": True}) == ("DIFF_NONE", [])
    for algorithm in ("rsa-2048", UNKNOWN):
        expected = ("DIFF_SOME", ["algorithm"])
        assert provider.diff(PrivateKeyProvider, old, {"algorithm": algorithm}) == expected


def test_an_unknown_algorithm_is_refused_in_preview(provider: ProviderProcess) -> None:
    """The failure names what was found and what is allowed."""
    failures = provider.check(PrivateKeyProvider, {"algorithm": "sm2"})
    assert failures["algorithm"].startswith("found 'sm2'; allowed ecdsa-p256")


def test_the_key_of_a_ca_cannot_be_exchanged(provider: ProviderProcess) -> None:
    """With `immutable`, a preview refuses another algorithm instead of planning a new key; without it the key may go."""
    old, new = ({"algorithm": name, "immutable": True} for name in ("ecdsa-p256", "rsa-4096"))
    assert "add a new generation" in provider.check(PrivateKeyProvider, new, old)["algorithm"]
    assert provider.check(PrivateKeyProvider, {"algorithm": "rsa-4096"}, old) == {}


def test_a_root_signs_itself_and_is_dated_by_the_pinned_clock(root: dict) -> None:
    """A root has no issuer of its own, and begins at the pinned time less the allowance for clock skew."""
    facts = inspect(root["certificate_pem"])
    assert facts.is_ca
    assert facts.self_issued
    assert facts.not_before == root["not_before"] == "2026-11-22T11:55:00Z"


def test_no_output_holds_the_issuers_key(root: dict, client: dict, root_key: str) -> None:
    """The issuer's key stays an encrypted input; outputs are plain text in state."""
    body = root_key.splitlines()[1]
    for outputs in (root, client):
        assert "issuer_private_key_pem" not in outputs
        assert body not in str(outputs)
        assert "PRIVATE KEY" not in str(outputs)


def test_a_second_up_is_quiet(provider: ProviderProcess, client: dict, client_inputs: dict) -> None:
    """The same inputs at the same time change nothing; another window or issuer key is not identity."""
    assert provider.diff(CertificateProvider, client, client_inputs) == ("DIFF_NONE", [])
    other_key = {**client_inputs, "renew_before_days": 5, "issuer_private_key_pem": generate("ecdsa-p256")}
    assert provider.diff(CertificateProvider, client, other_key) == ("DIFF_NONE", [])


def test_the_window_renews_a_leaf_and_never_a_ca(
    spawn: Callable[..., ProviderProcess], root: dict, root_inputs: dict, client: dict, client_inputs: dict
) -> None:
    """One second before the window nothing happens, in it the leaf is replaced; a CA stays even when it has expired."""
    before, within = spawn(now="2026-12-12T11:59:59Z"), spawn(now="2026-12-12T12:00:00Z")
    assert before.diff(CertificateProvider, client, client_inputs) == ("DIFF_NONE", [])
    assert within.diff(CertificateProvider, client, client_inputs) == ("DIFF_SOME", ["not_after"])
    ancient = {**root, "not_after": "2001-01-01T00:00:00Z"}
    assert provider_is_quiet(within, ancient, root_inputs)


def provider_is_quiet(provider: ProviderProcess, olds: dict, news: dict) -> bool:
    """Whether nothing is to be done."""
    return provider.diff(CertificateProvider, olds, news) == ("DIFF_NONE", [])


@pytest.mark.parametrize("key", ["issuer_certificate_pem", "public_key_pem", "validity_days"])
def test_an_unknown_identity_replaces_in_preview(
    provider: ProviderProcess, client: dict, client_inputs: dict, key: str
) -> None:
    """What is only known in `up` counts as changed, and check tolerates it."""
    news = {**client_inputs, key: UNKNOWN}
    assert provider.diff(CertificateProvider, client, news) == ("DIFF_SOME", [key])
    assert provider.check(CertificateProvider, news, client_inputs) == {}


def test_an_unknown_issuer_key_changes_nothing(provider: ProviderProcess, client: dict, client_inputs: dict) -> None:
    """The issuer's key is never looked at before create."""
    news = {**client_inputs, "issuer_private_key_pem": UNKNOWN}
    assert provider.check(CertificateProvider, news, client_inputs) == {}
    assert provider.diff(CertificateProvider, client, news) == ("DIFF_NONE", [])


def test_an_immutable_certificate_refuses_every_change(provider: ProviderProcess, root_inputs: dict) -> None:
    """The failure names the property, both values, and what to do; PEM texts are told apart by their tails."""
    news = {
        **root_inputs,
        "subject": {"common_name": "Other", "organization": "Acme"},
        "validity_days": 365,
        "public_key_pem": public_pem(generate("ecdsa-p256")),
    }
    failures = provider.check(CertificateProvider, news, root_inputs)
    assert set(failures) == {"subject.common_name", "validity_days", "public_key_pem"}
    assert failures["subject.common_name"].startswith(
        "found 'Other', it was created with 'Test Root'; allowed no change"
    )
    assert failures["validity_days"].startswith("found 365, it was created with 3650")
    assert all("add a new generation" in reason for reason in failures.values())
    assert "BEGIN" not in failures["public_key_pem"]


def test_a_replaced_key_of_an_immutable_certificate_is_refused_in_preview(
    provider: ProviderProcess, root_inputs: dict
) -> None:
    """A public key that becomes unknown means that the CA's key is being replaced."""
    failures = provider.check(CertificateProvider, {**root_inputs, "public_key_pem": UNKNOWN}, root_inputs)
    assert "only be known in `up`" in failures["public_key_pem"]


def test_another_policy_or_issuer_key_is_no_change_of_an_immutable_certificate(
    provider: ProviderProcess, root: dict, root_inputs: dict
) -> None:
    """Only identity is guarded, and a guarded certificate never differs."""
    news = {**root_inputs, "renew_before_days": 90, "issuer_private_key_pem": UNKNOWN}
    assert provider.check(CertificateProvider, news, root_inputs) == {}
    assert provider_is_quiet(provider, root, news)


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"validity_days": 0}, "validity_days"),
        ({"validity_days": 1.5}, "validity_days"),
        ({"renew_before_days": 30}, "renew_before_days"),
        ({"renew_before_days": -1}, "renew_before_days"),
        ({"profile": "ocsp"}, "profile"),
        ({"public_key_pem": ""}, "public_key_pem"),
        ({"csr_pem": "both"}, "public_key_pem"),
        ({"issuer_certificate_pem": ""}, "issuer_certificate_pem"),
    ],
)
def test_values_out_of_range_are_refused_in_preview(
    provider: ProviderProcess, client_inputs: dict, change: dict, failed: str
) -> None:
    """Each failure stands at its property and says what was found and what is allowed."""
    failures = provider.check(CertificateProvider, {**client_inputs, **change})
    assert list(failures) == [failed]
    assert "found" in failures[failed]
    assert "allowed" in failures[failed]


def test_a_signing_request_brings_its_own_key(provider: ProviderProcess, client_inputs: dict) -> None:
    """With a CSR the certificate is for the CSR's key, and its own subject stays unused."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    csr = request.public_bytes(Encoding.PEM).decode()
    _, outputs = provider.create(CertificateProvider, {**client_inputs, "public_key_pem": "", "csr_pem": csr})
    facts = inspect(outputs["certificate_pem"])
    assert facts.common_name == "alice"
    assert facts.key_fingerprint == public_key_fingerprint(_public(request))


def _public(request: x509.CertificateSigningRequest) -> str:
    from cryptography.hazmat.primitives.serialization import PublicFormat

    return request.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_secret_never_reaches_the_error_text(
    provider: ProviderProcess, client_inputs: dict, refused: Callable[..., str]
) -> None:
    """A damaged issuer key fails in words of ours: neither the message nor standard error quotes it."""
    key = f"-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----\n"
    text = refused(provider.create, CertificateProvider, {**client_inputs, "issuer_private_key_pem": key})
    assert "the private key cannot be read" in text
    assert PLANTED not in text + provider.printed


def test_an_unforeseen_failure_shows_only_its_type(
    provider: ProviderProcess, client_inputs: dict, refused: Callable[..., str]
) -> None:
    """A subject attribute this version does not know is a TypeError, whose text could quote anything."""
    odd = {**client_inputs, "subject": {"common_name": "x", PLANTED: PLANTED}}
    text = refused(provider.create, CertificateProvider, odd)
    assert "CertificateProvider.create failed: TypeError" in text
    assert PLANTED not in text + provider.printed


def test_update_keeps_the_outputs(provider: ProviderProcess, client: dict, client_inputs: dict) -> None:
    """Pulumi's default update would wipe them (pulumi#7809)."""
    outputs = provider.update(CertificateProvider, "id", client, {**client_inputs, "renew_before_days": 3})
    assert outputs == {**client, "renew_before_days": 3}


def test_refresh_leaves_what_lives_in_state_only(provider: ProviderProcess, client: dict) -> None:
    """Nothing of a key or certificate is in the cloud, so nothing can drift."""
    assert provider.read(CertificateProvider, "id", client) == ("id", client)
