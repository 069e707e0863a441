"""Roots made elsewhere that a stack takes over with their keys: what is let in, and each near miss with its reason."""

import subprocess
from datetime import timedelta

import pytest

from mtlsedge_components.x509.custody import encrypted, import_problems, open_key, opened_for
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.keys import generate
from settings.flaws import flaws
from tests.unit.settings_sample import local, problems, read
from tests.unit.test_external_authority import OF_DEV, OF_PRODUCTION, version_1_root
from tests.unit.test_x509_family import NOW, family, make_root

PASSPHRASE = "correct horse battery"


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


def test_only_a_root_that_can_sign_is_imported(tmp_path):
    """A root in force; version 1, an intermediate, a leaf, an expired one and one without room below are refused."""
    house, short = family(), make_root(path_length=0)
    assert import_problems(house.root.certificate_pem, NOW, signs_intermediate=True) == []
    assert import_problems(short.certificate_pem, NOW, signs_intermediate=False) == []
    cases = {
        "path length is 0": (short.certificate_pem, NOW),
        "version": (version_1_root(tmp_path), NOW),
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
    assert flaws(settings, NOW, look_at_keys=False) == []
    (line,) = flaws(settings, NOW, look_at_keys=True)
    assert str(line) == (
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
