"""What makes a certificate an authority, for the one that signs (`building`) and the one that is trusted (`checking`)."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from components.x509._reading import extension, reading
from components.x509.facts import time_text
from components.x509.keys import held_key_problems, public_key_of


def authority_problems(certificate: x509.Certificate, now: datetime) -> list[str]:
    """Why a certificate cannot sign others at this time; empty if it can."""
    return [*lasting_problems(certificate), *validity_problems(certificate, now)]


def lasting_problems(certificate: x509.Certificate) -> list[str]:
    """Why a certificate can sign others at no time: what does not change, and need not be looked at twice."""
    return [*_version_problems(certificate), *_right_problems(certificate), *held_key_problems(certificate)]


def validity_problems(certificate: x509.Certificate, now: datetime) -> list[str]:
    """Whether the time lies outside the certificate's validity."""
    with reading("the certificate's validity"):
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        return [f"validity: begins at {time_text(begin)}, which is in the future"]
    return [f"validity: expired at {time_text(end)}"] if now >= end else []


def belong_together(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    """Whether the certificate speaks for this private key."""
    certified = public_key_of(certificate)
    return certified is not None and certified == key.public_key()


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and key fit the certificate's issuer name and signature."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _version_problems(certificate: x509.Certificate) -> list[str]:
    """Version 1 has no extensions, so nothing says that its holder may sign (RFC 5280 section 4.2.1.9)."""
    with reading("the certificate's version"):
        if certificate.version is x509.Version.v3:
            return []
        return [f"version: found {certificate.version.value + 1}; allowed 3 (a CA says so in an extension)"]


def _right_problems(certificate: x509.Certificate) -> list[str]:
    constraints, usage = extension(certificate, x509.BasicConstraints), extension(certificate, x509.KeyUsage)
    if constraints is None or not constraints.ca:
        return ["basicConstraints: found no CA; allowed a CA certificate (CA:TRUE)"]
    if usage is not None and not usage.key_cert_sign:
        return ["keyUsage: found no keyCertSign; allowed a CA that may sign certificates"]
    return []
