"""What a certificate signing request asks for beyond what it gets.

A request proves that its sender holds a key. Everything else in it is a wish: subject, names, usages and
extensions of the certificate come from the stack file, and what was wished beyond that is named, and dropped.
"""

from collections.abc import Callable

from cryptography import x509
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, ExtensionOID, NameOID, ObjectIdentifier

from mtlsedge_components.x509 import names
from mtlsedge_components.x509._reading import Value, load_request, reading
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.names import Subject, SubjectAlternativeNames

_GRANTED_USAGES = {"digital_signature"}
_KNOWN = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
}
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign",
)  # fmt: skip


def dropped_wishes(csr_pem: str, subject: Subject, granted: SubjectAlternativeNames) -> list[str]:
    """Everything the request asks for that a client certificate with this subject and these names does not have.

    One line each, in plain words; empty if it asks for nothing more. A part that cannot be read is dropped like any
    other wish, and said with its cause: only the key of a request is taken, so that nothing hangs on it. Raises
    CertificateError for an unreadable request.
    """
    request = load_request(csr_pem)
    return [
        *_wishes("its subject", lambda: _subject_wishes(request, subject)),
        *_wishes("its extensions", lambda: _name_wishes(request, subject, granted) + _extension_wishes(request)),
        *_wishes("its attributes", lambda: _attribute_wishes(request)),
    ]


def common_name(csr_pem: str) -> str:
    """The first common name a request asks for, "" if it asks for none; raises CertificateError if unreadable."""
    request = load_request(csr_pem)
    with reading("the certificate signing request"):
        found = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else ""


def _wishes(part: str, read: Callable[[], list[str]]) -> list[str]:
    """The wishes of one part, or that it cannot be read."""
    try:
        with reading(part):
            return read()
    except CertificateError as error:
        return [str(error)]


def _subject_wishes(request: x509.CertificateSigningRequest, subject: Subject) -> list[str]:
    wanted, given = request.subject, names.distinguished_name(subject)
    if not list(wanted) or wanted == given:
        return []
    return [f"subject {names.shown(names.readable(wanted))} (it gets {names.shown(names.readable(given))})"]


def _name_wishes(
    request: x509.CertificateSigningRequest, subject: Subject, granted: SubjectAlternativeNames
) -> list[str]:
    wanted = _wished(request, x509.SubjectAlternativeName)
    given = set(names.alternative_names(granted, also=subject.email))
    return [f"name {names.shown(_plain(name))}" for name in wanted or () if name not in given]


def _extension_wishes(request: x509.CertificateSigningRequest) -> list[str]:
    wishes = []
    constraints, usage = _wished(request, x509.BasicConstraints), _wished(request, x509.KeyUsage)
    if constraints is not None and constraints.ca:
        wishes.append("basicConstraints CA:TRUE (to be an authority)")
    if usage is not None:
        extra = [name for name in _USAGES if getattr(usage, name) and name not in _GRANTED_USAGES]
        wishes += [f"keyUsage {name.replace('_', ' ')}" for name in extra]
    purposes = _wished(request, x509.ExtendedKeyUsage)
    wishes += [f"extendedKeyUsage {_purpose(oid)}" for oid in purposes or () if oid != ExtendedKeyUsageOID.CLIENT_AUTH]
    return wishes + [f"extension {one.oid.dotted_string}" for one in request.extensions if one.oid not in _KNOWN]


def _attribute_wishes(request: x509.CertificateSigningRequest) -> list[str]:
    """A challenge password is named, never shown; the list of extensions is an attribute too and judged above."""
    extension_request = "1.2.840.113549.1.9.14"
    return [
        "attribute challengePassword"
        if one.oid == AttributeOID.CHALLENGE_PASSWORD
        else f"attribute {one.oid.dotted_string}"
        for one in request.attributes
        if one.oid.dotted_string != extension_request
    ]


def _wished(request: x509.CertificateSigningRequest, kind: type[Value]) -> Value | None:
    try:
        return request.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _plain(name: x509.GeneralName) -> str:
    value = name.value
    return names.readable(value) if isinstance(value, x509.Name) else str(value)


def _purpose(oid: ObjectIdentifier) -> str:
    return {ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth"}.get(oid, oid.dotted_string)
