"""What makes a certificate an authority, for the one that signs (`building`) and the one that is trusted (`checking`)."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtensionOID

from mtlsedge_components.x509._reading import extension, reading
from mtlsedge_components.x509.facts import time_text
from mtlsedge_components.x509.keys import held_key_problems, public_key_of

_UNDERSTOOD = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.INHIBIT_ANY_POLICY,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.NAME_CONSTRAINTS,
    ExtensionOID.POLICY_CONSTRAINTS,
    ExtensionOID.POLICY_MAPPINGS,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}
"""What both OpenSSL and BoringSSL process where it is critical."""
_UNKNOWN_TEXTS = {"VisibleString"}
"""Types of text that OpenSSL does not read in a name."""


def authority_problems(certificate: x509.Certificate, now: datetime) -> list[str]:
    """Why a certificate cannot sign others at this time; empty if it can."""
    return [*lasting_problems(certificate), *validity_problems(certificate, now)]


def lasting_problems(certificate: x509.Certificate) -> list[str]:
    """Why a certificate can sign others at no time: what does not change, and need not be looked at twice."""
    return [
        *_version_problems(certificate),
        *_right_problems(certificate),
        *critical_problems(certificate),
        *odd_problems(certificate),
        *held_key_problems(certificate),
    ]


def critical_problems(certificate: x509.Certificate) -> list[str]:
    """Extensions that must be understood, and that OpenSSL or BoringSSL does not understand: each refuses the chain."""
    with reading("the certificate's extensions"):
        return [
            f"extension {one.oid.dotted_string}: is critical, and TLS libraries do not know it; allowed not critical"
            for one in certificate.extensions
            if one.critical and one.oid not in _UNDERSTOOD
        ]


def odd_problems(certificate: x509.Certificate) -> list[str]:
    """What the library reads over, and BoringSSL or OpenSSL does not: each refuses the chain."""
    with reading("the certificate's extensions"):
        written = certificate.tbs_certificate_bytes
        names = extension(certificate, x509.NameConstraints)
        policies = [one.policy_identifier for one in extension(certificate, x509.CertificatePolicies) or ()]
        demand = extension(certificate, x509.PolicyConstraints)
        checks = (
            (
                certificate.version is x509.Version.v1 and list(certificate.extensions),
                "version: found 1 with extensions",
            ),
            (names and names.public_bytes() not in written, "nameConstraints: found a minimum or maximum distance"),
            (len(policies) > len(set(policies)), "certificatePolicies: found one twice"),
            (demand and demand.require_explicit_policy is not None, "policyConstraints: found a demand for policies"),
            (_has_unknown_text(certificate), "names: found a text of a type that names do not have"),
        )
    return [f"{found}, which a TLS library refuses; allowed without" for is_so, found in checks if is_so]


def _has_unknown_text(certificate: x509.Certificate) -> bool:
    names = (*certificate.subject, *certificate.issuer)
    return any(one._type.name in _UNKNOWN_TEXTS for one in names)  # noqa: SLF001 - the library has no other way


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
