"""Every algorithm with every way a certificate comes about: judged by pkilint and by openssl, opened by four readers."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local.cloud.cas import pca_signing
from mtlsedge import signing
from mtlsedge.signing import Wanted, make_authority, sign
from mtlsedge_components.x509.building import Issuer, Request, issue
from mtlsedge_components.x509.bundles import Bundle, pfx
from mtlsedge_components.x509.custody import encrypted, opened_for
from mtlsedge_components.x509.keys import ALGORITHMS, generate, public_pem
from mtlsedge_components.x509.ordering import signing_request
from mtlsedge_components.x509.profiles import Profile
from settings.model import NameConstraints, Subject, SubjectAlternativeNames, Subtrees
from tests.unit import test_x509_family
from tests.unit.test_x509_family import NOW, make_family, pkilint_errors

pytestmark = pytest.mark.slow  # keys of 4096 bits and Java, by the dozen

PASSPHRASE = "correct horse battery"
SUBJECT = Subject("alice", organization="Acme")
NAMES = SubjectAlternativeNames(uri=("https://example.com/clients/alice",))
KINDS = (
    "selfManaged",
    "selfManaged, root only",
    "selfManaged, by request",
    "selfManaged, with name constraints",
    "imported",
    "offline",
    "offline, root only",
    "privateCa",
)
CONSTRAINTS = NameConstraints(
    Subtrees(dns=("clients.example.com",), email=("example.com", ".example.org"), uri=("example.com",)),
    Subtrees(dns=("secret.clients.example.com",), email=("root@example.com",), uri=(".example.net",)),
)
PCA_ALGORITHMS = {"ecdsa-p256": "ECC_256", "ecdsa-p384": "ECC_384", "rsa-2048": "RSA_2048", "rsa-4096": "RSA_4096"}
OUR_NAMES = {theirs: ours for ours, theirs in PCA_ALGORITHMS.items()}


@dataclass(frozen=True)
class Issue:
    """A client, what it sends, what is trusted, and its key."""

    leaf: str
    chain: str
    root: str
    key: str


@lru_cache
def made(kind: str, algorithm: str) -> Issue:
    """A client certificate of a kind of authority, with keys of one algorithm."""
    if kind.startswith("offline"):
        return offline(algorithm, intermediate="root" not in kind)
    return private_ca(algorithm) if kind == "privateCa" else self_managed(kind, algorithm)


def self_managed(kind: str, algorithm: str) -> Issue:
    """Signed by a stack's root or intermediate, from a key or a request; or by a root whose key came in encrypted."""
    limits = CONSTRAINTS if "name constraints" in kind else None
    house = make_family(algorithm, intermediate=kind != "selfManaged, root only", constraints=limits)
    key = client_key(algorithm)
    issuing = house.issuing
    if kind == "imported":
        opened = opened_for(issuing.certificate_pem, encrypted(issuing.private_key_pem, PASSPHRASE), PASSPHRASE)
        issuing = Issuer(issuing.certificate_pem, opened.private_key_pem)
    request = Request(Profile.CLIENT, SUBJECT, NAMES, 30, public_pem(key))
    return Issue(issue(request, issuing, NOW).certificate_pem, house.chain, house.root.certificate_pem, key)


def offline(algorithm: str, *, intermediate: bool) -> Issue:
    """Signed by `mtlsedge sign`."""
    wanted = Wanted(Subject("Acme Root", organization="Acme"), 3650)
    authority = make_authority(wanted, algorithm, PASSPHRASE, NOW, intermediate=intermediate)
    key = client_key(algorithm)
    chain, locked = (
        authority.intermediate_pem + authority.root_pem,
        authority.intermediate_key_pem or authority.root_key_pem,
    )
    order = Wanted(SUBJECT, 30, NAMES)
    signed = sign(signing_request(key, SUBJECT, NAMES), order, chain, locked, PASSPHRASE, NOW)
    return Issue(signed.issued.certificate_pem, signed.chain_pem, authority.root_pem, key)


def private_ca(algorithm: str) -> Issue:
    """Signed by the local cloud's private CA."""
    subject = dict.fromkeys(("Organization", "OrganizationUnit", "Locality", "State"), "Acme") | {"CountryCode": "SG"}
    name = PCA_ALGORITHMS[algorithm]
    root = pca_signing.authority(subject | {"CommonName": "Root"}, name, 3650, None)
    signer = pca_signing.Signer(root.certificate_pem, root.private_key_pem)
    below = pca_signing.authority(subject | {"CommonName": "Below"}, name, 1825, pca_signing.Below(signer))
    key = client_key(algorithm)
    order = pca_signing.Order(
        signing_request(key, SUBJECT, NAMES), {"Organization": "Acme"}, 30, ("uri", NAMES.uri), name.partition("_")[0]
    )
    leaf = pca_signing.client(order, pca_signing.Signer(below.certificate_pem, below.private_key_pem))
    return Issue(leaf, below.certificate_pem, root.certificate_pem, key)


