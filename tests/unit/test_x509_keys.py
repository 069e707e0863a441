"""Keys: which are made, which are accepted, and that they stay out of what people read."""

import hashlib
import pkgutil
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from mtlsedge_components import x509
from mtlsedge_components.x509.building import Issuer
from mtlsedge_components.x509.bundles import Bundle
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import (
    ALGORITHMS,
    DEFAULT_ALGORITHM,
    certificate_key_fingerprint,
    generate,
    key_problems,
    private_key_fingerprint,
    public_key_fingerprint,
    public_pem,
)
from tests.unit.test_x509_family import family

PEM, SPKI, PKCS8 = (
    serialization.Encoding.PEM,
    serialization.PublicFormat.SubjectPublicKeyInfo,
    serialization.PrivateFormat.PKCS8,
)


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "ecdsa-p384", "rsa-2048"])
def test_a_key_has_the_algorithm_asked_for(algorithm: str) -> None:
    """A key is PKCS#8 without a passphrase, LF line ends, of the named algorithm."""
    pem = generate(algorithm)
    assert pem.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert pem.endswith("\n")
    assert "\r" not in pem
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert key_problems(key.public_key()) == []
    assert algorithm in ALGORITHMS


def test_the_default_is_p256() -> None:
    """Without a choice, a key is ECDSA on P-256, and each one is new."""
    assert DEFAULT_ALGORITHM == "ecdsa-p256"
    assert generate() != generate()


@pytest.mark.parametrize("algorithm", ["", "rsa-1024", "sm2", "ed25519", "ECDSA-P256"])
def test_an_unknown_algorithm_is_refused_with_the_list(algorithm: str) -> None:
    """The message says what was found and lists what is allowed."""
    with pytest.raises(CertificateError, match="ecdsa-p256, ecdsa-p384, rsa-2048, rsa-4096") as refusal:
        generate(algorithm)
    assert repr(algorithm) in str(refusal.value)


def test_a_fingerprint_is_the_same_from_all_three_sides() -> None:
    """Private key, public key and certificate of one pair have one fingerprint: SHA-256 of the SPKI DER."""
    client = family().client()
    public = public_pem(client.key)
    der = serialization.load_pem_public_key(public.encode()).public_bytes(serialization.Encoding.DER, SPKI)
    expected = hashlib.sha256(der).hexdigest()
    assert private_key_fingerprint(client.key) == expected
    assert public_key_fingerprint(public) == expected
    assert certificate_key_fingerprint(client.certificate) == expected
    assert inspect(client.certificate).key_fingerprint == expected


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(rsa.generate_private_key(65537, 1024), id="rsa-1024"),
        pytest.param(rsa.generate_private_key(3, 2048), id="exponent 3"),
        pytest.param(ec.generate_private_key(ec.SECP256K1()), id="secp256k1"),
        pytest.param(ec.generate_private_key(ec.SECP521R1()), id="P-521"),
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="ed25519"),
        pytest.param(dsa.generate_private_key(1024), id="dsa"),
    ],
)
def test_weak_and_foreign_keys_are_refused(key: rsa.RSAPrivateKey) -> None:
    """What ALB or common clients cannot verify is named, with what is allowed instead."""
    (problem,) = key_problems(key.public_key())
    assert "allowed" in problem
    with pytest.raises(CertificateError, match="allowed"):
        public_key_fingerprint(key.public_key().public_bytes(PEM, SPKI).decode())


def test_a_key_behind_a_passphrase_is_refused_in_words() -> None:
    """The message says that the passphrase is the problem."""
    key = serialization.load_pem_private_key(generate().encode(), None)
    for container in (PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        pem = key.private_bytes(PEM, container, serialization.BestAvailableEncryption(b"x")).decode()
        with pytest.raises(CertificateError, match="protected by a passphrase"):
            public_pem(pem)


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n", "\ud800"])
def test_what_is_no_key_is_refused(text: str) -> None:
    """Neither a private nor a public key can be read from it."""
    with pytest.raises(CertificateError, match="private key cannot be read"):
        public_pem(text)
    with pytest.raises(CertificateError, match="public key cannot be read"):
        public_key_fingerprint(text)


def test_a_damaged_key_is_not_quoted() -> None:
    """A message about a key holds no part of it."""
    pem = generate()
    body = pem.splitlines()[1]
    with pytest.raises(CertificateError) as refusal:
        public_pem(pem.replace(body, body[:-1]))
    assert body[:20] not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_keys_are_hidden_in_repr() -> None:
    """Printing what holds a key does not print the key."""
    client = family().client()
    holders = (Issuer(client.certificate, client.key), Bundle("alice", client.certificate, client.key))
    for holder in holders:
        assert client.key.splitlines()[1] not in repr(holder)
        assert "PRIVATE" not in repr(holder)


def test_the_package_is_pure() -> None:
    """Importing all of the package loads neither Pulumi nor the settings; dynamic providers rely on that."""
    modules = [f"{x509.__name__}.{one.name}" for one in pkgutil.iter_modules(x509.__path__)]
    assert "mtlsedge_components.x509.keys" in modules
    script = (
        f"import sys, {', '.join(modules)}; print([name for name in ('pulumi', 'settings') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
