"""Signatures of certificates and requests: algorithms that TLS libraries verify, and who signed what."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from mtlsedge_components.x509._reading import extension, reading

ACCEPTED_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
"""What OpenSSL and BoringSSL both verify in a chain; SHA-224 and SHA-3 only one of them does."""
_ALLOWED = "SHA-256 or stronger"


def signature_problems(signed: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    """Why no TLS library, or not every one, verifies the algorithm of a signature; says nothing of the signature itself."""
    with reading("the signature's algorithm"):
        try:
            digest = signed.signature_hash_algorithm
            parameters = signed.signature_algorithm_parameters
        except UnsupportedAlgorithm:
            return [f"signature: found an algorithm unknown here, such as SM2; allowed {_ALLOWED}"]
        if not isinstance(digest, ACCEPTED_HASHES):
            return [f"signature: found {digest.name.upper() if digest else 'EdDSA'}; allowed {_ALLOWED}"]
        return _pss_problems(parameters, digest) if isinstance(parameters, padding.PSS) else []


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name, key identifier and key fit what the certificate says of its issuer, and its signature.

    A signature whose algorithm has problems of its own counts as right: those are what has to be said of it.
    """
    if certificate.issuer != issuer.subject or not _identifiers_fit(certificate, issuer):
        return False
    if signature_problems(certificate):
        return True
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _identifiers_fit(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """OpenSSL and BoringSSL pass over an issuer whose key identifier is not the one the certificate names."""
    named, own = extension(certificate, x509.AuthorityKeyIdentifier), extension(issuer, x509.SubjectKeyIdentifier)
    return not (named and named.key_identifier and own) or named.key_identifier == own.digest


def _pss_problems(parameters: padding.PSS, digest: hashes.HashAlgorithm) -> list[str]:
    """BoringSSL takes a salt as long as the hash, and one hash for all (RFC 8446 section 4.2.3 has TLS 1.3 do so)."""
    salt, mask = parameters._salt_length, parameters._mgf._algorithm  # noqa: SLF001 - the library has no other way
    if isinstance(mask, type(digest)) and salt == digest.digest_size:
        return []
    found = f"RSASSA-PSS with {digest.name.upper()}, a mask of {mask.name.upper()} and a salt of {salt!s:.9} bytes"
    return [f"signature: found {found}; allowed one hash for both, and a salt of its {digest.digest_size} bytes"]
