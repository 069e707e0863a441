"""Key pairs: making them, telling them apart by fingerprint, and the types this project accepts.

Private keys are PKCS#8 PEM without a passphrase: they live encrypted in the stack's state and are
wrapped again, with a password, when they leave it (`bundles`).
"""

import hashlib
from collections.abc import Callable
from typing import Literal, get_args

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes

from mtlsedge_components.x509._reading import load_certificate, reading
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.weak_keys import rsa_problems

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

RSA_BITS = range(2048, 4097)
"""RSA sizes accepted from outside. NIST SP 800-57: 2048 at least; Certificate Management Service issues up to 4096."""
RSA_EXPONENT = 65537
CURVES = {"secp256r1": "ecdsa-p256", "secp384r1": "ecdsa-p384"}
"""Accepted curves. P-521 is left out: BoringSSL, and so Envoy and Chrome, does not offer it for signatures."""
SM2_CURVE = "1.2.156.10197.1.301"
"""OID of the curve of SM2 (GB/T 32918), as it stands in a key."""
ALLOWED_KEYS = "RSA of 2048 to 4096 bits, or ECDSA on P-256 or P-384"

AlgorithmName = Literal["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096"]
DEFAULT_ALGORITHM: AlgorithmName = "ecdsa-p256"
_GENERATORS: dict[str, Callable[[], PrivateKey]] = {
    "ecdsa-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa-2048": lambda: rsa.generate_private_key(RSA_EXPONENT, 2048),
    "rsa-4096": lambda: rsa.generate_private_key(RSA_EXPONENT, 4096),
}
ALGORITHMS: tuple[AlgorithmName, ...] = get_args(AlgorithmName)
"""Names of the key algorithms this package makes keys for."""


KeyHolder = x509.Certificate | x509.CertificateSigningRequest
_PSS = bytes.fromhex("06092a864886f70d01010a")
"""DER of the identifier of RSASSA-PSS (RFC 4055)."""
_PRIME_FIELD = bytes.fromhex("06072a8648ce3d0101")
"""DER of the identifier that begins a prime curve's own parameters (RFC 3279 section 2.3.5)."""


def generate(algorithm: str = DEFAULT_ALGORITHM) -> str:
    """A new private key as PKCS#8 PEM; raises CertificateError for an algorithm not in `ALGORITHMS`."""
    if algorithm not in _GENERATORS:
        raise CertificateError(f"algorithm: found {str(algorithm)[:40]!r}; allowed {', '.join(ALGORITHMS)}")
    encoding, container = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return _GENERATORS[algorithm]().private_bytes(encoding, container, serialization.NoEncryption()).decode("ascii")


def public_pem(private_pem: str) -> str:
    """The public half of a private key as SubjectPublicKeyInfo PEM."""
    return public_key_text(load_private_key(private_pem).public_key())


def private_key_fingerprint(private_pem: str) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo that belongs to a private key; says nothing about the key itself."""
    return key_fingerprint(load_private_key(private_pem).public_key())


def public_key_fingerprint(public_key_pem: str) -> str:
    """SHA-256 (hex) of a SubjectPublicKeyInfo."""
    return key_fingerprint(load_public_key(public_key_pem))


def public_key_algorithm(public_key_pem: str) -> str:
    """The algorithm's name of a SubjectPublicKeyInfo, as `algorithm_name` has it."""
    return algorithm_name(load_public_key(public_key_pem))


