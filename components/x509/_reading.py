"""The boundary to text from outside: PEM in, parsed objects out, `CertificateError` for all else."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.utils import CryptographyDeprecationWarning

from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.pem import blocks_alone

Value = TypeVar("Value", bound=x509.ExtensionType)

# What the library takes but wonders at is judged here, in words; its own would reach people as lines of Python.
warnings.filterwarnings("ignore", "Parsed a serial number", CryptographyDeprecationWarning)
warnings.filterwarnings("ignore", "Attribute's length must be", UserWarning)

_BLOCK = re.compile(r"-----BEGIN ([^\n-]*)-----")
_PRIVATE_KEY = re.compile(r"BEGIN[^\n]*PRIVATE KEY", re.IGNORECASE)
_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE"}
_REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
"""A label, and what old tools write in its place (RFC 7468 sections 5.1 and 7)."""

_PLACE = re.compile(r"location: \[([^\]]*)\]")
_PLACE_NAME = re.compile(r'"([A-Za-z_]+(?:::[A-Za-z_]+)?)"')
_KIND = re.compile(r"kind: ([A-Za-z]+)")
_KINDS = {
    "EncodedDefault": "a default that is written out",
    "InvalidValue": "a value of the wrong form",
    "InvalidTag": "a type that does not exist",
    "UnexpectedTag": "a value of another type",
    "ShortData": "too little data",
    "ExtraData": "data after its end",
    "InvalidLength": "a length of the wrong form",
    "InvalidSetOrdering": "a set in the wrong order",
}
_CAUSES = (
    (r"Duplicate ([0-9.]+) extension", r"extension \1 stands there twice"),
    (r"is not a valid (?:X509|CSR) version", "version: found one that does not exist"),
    (r"Only single-valued attributes", "attributes: found one without a value, or with several"),
    (r"path_length must be None", "basicConstraints: a path length without CA"),
    (r"does not appear to be an IPv", "an IP address of the wrong length"),
    (r"(?i)netmask", "nameConstraints: a network with gaps in its mask"),
    (r"At least one of permitted_subtrees", "nameConstraints: found none in it"),
    (r"e must be odd", "an even RSA exponent"),
    (r"e must be >= 3", "an RSA exponent below 3"),
    (r"(?i)invalid.*ec key|point is not on|point at infinity", "a point that is not on its curve"),
)
"""What the library says of a part it cannot take, and our words for it."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever a parser raises into `CertificateError("<what> cannot be read")`.

    Parsers of hostile input raise many types, some lazily when an attribute is first read, and
    their texts may quote the input; so everything is caught, and only `cause` is passed on.
    """
    try:
        yield
    except CertificateError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary itself, see above
        raise CertificateError(f"{what} cannot be read{cause(error)}") from None


def cause(error: Exception) -> str:
    """The part that a parser stumbled on and why, as `: part: reason`; "" if it does not say. Only known words pass."""
    text = str(error)
    for pattern, words in _CAUSES:
        if found := re.search(pattern, text):
            return ": " + found.expand(words)
    if not text.startswith("error parsing asn1 value"):
        return ""
    place, kind = _PLACE.search(text), _KIND.search(text)
    parts = _PLACE_NAME.findall(place[1]) if place else []
    reason = _KINDS.get(kind[1] if kind else "", "a value of the wrong form")
    return ": ".join(["", *parts[-1:], reason])


def contains_private_key(text: str) -> bool:
    """Whether the text holds a PEM private key of any kind, even a damaged one."""
    return _PRIVATE_KEY.search(text) is not None


def load_chain(pem: str) -> list[x509.Certificate]:
    """Every certificate of a PEM text in its order; raises unless all of it is readable certificates."""
    with reading("the certificate"):
        blocks = _blocks(pem, _CERTIFICATE_LABELS, "certificate")
        certificates = x509.load_pem_x509_certificates(blocks_alone(pem).encode("utf-8"))
        if len(certificates) != len(blocks):
            raise CertificateError("a certificate in the text is cut off")
        for certificate in certificates:
            _read_parts(certificate)
        return certificates


def load_certificate(pem: str) -> x509.Certificate:
    """The first certificate of a PEM text; what follows it must be its chain."""
    return load_chain(pem)[0]


def load_request(pem: str) -> x509.CertificateSigningRequest:
    """The one certificate signing request of a PEM text."""
    with reading("the certificate signing request"):
        if len(_blocks(pem, _REQUEST_LABELS, "certificate signing request")) != 1:
            raise CertificateError("found several certificate signing requests; allowed is exactly one")
        return x509.load_pem_x509_csr(pem.encode("utf-8"))


def _read_parts(certificate: x509.Certificate) -> None:
    """The library reads names and extensions when first asked for them; asked for here, no damage is found out later."""
    with reading("the certificate's names"):
        _ = certificate.subject, certificate.issuer
    with reading("the certificate's extensions"):
        _ = certificate.extensions


def certificate_text(certificate: x509.Certificate) -> str:
    """The certificate as PEM with LF line ends."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def request_text(request: x509.CertificateSigningRequest) -> str:
    """The request as PEM with LF line ends."""
    return request.public_bytes(serialization.Encoding.PEM).decode("ascii")


def extension(certificate: x509.Certificate, kind: type[Value]) -> Value | None:
    """The value of an extension, None if the certificate does not carry it."""
    with reading("the certificate's extensions"):
        try:
            return certificate.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None


def _blocks(pem: str, labels: set[str], what: str) -> list[str]:
    """Labels of all PEM blocks of the text; raises unless there are some, all with one of `labels`."""
    if contains_private_key(pem):
        raise CertificateError(f"found a private key where only a {what} belongs")
    found = _BLOCK.findall(pem)
    if not found:
        raise CertificateError(f"found no PEM {what}")
    if not labels.issuperset(found):
        raise CertificateError(f"found a PEM block that is not a {what}")
    return found
