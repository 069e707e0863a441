"""Authorities and clients made elsewhere: what is let in, and each near miss with its reason."""

import subprocess
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from mtlsedge_components.x509.external import client_chain, client_problems, external_problems
from settings.flaws import flaws
from settings.provenance import preface
from tests.unit.settings_sample import local, problems, read
from tests.unit.test_x509_family import NOW, family, make_family

REFERENCE = {"id": "1-ap-southeast-1"}
HOUSE = {"clients": {"alice": {"certificateFile": "alice.pem"}}, "serverCertificate": REFERENCE}


@lru_cache
def version_1_root(folder: Path) -> str:
    """A root as the tutorial's commands make it."""
    make = ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "c", "-subj", "/CN=root"]
    sign = ["openssl", "x509", "-req", "-in", "c", "-signkey", "k", "-days", "3650", "-out", "r"]
    for command in (make, sign):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "r").read_text()


@pytest.fixture(scope="module")
def v1(tmp_path_factory):
    """A version 1 root."""
    return version_1_root(tmp_path_factory.mktemp("v1"))


def test_a_root_and_an_intermediate_with_its_chain_are_taken():
    """The CA first, then what signed it, up to a root."""
    house = family()
    assert external_problems(house.root.certificate_pem, NOW) == []
    assert external_problems(house.chain + house.root.certificate_pem, NOW) == []


def test_near_misses_of_a_ca_are_refused():
    """No CA, expired, not yet valid, a chain in the wrong order, a chain without its end, a key in the file, rubbish."""
    house = family()
    root = house.root.certificate_pem
    cases = {
        "found no CA": (house.client().certificate, NOW),
        "expired": (root, NOW + timedelta(days=4000)),
        "in the future": (root, NOW - timedelta(days=1)),
        "did not sign": (root + house.chain, NOW),
        "ends without a root": (house.chain, NOW),
        "private key": (root + house.root.private_key_pem, NOW),
        "no PEM": ("rubbish", NOW),
    }
    for reason, (pem, now) in cases.items():
        found = external_problems(pem, now)
        assert any(reason in line for line in found), (reason, found)


def test_a_version_1_root_is_let_in_only_when_said(v1):
    """The message says what is wrong, what to do instead, and how to go on with it; what can be checked still is."""
    now = NOW + timedelta(hours=1)  # openssl dates it from this very second
    (refusal,) = external_problems(v1, now)
    assert all(word in refusal for word in ("found 1", "mtlsedge authority new", "allowVersion1Root"))
    assert external_problems(v1, now, allow_version_1_root=True) == []
    assert "expired" in external_problems(v1, NOW + timedelta(days=4000), allow_version_1_root=True)[0]
    assert "root alone" in external_problems(v1 + v1, now, allow_version_1_root=True)[0]


def test_clients_are_checked_up_to_the_authority():
    """With its chain, with the root behind it, and under an intermediate that is trusted by itself."""
    house = family()
    alice, root = house.client().certificate, house.root.certificate_pem
    assert client_problems(alice + house.chain, root, NOW) == []
    assert client_problems(alice + house.chain + root, root, NOW) == []
    assert client_problems(alice, house.chain + root, NOW) == []
    assert client_chain(alice + house.chain + root, root) == (alice, house.chain)


def test_near_misses_of_a_client_are_refused():
    """Another CA's, one of the same name, without its chain, expired, a server's, a CA, the wrong order."""
    house, double = family(), make_family()
    root, alice = house.root.certificate_pem, house.client()
    stranger = make_family(title="Other")
    cases = {
        "not at the authority": stranger.client().certificate + stranger.chain,
        "of the same name": double.client().certificate + double.chain,
        "allowed the leaf, then each issuer": alice.certificate,
        "expired": house.client(days=1, now=NOW - timedelta(minutes=1)).certificate + house.chain,
        "clientAuth": house.server().certificate + house.chain,
        "found a CA certificate": house.chain,
        "did not sign": alice.certificate + root + house.chain,
    }
    for reason, pem in cases.items():
        now = NOW + timedelta(days=2) if reason == "expired" else NOW
        found = client_problems(pem, root, now)
        assert any(reason in line for line in found), (reason, found)


def test_an_external_stack_loads_and_is_checked(tmp_path):
    """The stack file names files; dates and signatures are checked by the program, all problems at once."""
    house, stranger = family(), make_family(title="Other")
    (tmp_path / "ca.pem").write_text(house.root.certificate_pem)
    (tmp_path / "alice.pem").write_text(house.client().certificate + house.chain)
    (tmp_path / "bob.pem").write_text(stranger.client("bob").certificate + stranger.chain)
    config = local({**HOUSE, "authority": {"external": {"certificateFile": "ca.pem"}}})
    settings = read(config, tmp_path)
    assert settings.clients["alice"].subject.common_name == "alice"
    assert flaws(settings, NOW, look_at_keys=True) == []
    config["mtlsedge:clients"]["bob"] = {"certificateFile": "bob.pem"}
    (line,) = flaws(read(config, tmp_path), NOW, look_at_keys=False)
    assert str(line).startswith("mtlsedge:clients.bob.certificateFile: chain: ends at")