def certificate_key_fingerprint(certificate_pem: str) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo in a certificate (the first one of a chain)."""
    with reading("the certificate's key"):
        return key_fingerprint(load_certificate(certificate_pem).public_key())


def load_private_key(pem: str) -> PrivateKey:
    """Parse a private key; raises CertificateError for one that is encrypted or of a type not accepted."""
    if isinstance(pem, str) and "ENCRYPTED" in pem:
        raise CertificateError("the private key is protected by a passphrase; allowed is PKCS#8 PEM without one")
    with reading("the private key"):
        try:
            key = serialization.load_pem_private_key(pem.encode("utf-8"), password=None)
        except UnsupportedAlgorithm as error:
            raise CertificateError(f"private key: found {unknown_type(error)}; allowed {ALLOWED_KEYS}") from None
    if not isinstance(key, PrivateKey):
        raise CertificateError(f"private key: found an unsupported type; allowed {ALLOWED_KEYS}")
    return key


def load_public_key(pem: str) -> PublicKey:
    """Parse a SubjectPublicKeyInfo PEM; raises CertificateError for a type or strength not accepted."""
    with reading("the public key"):
        key = serialization.load_pem_public_key(pem.encode("utf-8"))
    if isinstance(key, PublicKey) and not key_problems(key):
        return key
    raise CertificateError("; ".join(key_problems(key)))


def public_key_text(key: PublicKeyTypes) -> str:
    """A public key as SubjectPublicKeyInfo PEM."""
    return _subject_public_key_info(key, serialization.Encoding.PEM).decode("ascii")


def key_fingerprint(key: PublicKeyTypes) -> str:
    """SHA-256 (hex) of a public key's SubjectPublicKeyInfo DER."""
    return hashlib.sha256(_subject_public_key_info(key, serialization.Encoding.DER)).hexdigest()


def algorithm_name(key: PublicKeyTypes) -> str:
    """`rsa-<bits>`, `ecdsa-p256`, `ecdsa-p384`; the curve's or class's own name for anything else."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return CURVES.get(key.curve.name, f"ecdsa-{key.curve.name}")
    return type(key).__name__.removesuffix("PublicKey").lower()


def key_problems(key: PublicKeyTypes) -> list[str]:
    """What is wrong with a public key's type or strength; empty if it is accepted."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS:
        return rsa_problems(key.public_numbers())
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return []
    return [f"key: found {algorithm_name(key)}; allowed {ALLOWED_KEYS}"]


def held_key_problems(holder: KeyHolder) -> list[str]:
    """As `key_problems`, of the key in a certificate or request, which may be of a type unknown to the library."""
    with reading("the public key"):
        try:
            return key_problems(holder.public_key()) or _writing_problems(holder)
        except UnsupportedAlgorithm as error:
            return [f"key: found {unknown_type(error)}; allowed {ALLOWED_KEYS}"]


def _writing_problems(holder: KeyHolder) -> list[str]:
    """A key of a kind that is taken, written so that TLS libraries do not take it: the library reads over the difference."""
    key, signed = holder.public_key(), _signed_bytes(holder)
    if _subject_public_key_info(key, serialization.Encoding.DER) in signed:
        return []
    if isinstance(key, rsa.RSAPublicKey) and _PSS in signed:
        return [f"key: found RSA limited to RSASSA-PSS, which BoringSSL does not take; allowed {ALLOWED_KEYS}"]
    if _PRIME_FIELD in signed:
        return ["key: found a curve given by its parameters; allowed one given by its name"]
    if isinstance(key, rsa.RSAPublicKey):
        return ["key: found RSA without the NULL that belongs behind its name; allowed with it (RFC 3279)"]
    return ["key: found a point that is written in short; allowed one with both coordinates"]


def _signed_bytes(holder: KeyHolder) -> bytes:
    return holder.tbs_certificate_bytes if isinstance(holder, x509.Certificate) else holder.tbs_certrequest_bytes


def unknown_type(error: UnsupportedAlgorithm) -> str:
    """What the library does not know, in words. SM2 is told apart: it is common where the cloud is, and ALB takes none."""
    return "SM2" if SM2_CURVE in str(error) else "a type or protection unknown here"


def public_key_of(holder: KeyHolder) -> CertificatePublicKeyTypes | None:
    """The key of a certificate or request, None if its type is unknown to the library (SM2, for one)."""
    with reading("the public key"):
        try:
            return holder.public_key()
        except UnsupportedAlgorithm:
            return None


def _subject_public_key_info(key: PublicKeyTypes, encoding: serialization.Encoding) -> bytes:
    return key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
