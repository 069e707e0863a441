"""PKCS#12 files and their passwords, opened by the tools that people use."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from mtlsedge_components.x509.bundles import UNAMBIGUOUS_SIGNS, Bundle, new_password, pfx
from mtlsedge_components.x509.checking import key_matches, split_chain
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate
from tests.unit.test_x509_family import Family, Leaf, family

PROFILES = pytest.mark.parametrize("legacy", [False, True], ids=["modern", "legacy"])
READERS = {
    "nss": ["pk12util", "-d", "sql:.", "-i", "a.pfx", "-w", "password"],
    "gnutls": ["certtool", "--p12-info", "--inder", "--infile", "a.pfx", "--password", "not the password"],
    "java": ["keytool", "-list", "-storetype", "PKCS12", "-keystore", "a.pfx", "-storepass:file", "password"],
}
"""Commands that open a.pfx with a password, from the file beside it where the program can read one."""
needs_nss = pytest.mark.skipif(not shutil.which("pk12util"), reason="NSS's pk12util is not on this machine")
needs_gnutls = pytest.mark.skipif(not shutil.which("certtool"), reason="GnuTLS's certtool is not on this machine")
needs_keytool = pytest.mark.skipif(not shutil.which("keytool"), reason="Java's keytool is not on this machine")


def bundle(house: Family, client: Leaf) -> Bundle:
    """What an export hands out."""
    return Bundle("alice", client.certificate, client.key, house.chain)


@PROFILES
@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-2048"])
def test_openssl_opens_a_bundle(algorithm: str, legacy: bool, tmp_path: Path) -> None:
    """Openssl reads the key, the certificate and the chain back, and nothing else is in the file."""
    house = family(algorithm)
    client, password = house.client(), new_password()
    options = ["-legacy"] if legacy else []
    text = read_with_openssl(
        tmp_path, pfx(bundle(house, client), password, legacy=legacy), password, "-nodes", *options
    )
    certificates = text[: text.index("-----BEGIN PRIVATE KEY")]
    assert split_chain(certificates) == [client.certificate, house.chain]
    assert key_matches(client.certificate, text[text.index("-----BEGIN PRIVATE KEY") :])
    assert "friendlyName: alice" in text


@needs_keytool
@PROFILES
def test_java_opens_a_bundle(legacy: bool, tmp_path: Path) -> None:
    """Keytool lists one private key entry under the client's name, with a chain of two."""
    house, password = family(), new_password()
    (tmp_path / "a.pfx").write_bytes(pfx(bundle(house, house.client()), password, legacy=legacy))
    (tmp_path / "password").write_text(password)
    command = ["keytool", "-J-Duser.language=en", "-list", "-v", "-storetype", "PKCS12", "-keystore", "a.pfx"]
    done = subprocess.run(
        [*command, "-storepass:file", "password"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Alias name: alice" in done.stdout
    assert "Entry type: PrivateKeyEntry" in done.stdout
    assert "Certificate chain length: 2" in done.stdout


@needs_nss
@PROFILES
def test_nss_opens_a_bundle(legacy: bool, tmp_path: Path) -> None:
    """Firefox's and Chromium's store takes key, certificate and intermediate in; the key is alice's own."""
    house, place = family(), f"sql:{tmp_path}"
    client, _ = written(tmp_path, house, legacy=legacy)
    run(tmp_path, "certutil", "-d", place, "-N", "--empty-password")
    run(tmp_path, "pk12util", "-d", place, "-i", "a.pfx", "-w", "password")
    assert "alice" in run(tmp_path, "certutil", "-d", place, "-K")
    assert "Issuing" in run(tmp_path, "certutil", "-d", place, "-L")
    kept = run(tmp_path, "certutil", "-d", place, "-L", "-n", "alice", "-a")
    assert inspect(kept.replace("\r", "")).fingerprint == client.issued.fingerprint


@needs_gnutls
@PROFILES
def test_gnutls_opens_a_bundle(legacy: bool, tmp_path: Path) -> None:
    """Certtool shows the key, the certificate and the intermediate, after checking the file's integrity."""
    house = family()
    client, password = written(tmp_path, house, legacy=legacy)
    text = run(tmp_path, "certtool", "--p12-info", "--inder", "--infile", "a.pfx", "--password", password)
    assert "MAC info:" in text and "PRIVATE KEY-----" in text
    blocks = text.split("-----BEGIN CERTIFICATE-----")[1:]
    shown = ["-----BEGIN CERTIFICATE-----" + block.split("-----END CERTIFICATE-----")[0] for block in blocks]
    fingerprints = {inspect(f"{one}-----END CERTIFICATE-----\n").fingerprint for one in shown}
    assert fingerprints == {inspect(client.certificate).fingerprint, inspect(house.chain).fingerprint}


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_opens_a_bundle_with_a_wrong_password(reader: str, tmp_path: Path) -> None:
    """NSS, GnuTLS and Java each refuse the file, so that their success above means something."""
    command = READERS[reader]
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not on this machine")
    written(tmp_path, family())
    (tmp_path / "password").write_text("not the password")
    if reader == "nss":
        run(tmp_path, "certutil", "-d", "sql:.", "-N", "--empty-password")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0


def test_the_modern_profile_is_aes_and_sha256(tmp_path: Path) -> None:
    """PBES2 with AES-256-CBC at 10,000 rounds, SHA-256 MAC, nothing from the last century."""
    house = family()
    info = pfx_info(tmp_path, pfx(bundle(house, house.client()), "password"))
    assert "MAC: sha256" in info
    assert info.count("PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256") == 2
    assert "3-Key" not in info


def test_the_legacy_profile_is_3des_and_sha1(tmp_path: Path) -> None:
    """What old Windows and macOS read: PBES1 with 3DES at 2,048 rounds, SHA-1 MAC."""
    house = family()
    info = pfx_info(tmp_path, pfx(bundle(house, house.client()), "password", legacy=True), "-legacy")
    assert "MAC: sha1, Iteration 2048" in info
    assert info.count("pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048") == 2


def test_a_wrong_password_does_not_open_a_bundle(tmp_path: Path) -> None:
    """The MAC fails."""
    house = family()
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_pkcs12(pfx(bundle(house, house.client()), "right"), b"wrong")


def test_a_bundle_without_intermediates_is_just_the_leaf() -> None:
    """A client that the root signed needs no chain."""
    house = family(intermediate=False)
    opened = pkcs12.load_pkcs12(pfx(bundle(house, house.client()), "password"), b"password")
    assert opened.additional_certs == []
    assert opened.cert is not None
    assert opened.cert.friendly_name == b"alice"


def test_what_does_not_belong_together_is_refused() -> None:
    """Another key, another CA's chain, a chain that is none."""
    house, other = family(), family("ecdsa-p384")
    client = house.client()
    refused = {
        "the private key belongs to another certificate": Bundle("a", client.certificate, generate(), house.chain),
        "did not sign certificate 1": Bundle("a", client.certificate, client.key, other.chain),
        "found no PEM certificate": Bundle("a", client.certificate, client.key, "no chain"),
        "the private key cannot be read": Bundle("a", client.certificate, "", house.chain),
    }
    for message, bad in refused.items():
        with pytest.raises(CertificateError, match=message):
            pfx(bad, "password")


@pytest.mark.parametrize("password", ["", "pässword", "pass\nword"])
def test_a_password_that_readers_disagree_on_is_refused(password: str) -> None:
    """Printable ASCII, at least one sign; the message does not repeat it."""
    house = family()
    with pytest.raises(CertificateError, match="printable ASCII") as refusal:
        pfx(bundle(house, house.client()), password)
    assert not password or password not in str(refusal.value)


def test_passwords_are_long_and_unambiguous() -> None:
    """24 signs or more from an alphabet without look-alikes, never twice the same."""
    passwords = {new_password() for _ in range(200)}
    assert len(passwords) == 200
    assert all(len(password) >= 24 and set(password) <= set(UNAMBIGUOUS_SIGNS) for password in passwords)
    assert not set("0O1lIi") & set(UNAMBIGUOUS_SIGNS)
    assert set("".join(passwords)) == set(UNAMBIGUOUS_SIGNS)


def test_the_bundle_holds_the_certificate_as_issued() -> None:
    """The fingerprint in the file is the one in the outputs."""
    house = family()
    client = house.client()
    opened = pkcs12.load_pkcs12(pfx(bundle(house, client), "password"), b"password")
    assert opened.cert is not None
    assert opened.cert.certificate.serial_number == int(client.issued.serial, 16)
    assert inspect(client.certificate).fingerprint == client.issued.fingerprint


def pfx_info(folder: Path, content: bytes, *options: str) -> str:
    """What openssl says about a file's algorithms."""
    return read_with_openssl(folder, content, "password", "-info", "-noout", *options)


def read_with_openssl(folder: Path, content: bytes, password: str, *options: str) -> str:
    """Output of `openssl pkcs12`, with the password from a file as an operator would give it."""
    (folder / "a.pfx").write_bytes(content)
    (folder / "password").write_text(password)
    command = ["openssl", "pkcs12", "-in", "a.pfx", "-passin", "file:password", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def written(folder: Path, house: Family, *, legacy: bool = False) -> tuple[Leaf, str]:
    """A client whose PFX lies in a.pfx and its password in the file `password`; the client, and the password."""
    client, password = house.client(), new_password()
    (folder / "a.pfx").write_bytes(pfx(bundle(house, client), password, legacy=legacy))
    (folder / "password").write_text(password)
    return client, password


def run(folder: Path, *command: str) -> str:
    """What a command that has to succeed prints."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
