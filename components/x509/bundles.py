"""PKCS#12 files: a client's key, certificate and chain in one file behind a password."""

import secrets
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, PrivateFormat, pkcs12

from mtlsedge_components.x509._authority import belong_together
from mtlsedge_components.x509._reading import load_certificate, load_chain, reading
from mtlsedge_components.x509.checking import chain_problems
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.keys import load_private_key

UNAMBIGUOUS_SIGNS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that no font makes look alike: no i, l, o, I, O, 0, 1."""
PASSWORD_LENGTH = 24
"""24 of 55 signs are 138 bits of chance: guessing is hopeless however fast one guess is."""

_MODERN_ROUNDS = 10_000
"""PBKDF2 rounds of the modern profile: keytool's own default and the least that NIST SP 800-63B names.

More would add nothing: the library fixes the MAC at 2,048 rounds, so that is what a guesser would
attack, and the generated password defeats guessing by itself. Readers refuse files with many
rounds (.NET 600,000 in all since KB5025823, for one), so a high count only costs portability.
"""
_LEGACY_ROUNDS = 2_048
"""What OpenSSL and Windows wrote for decades; old key stores accept it everywhere."""


@dataclass(frozen=True)
class Bundle:
    """What a client needs. `chain_pem` holds the intermediates, leaf's issuer first, without the root; may be ""."""

    name: str
    certificate_pem: str
    private_key_pem: str = field(repr=False)
    chain_pem: str = ""


def pfx(bundle: Bundle, password: str, *, legacy: bool = False) -> bytes:
    """A PKCS#12 file; its friendly name (Java's alias) is the bundle's name.

    Modern: PBES2 with AES-256-CBC, SHA-256 MAC; OpenSSL, Java 8u301, Windows 10 1809, Firefox and
    newer read it. `legacy`: PBES1 with 3DES, SHA-1 MAC, for older Windows and for macOS key chains.
    Raises CertificateError if key, certificate and chain do not belong together.
    """
    certificate, chain = load_certificate(bundle.certificate_pem), _chain(bundle.chain_pem)
    key = load_private_key(bundle.private_key_pem)
    if not belong_together(certificate, key):
        raise CertificateError("the private key belongs to another certificate")
    if problems := chain_problems([certificate, *chain]):
        raise CertificateError("; ".join(problems))
    with reading("the bundle"):
        name = bundle.name.encode("utf-8")
        return pkcs12.serialize_key_and_certificates(
            name, key, certificate, chain, _encryption(password, legacy=legacy)
        )


def new_password() -> str:
    """A password for one file, drawn from the system's source of chance."""
    return "".join(secrets.choice(UNAMBIGUOUS_SIGNS) for _ in range(PASSWORD_LENGTH))


def _chain(pem: str) -> list[x509.Certificate]:
    return load_chain(pem) if pem.strip() else []


def _encryption(password: str, *, legacy: bool) -> KeySerializationEncryption:
    """Non-ASCII passwords are refused: readers disagree on how to encode them."""
    if not password or not password.isascii() or not password.isprintable():
        raise CertificateError("password: found one that is empty or has other signs; allowed printable ASCII")
    builder = PrivateFormat.PKCS12.encryption_builder()
    if legacy:
        builder = builder.kdf_rounds(_LEGACY_ROUNDS).key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        builder = builder.hmac_hash(hashes.SHA1())  # noqa: S303 - what old key stores read; chosen by name
    else:
        builder = builder.kdf_rounds(_MODERN_ROUNDS).key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        builder = builder.hmac_hash(hashes.SHA256())
    return builder.build(password.encode("ascii"))