@pytest.fixture(autouse=True)
def pooled_keys(monkeypatch):
    """Keys come from a pool of three an algorithm: enough for a chain of different ones, and RSA keys take their time."""
    monkeypatch.setattr(test_x509_family, "generate", pooled)
    monkeypatch.setattr(signing, "generate", pooled)
    monkeypatch.setattr(pca_signing, "_key", lambda name: load_pem_private_key(pooled(OUR_NAMES[name]).encode(), None))


def pooled(algorithm: str) -> str:
    """The next key of the pool."""
    return next(pool(algorithm))


@lru_cache
def pool(algorithm: str) -> Iterator[str]:
    """Two keys, over and over: those of a root and of what is below it; clients have a third."""
    return cycle([generate(algorithm), generate(algorithm)])


@lru_cache
def client_key(algorithm: str) -> str:
    """One key an algorithm: RSA keys take their time."""
    return generate(algorithm)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_linter_and_openssl_find_nothing(kind, algorithm, tmp_path):
    """Pkilint has no error about leaf, chain and root, and `openssl verify -x509_strict` takes the client."""
    one = made(kind, algorithm)
    for name, pem in (("leaf", one.leaf), ("chain", one.chain), ("root", one.root)):
        (tmp_path / name).write_text(pem)
        if pem:
            assert pkilint_errors(pem) == [], name
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root"]
    between = ["-untrusted", "chain"] if one.chain else []
    done = subprocess.run([*command, *between, "leaf"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


READERS = {
    "openssl": ["openssl", "pkcs12", "-in", "a.pfx", "-passin", "file:password", "-nodes"],
    "pk12util": ["pk12util", "-l", "a.pfx", "-w", "password"],
    "certtool": ["certtool", "--p12-info", "--inder", "--infile", "a.pfx", "--password"],
    "keytool": ["keytool", "-J-Duser.language=en", "-list", "-v", "-storetype", "PKCS12", "-keystore", "a.pfx",
                "-storepass:file", "password"],
}  # fmt: skip
FOUND = {"openssl": "PRIVATE KEY", "pk12util": "alice", "certtool": "CERTIFICATE", "keytool": "PrivateKeyEntry"}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("legacy", [False, True], ids=["modern", "legacy"])
@pytest.mark.parametrize("kind", ["selfManaged", "privateCa"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_reader_opens_every_pfx(reader, legacy, kind, algorithm, tmp_path):
    """OpenSSL, NSS, GnuTLS and Java open the file with its password, and find key and certificate in it."""
    if not shutil.which(reader):
        pytest.skip(f"{reader} is not on this machine")
    one = made(kind, algorithm)
    opened = read_with(
        reader,
        tmp_path,
        pfx(Bundle("alice", one.leaf, one.key, one.chain), "pass-word-123", legacy=legacy),
        legacy=legacy,
    )
    assert opened.returncode == 0, opened.stdout + opened.stderr
    assert FOUND[reader] in opened.stdout


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_opens_a_pfx_with_another_password(reader, tmp_path):
    """The near miss: the same commands fail on a file with another password."""
    if not shutil.which(reader):
        pytest.skip(f"{reader} is not on this machine")
    one = made("selfManaged", "ecdsa-p256")
    done = read_with(reader, tmp_path, pfx(Bundle("alice", one.leaf, one.key, one.chain), "another-password"))
    assert done.returncode != 0 or FOUND[reader] not in done.stdout


def read_with(reader: str, folder: Path, content: bytes, *, legacy: bool = False) -> subprocess.CompletedProcess:
    """Opens a PFX with the password of these tests."""
    (folder / "a.pfx").write_bytes(content)
    (folder / "password").write_text("pass-word-123")
    command = list(READERS[reader])
    if reader == "openssl" and legacy:
        command.append("-legacy")
    if reader == "certtool":
        command.append("pass-word-123")
    if reader == "pk12util":
        subprocess.run(["certutil", "-N", "-d", f"sql:{folder}", "--empty-password"], check=True, capture_output=True)
        command += ["-d", f"sql:{folder}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
