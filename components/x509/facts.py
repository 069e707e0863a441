"""What a certificate says, in plain values for outputs, tables and comparisons."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from mtlsedge_components.x509._reading import extension, load_certificate, reading
from mtlsedge_components.x509.keys import algorithm_name, key_fingerprint, public_key_of
from mtlsedge_components.x509.names import readable

_NameKind = type[x509.DNSName] | type[x509.RFC822Name] | type[x509.UniformResourceIdentifier]

_PURPOSES = {
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}


UNKNOWN_ALGORITHM = "unknown"
"""Stands in for a key of a type that the library does not know."""


@dataclass(frozen=True)
class Facts:
    """A certificate in plain values.

    Names are RFC 4514 text, times ISO 8601 in UTC, `serial`, `fingerprint` (SHA-256 of the DER) and
    `key_fingerprint` (SHA-256 of the SubjectPublicKeyInfo) lower-case hex. An algorithm unknown here
    (SM2, for one) is "unknown", its key fingerprint "". `path_length` is None where there is no limit.
    """

    subject: str
    issuer: str
    common_name: str
    serial: str
    not_before: str
    not_after: str
    fingerprint: str
    key_fingerprint: str
    algorithm: str
    version: int
    is_ca: bool
    path_length: int | None
    self_issued: bool
    purposes: tuple[str, ...]
    """Extended key usages by name (`clientAuth`, …) or dotted OID; empty if unrestricted."""
    dns_names: tuple[str, ...]
    emails: tuple[str, ...]
    uris: tuple[str, ...]


def inspect(pem: str) -> Facts:
    """The facts of a certificate, the first one if the text is a chain; raises CertificateError if unreadable."""
    certificate = load_certificate(pem)
    with reading("the certificate"):
        return facts_of(certificate)


def facts_of(certificate: x509.Certificate) -> Facts:
    """The facts of a parsed certificate; any of its parts may turn out to be unreadable."""
    key, constraints = public_key_of(certificate), extension(certificate, x509.BasicConstraints)
    return Facts(
        subject=readable(certificate.subject),
        issuer=readable(certificate.issuer),
        common_name=_common_name(certificate),
        serial=serial_text(certificate),
        not_before=time_text(certificate.not_valid_before_utc),
        not_after=time_text(certificate.not_valid_after_utc),
        fingerprint=fingerprint(certificate),
        key_fingerprint=key_fingerprint(key) if key else "",
        algorithm=algorithm_name(key) if key else UNKNOWN_ALGORITHM,
        version=certificate.version.value + 1,
        is_ca=bool(constraints and constraints.ca),
        path_length=constraints.path_length if constraints else None,
        self_issued=certificate.subject == certificate.issuer,
        purposes=tuple(_PURPOSES.get(oid, oid.dotted_string) for oid in purposes_of(certificate)),
        dns_names=_alternative_names(certificate, x509.DNSName),
        emails=_alternative_names(certificate, x509.RFC822Name),
        uris=_alternative_names(certificate, x509.UniformResourceIdentifier),
    )


def dns_names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Hosts in the subject alternative names; the common name does not count (RFC 6125, and browsers)."""
    return _alternative_names(certificate, x509.DNSName)


def purposes_of(certificate: x509.Certificate) -> tuple[ObjectIdentifier, ...]:
    """Extended key usages; empty if the certificate is not restricted."""
    return tuple(extension(certificate, x509.ExtendedKeyUsage) or ())


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER, lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial_text(certificate: x509.Certificate) -> str:
    """The serial number in lower-case hex, two digits a byte, as certificate tools print it."""
    digits = f"{certificate.serial_number:x}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC with a Z, in whole seconds: 2026-11-22T21:45:00Z."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _alternative_names(certificate: x509.Certificate, kind: _NameKind) -> tuple[str, ...]:
    names = extension(certificate, x509.SubjectAlternativeName)
    return tuple(names.get_values_for_type(kind)) if names else ()
