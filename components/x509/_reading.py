"""The boundary to text from outside: PEM in, parsed objects out, `CertificateError` for all else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from components.x509.errors import CertificateError

Value = TypeVar("Value", bound=x509.ExtensionType)

_BLOCK = re.compile(r"-----BEGIN ([^\n-]*)-----")
_PRIVATE_KEY = re.compile(r"BEGIN[^\n]*PRIVATE KEY", re.IGNORECASE)
_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE"}
_REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever a parser raises into `CertificateError("<what> cannot be read")`.

    Parsers of hostile input raise many types, some lazily when an attribute is first read, and
    their texts may quote the input; so everything is caught and nothing is passed on.
    """
    try:
        yield
    except CertificateError:
        raise
    except Exception:  # noqa: BLE001 - the boundary itself, see above
        raise CertificateError(f"{what} cannot be read") from None


def contains_private_key(text: str) -> bool:
    """Whether the text holds a PEM private key of any kind, even a damaged one."""
    return _PRIVATE_KEY.search(text) is not None


def load_chain(pem: str) -> list[x509.Certificate]:
    """Every certificate of a PEM text in its order; raises unless all of it is readable certificates."""
    with reading("the certificate"):
        blocks = _blocks(pem, _CERTIFICATE_LABELS, "certificate")
        certificates = x509.load_pem_x509_certificates(pem.encode("utf-8"))
        if len(certificates) != len(blocks):
            raise CertificateError("a certificate in the text is cut off")
        for certificate in certificates:
            _read_names(certificate)
        return certificates


def load_certificate(pem: str) -> x509.Certificate:
    """The first certificate of a PEM text; what follows it must be its chain."""
    return load_chain(pem)[0]


def load_request(pem: str) -> x509.CertificateSigningRequest:
    """The one certificate signing request of a PEM text."""
    with reading("the certificate signing request"):
        if len(_blocks(pem, _REQUEST_LABELS, "certificate signing request")) != 1:
            raise CertificateError("found several certificate signing requests; allowed is exactly one")
        request = x509.load_pem_x509_csr(pem.encode("utf-8"))
        _read_names(request)
        return request


def _read_names(signed: x509.Certificate | x509.CertificateSigningRequest) -> None:
    """The library reads names when first asked for them; asked for here, no damage is found out later."""
    _ = signed.subject
    if isinstance(signed, x509.Certificate):
        _ = signed.issuer


def certificate_text(certificate: x509.Certificate) -> str:
    """The certificate as PEM with LF line ends."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


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