def test_what_does_not_fit_the_kind_of_authority_is_refused(tmp_path):
    """No signing in an external stack, no brought certificates elsewhere, no key without its generation."""
    house = family()
    (tmp_path / "ca.pem").write_text(house.root.certificate_pem)
    (tmp_path / "alice.pem").write_text(house.client().certificate + house.chain)
    external = {**HOUSE, "authority": {"external": {"certificateFile": "ca.pem"}}}
    cases = {
        "mtlsedge:clients.bob: found a client without a certificate": {**external, "clients.bob": {}},
        "mtlsedge:serverCertificate.issueFromAuthority": {**external, "serverCertificate": {"issueFromAuthority": True}},
        "mtlsedge:clients.alice.certificateFile": {"clients": {"alice": {"certificateFile": "alice.pem"}}},
        "mtlsedge:clients.alice.validityDays": {**external, "clients.alice.validityDays": 9},
        "mtlsedge:authority.external.certificateFile": {**external, "authority": {"external": {"certificateFile": "no.pem"}}},
        "mtlsedge:authority.external.allowVersion1Root": {
            **external, "authority": {"external": {"certificateFile": "ca.pem", "allowVersion1Root": True}}},
        "mtlsedge:importedKeys.2026: found a key of no": {"importedKeys": {"2026": {"key": "x"}}},
    }  # fmt: skip
    for start, changes in cases.items():
        found = problems(local(changes), tmp_path, secrets=("mtlsedge:importedKeys",))
        assert any(line.startswith(start) for line in found), (start, found)


def test_a_private_ca_is_asked_only_for_what_it_takes(tmp_path):
    """Every attribute its API demands, names of one kind, a key of its family, no server certificates."""
    subject = {"commonName": "R", "country": "SG", "state": "S", "locality": "S", "organization": "A", "unit": "U"}
    whole = {"authority": {"privateCa": {"subject": subject}}, "clients": {"alice": {}}, "serverCertificate": REFERENCE}
    assert problems(local(whole)) == []
    assert problems(local({**whole, "clients": {"alice": {"uri": ["https://alice.example.com/"]}}})) == []
    settings = read(local(whole))
    assert settings.clients["alice"].subject.organization == "A"
    assert settings.clients["alice"].validity_days == 30
    short = {key: value for key, value in subject.items() if key != "unit"}
    cases = {
        "mtlsedge:authority.privateCa.subject.unit": {"authority": {"privateCa": {"subject": short}}},
        "mtlsedge:authority.privateCa.subordinateYears": {
            "authority": {"privateCa": {"subject": subject, "rootYears": 3, "subordinateYears": 5}}},
        "mtlsedge:clients.alice: found several kinds": {"clients": {"alice": {"dns": ["a.example.com"], "email": ["a@example.com"]}}},
        "mtlsedge:clients.alice.uri: found urn:example:alice": {"clients": {"alice": {"uri": ["urn:example:alice"]}}},
        "mtlsedge:clients.alice.algorithm": {"clients": {"alice": {"algorithm": "rsa-2048"}}},
        "mtlsedge:clients.alice.validityDays": {"clients": {"alice": {"validityDays": 1826}}},
        "mtlsedge:serverCertificate.issueFromAuthority": {"serverCertificate": {"issueFromAuthority": True}},
    }  # fmt: skip
    for start, changes in cases.items():
        found = problems(local({**whole, **changes}))
        assert any(line.startswith(start) for line in found), (start, found)


ACCEPT = "trust-clients-of-another-environment"
OF_DEV, OF_PRODUCTION = preface("dev", production=False), preface("authority", production=True)


def production(external: dict, *, is_production: bool = True) -> dict:
    """A stack that trusts the CA in ca.pem, with production on or off."""
    authority = {"external": {"certificateFile": "ca.pem", **external}}
    return local({"authority": authority, "clients": {}, "serverCertificate": REFERENCE, "production": is_production})


def test_production_does_not_trust_another_environments_authority(tmp_path):
    """The CA of a stack that is not production's is refused; production's own, one of no stack, and dev trusting it are not."""
    root = family().root.certificate_pem
    (tmp_path / "ca.pem").write_text(OF_DEV + root)
    (line,) = problems(production({}), tmp_path)
    assert line.startswith("mtlsedge:authority.external.certificateFile: found the CA of a stack that is not")
    assert f"otherEnvironment: {ACCEPT}" in line
    assert problems(production({}, is_production=False), tmp_path) == []
    for whose in (OF_PRODUCTION, ""):
        (tmp_path / "ca.pem").write_text(whose + root)
        assert problems(production({}), tmp_path) == []


def test_trusting_another_environment_is_said_aloud_and_is_a_weakening(tmp_path):
    """With the long setting it is trusted and listed; any other word, or the setting where it has no effect, is refused."""
    root = family().root.certificate_pem
    (tmp_path / "ca.pem").write_text(OF_DEV + root)
    accepted = read(production({"otherEnvironment": ACCEPT}), tmp_path)
    assert [text.partition(":")[0] for text in accepted.weakenings] == ["mtlsedge"]
    assert "otherEnvironment" in accepted.weakenings[0]
    assert ACCEPT in problems(production({"otherEnvironment": True}), tmp_path)[0]
    assert "nothing: only production" in problems(
        production({"otherEnvironment": ACCEPT}, is_production=False), tmp_path
    )[0]  # fmt: skip
    (tmp_path / "ca.pem").write_text(OF_PRODUCTION + root)
    assert "nothing: only production" in problems(production({"otherEnvironment": ACCEPT}), tmp_path)[0]
