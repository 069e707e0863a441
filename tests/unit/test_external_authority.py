"""Authorities and clients made elsewhere: what is let in, and each near miss with its reason."""

import subprocess
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from components.authority_preconditions import authority_problems
from components.settings.model import DeniedClient
from components.settings.provenance import preface
from components.x509 import generate
from components.x509.custody import encrypted, import_problems, open_key, opened_for
from components.x509.errors import CertificateError
from components.x509.external import client_chain, client_problems, external_problems
from tests.unit.settings_sample import local, problems, read
from tests.unit.test_x509_family import NOW, family, make_family, make_root

REFERENCE = {"id": "1-ap-southeast-1"}
HOUSE = {"clients": {"alice": {"certificateFile": "alice.pem"}}, "serverCertificate": REFERENCE}
PASSPHRASE = "correct horse battery"


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
    assert list(authority_problems(settings, NOW, look_at_keys=True)) == []
    config["mtlsedge:clients"]["bob"] = {"certificateFile": "bob.pem"}
    (line,) = authority_problems(read(config, tmp_path), NOW, look_at_keys=False)
    assert line.startswith("mtlsedge:clients.bob.certificateFile: chain: ends at")


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
    settings = read(local(whole))
    assert settings.clients["alice"].subject.organization == "A"
    assert settings.clients["alice"].validity_days == 30
    short = {key: value for key, value in subject.items() if key != "unit"}
    cases = {
        "mtlsedge:authority.privateCa.subject.unit": {"authority": {"privateCa": {"subject": short}}},
        "mtlsedge:authority.privateCa.subordinateYears": {
            "authority": {"privateCa": {"subject": subject, "rootYears": 3, "subordinateYears": 5}}},
        "mtlsedge:clients.alice: found several kinds": {"clients": {"alice": {"dns": ["a.example.com"], "email": ["a@example.com"]}}},
        "mtlsedge:clients.alice.algorithm": {"clients": {"alice": {"algorithm": "rsa-2048"}}},
        "mtlsedge:clients.alice.validityDays": {"clients": {"alice": {"validityDays": 1826}}},
        "mtlsedge:serverCertificate.issueFromAuthority": {"serverCertificate": {"issueFromAuthority": True}},
    }  # fmt: skip
    for start, changes in cases.items():
        found = problems(local({**whole, **changes}))
        assert any(line.startswith(start) for line in found), (start, found)


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-2048"])
def test_a_root_is_imported_from_every_format(algorithm, tmp_path):
    """PKCS#8, encrypted PKCS#8, the key's traditional format, and PKCS#12 as base64; all give the same key."""
    root = make_root(algorithm)
    (tmp_path / "k.pem").write_text(root.private_key_pem)
    (tmp_path / "c.pem").write_text(root.certificate_pem)
    kind = "ec" if algorithm.startswith("ecdsa") else "rsa"
    for options in (
        f"{kind} -in k.pem -out old.pem",
        "pkcs12 -export -inkey k.pem -in c.pem -out k.p12 -passout pass:word",
    ):
        subprocess.run(["openssl", *options.split()], cwd=tmp_path, check=True, capture_output=True)
    base64 = subprocess.run(["base64", "k.p12"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    forms = [
        (root.private_key_pem, ""),
        (encrypted(root.private_key_pem, PASSPHRASE), PASSPHRASE),
        ((tmp_path / "old.pem").read_text(), ""),
        (base64, "word"),
    ]
    assert {opened_for(root.certificate_pem, key, word).private_key_pem for key, word in forms} == {
        root.private_key_pem
    }


def test_keys_that_cannot_be_imported_are_one_clear_error_without_the_secret():
    """Wrong passphrase, none, another key, a weak key, rubbish, nothing."""
    root, other = make_root(), make_root()
    locked = encrypted(root.private_key_pem, PASSPHRASE)
    weak = subprocess.run(["openssl", "genrsa", "1024"], check=True, capture_output=True, text=True).stdout
    cases = {
        "the passphrase does not open it": (locked, "wrong-passphrase"),
        "no passphrase is given": (locked, ""),
        "belongs to another certificate": (other.private_key_pem, ""),
        "rsa-1024": (weak, ""),
        "neither PEM nor": ("&&&", ""),
        "PKCS#12": ("AAAA", "x"),
        "empty": ("", ""),
    }
    for reason, (key, passphrase) in cases.items():
        with pytest.raises(CertificateError, match=reason) as caught:
            opened_for(root.certificate_pem, key, passphrase)
        assert "wrong-passphrase" not in str(caught.value)
    assert "PRIVATE" not in repr(open_key(root.private_key_pem))


def test_only_a_root_that_can_sign_is_imported(v1):
    """A root in force; version 1, an intermediate, a leaf, an expired one and one without room below are refused."""
    house, short = family(), make_root(path_length=0)
    assert import_problems(house.root.certificate_pem, NOW, signs_intermediate=True) == []
    assert import_problems(short.certificate_pem, NOW, signs_intermediate=False) == []
    cases = {
        "path length is 0": (short.certificate_pem, NOW),
        "version": (v1, NOW),
        "did not sign itself": (house.chain, NOW),
        "found no CA": (house.client().certificate, NOW),
        "expired": (house.root.certificate_pem, NOW + timedelta(days=4000)),
        "root alone": (house.root.certificate_pem * 2, NOW),
    }
    for reason, (pem, now) in cases.items():
        assert any(reason in line for line in import_problems(pem, now, signs_intermediate=True)), reason


def test_an_imported_generation_takes_its_facts_from_the_certificate(tmp_path):
    """Subject, algorithm and validity are the root's; its key stays wrapped and is looked at in `up` only."""
    root = make_root("ecdsa-p384")
    (tmp_path / "ca.pem").write_text(root.certificate_pem)
    config = local({
        "authority": {"selfManaged": {"generations": {"old": {"certificateFile": "ca.pem"}}}},
        "importedKeys": {"old": {"key": generate(), "passphrase": "x"}},
    })  # fmt: skip
    settings = read(config, tmp_path, secrets=("mtlsedge:importedKeys",))
    generation = settings.authority.generations["old"]
    assert (generation.algorithm, generation.validity_days) == ("ecdsa-p384", 3650)
    assert generation.subject.common_name == "Acme Root"
    assert "PRIVATE" not in repr(settings)
    assert list(authority_problems(settings, NOW, look_at_keys=False)) == []
    (line,) = authority_problems(settings, NOW, look_at_keys=True)
    assert line == (
        "mtlsedge:importedKeys.old.key: the private key belongs to another certificate;"
        " allowed the imported certificate's own"
    )


def test_a_plain_key_in_the_stack_file_is_refused(tmp_path):
    """`importedKeys` are secrets or nothing, and the message does not repeat them."""
    (tmp_path / "ca.pem").write_text(make_root().certificate_pem)
    config = local({
        "authority": {"selfManaged": {"generations": {"old": {"certificateFile": "ca.pem"}}}},
        "importedKeys": {"old": {"key": "hunter2"}},
    })  # fmt: skip
    (line,) = problems(config, tmp_path)
    assert "pulumi config set --secret" in line
    assert "hunter2" not in line


def test_the_deny_list_is_read_in_every_spelling():
    """Colons and capitals are dropped; a short fingerprint, a double one and an unknown key are refused."""
    digits = "ab" * 32
    spelled = ":".join(["AB"] * 32)
    config = {"denied": {"mallory": {"fingerprint": spelled, "serial": "0A:FF", "reason": "laptop stolen"}}}
    assert read(local(config)).denied == {"mallory": DeniedClient("mallory", digits, "0aff", "laptop stolen")}
    cases = [
        {"denied": {"mallory": {"fingerprint": "ab"}}},
        {"denied": {"mallory": {}}},
        {"denied": {"a": {"fingerprint": digits}, "b": {"fingerprint": spelled}}},
        {"denied": {"a": {"fingerprint": digits, "color": "red"}}},
        {"denied": {"a": {"fingerprint": digits, "serial": "xyz"}}},
    ]
    assert all(len(problems(local(case))) == 1 for case in cases)


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


def test_production_takes_over_no_root_of_another_environment(tmp_path):
    """An imported root that a stack exported which is not production's is refused, even with its key."""
    root = family().root.certificate_pem
    (tmp_path / "ca.pem").write_text(OF_DEV + root)
    generations = {"2026": {"certificateFile": "ca.pem"}}
    config = local({"authority": {"selfManaged": {"generations": generations}}, "production": True})
    (line,) = problems(config, tmp_path)
    assert "found the CA of a stack that is not" in line
    (tmp_path / "ca.pem").write_text(OF_PRODUCTION + root)
    assert problems(config, tmp_path) == []
