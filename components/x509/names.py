"""Names in a certificate: the subject's distinguished name and the subject alternative names.

Both are checked here against RFC 5280, all problems at once, so that `settings` can refuse a name
while loading and `building` cannot make a certificate that strict verifiers reject.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from mtlsedge_components.x509.errors import CertificateError


@dataclass(frozen=True)
class Subject:
    """Distinguished name of a certificate; empty attributes are left out of the name."""

    common_name: str
    country: str = ""
    state: str = ""
    locality: str = ""
    organization: str = ""
    unit: str = ""
    email: str = ""


@dataclass(frozen=True)
class SubjectAlternativeNames:
    """Names a certificate speaks for; a certificate carries at least one."""

    dns: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()


_ATTRIBUTES = (
    ("country", "country", NameOID.COUNTRY_NAME, 2),
    ("state", "state", NameOID.STATE_OR_PROVINCE_NAME, 128),
    ("locality", "locality", NameOID.LOCALITY_NAME, 128),
    ("organization", "organization", NameOID.ORGANIZATION_NAME, 64),
    ("unit", "unit", NameOID.ORGANIZATIONAL_UNIT_NAME, 64),
    ("common_name", "commonName", NameOID.COMMON_NAME, 64),
    ("email", "email", NameOID.EMAIL_ADDRESS, 255),
)
"""Field of `Subject`, its configuration key, its OID, its upper bound in characters (RFC 5280 appendix A.1);
the order is the order in the certificate."""

ATTRIBUTE_OIDS = tuple((field, oid) for field, _, oid, _ in _ATTRIBUTES)
"""Field of `Subject` and its OID, in the certificate's order."""
LONGEST = {key: bound for _, key, _, bound in _ATTRIBUTES}
"""Upper bound in characters by configuration key."""
COMMON_NAME_BYTES = 64
"""The library counts a common name in bytes of UTF-8, X.520 in characters: both hold here."""
KINDS = ("dns", "email", "uri")
"""Kinds of alternative name: the fields of `SubjectAlternativeNames`."""

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP_LABEL = r"([A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])"
_HOST = re.compile(rf"({_LABEL}\.)+{_TOP_LABEL}")
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SHOWN_CHARACTERS = 64


def subject_problems(subject: Subject) -> list[str]:
    """What is wrong with a subject, one line an attribute; empty if a certificate can carry it."""
    values = [(key, getattr(subject, field)) for field, key, _, _ in _ATTRIBUTES]
    found = [problem for key, value in values if value and (problem := _attribute_problem(key, value))]
    return found if subject.common_name else [*found, "commonName: found nothing; allowed 1-64 characters"]


def fits(key: str, value: str) -> bool:
    """Whether a value is not longer than the attribute under this configuration key may be."""
    in_bytes = len(value.encode("utf-8", "surrogatepass"))
    return len(value) <= LONGEST[key] and (key != "commonName" or in_bytes <= COMMON_NAME_BYTES)


def limit(key: str) -> str:
    """The longest value of the attribute under this configuration key, in words."""
    return f"{LONGEST[key]} characters" + (
        f" of {COMMON_NAME_BYTES} bytes of UTF-8 in all" if key == "commonName" else ""
    )


def extended(common_name: str, suffix: str) -> str:
    """A common name with `suffix` after it, cut so that the whole fits: equal subjects would confuse path building."""
    while not fits("commonName", common_name + suffix):
        common_name = common_name[:-1]
    return common_name + suffix


def name_problems(names: SubjectAlternativeNames, *, wildcards: bool = False) -> list[str]:
    """What is wrong with alternative names, one line each; `wildcards` permits `*.` hosts (servers only)."""
    host = "a host name of two labels or more in ASCII" + (", `*.` before it" if wildcards else "")
    checks = (
        ("dns", names.dns, lambda value: _is_host(value, wildcards=wildcards), host),
        ("email", names.email, _is_email, "an ASCII address such as ops@example.com"),
        ("uri", names.uri, _is_uri, "an absolute URI such as urn:uuid:… or spiffe://example.com/device"),
    )
    return [f"{key}: found {shown(value)}; allowed {allowed}"
            for key, values, accepts, allowed in checks for value in values if not accepts(value)]  # fmt: skip


def distinguished_name(subject: Subject) -> x509.Name:
    """The subject as C, ST, L, O, OU, CN, emailAddress; absent attributes are left out."""
    if problems := subject_problems(subject):
        raise CertificateError("subject: " + "; ".join(problems))
    values = [(oid, getattr(subject, field)) for field, _, oid, _ in _ATTRIBUTES]
    return x509.Name([
        x509.NameAttribute(oid, value.upper() if oid == NameOID.COUNTRY_NAME else value)
        for oid, value in values if value
    ])  # fmt: skip


def alternative_names(
    names: SubjectAlternativeNames, *, also: str = "", wildcards: bool = False
) -> x509.SubjectAlternativeName:
    """The extension's value without duplicates, `also` an address; raises CertificateError for a name that is not one."""
    if problems := name_problems(names, wildcards=wildcards):
        raise CertificateError("names: " + "; ".join(problems))
    general: list[x509.GeneralName] = [x509.DNSName(value.lower()) for value in names.dns]
    general += [x509.RFC822Name(value) for value in (*names.email, also) if value]
    general += [x509.UniformResourceIdentifier(value) for value in names.uri]
    return x509.SubjectAlternativeName(dict.fromkeys(general))


def readable(name: x509.Name) -> str:
    """A distinguished name as RFC 4514 text, most specific attribute first."""
    return name.rfc4514_string({NameOID.EMAIL_ADDRESS: "emailAddress"})


def shown(value: str) -> str:
    """A name as it may stand in a message: short and quoted, or only its length if it may be something else."""
    if not isinstance(value, str):
        return "something that is not text"
    if len(value) > _SHOWN_CHARACTERS or not value.isprintable() or "-----" in value:
        return f"a text of {len(value)} characters"
    return repr(value)


def _attribute_problem(key: str, value: str) -> str:
    if not isinstance(value, str) or _UNPRINTABLE.search(value):
        return f"{key}: found control characters; allowed printable text"
    if key == "country" and not re.fullmatch("[A-Za-z]{2}", value):
        return f"country: found {shown(value)}; allowed two letters (ISO 3166)"
    if not fits(key, value):
        in_bytes = f" of {len(value.encode())} bytes" if len(value) <= LONGEST[key] else ""
        return f"{key}: found {len(value)} characters{in_bytes}; allowed {limit(key)}"
    if key == "email" and not _is_email(value):
        return f"email: found {shown(value)}; allowed an ASCII address such as ops@example.com"
    return f"{key}: found spaces at an end; allowed none there" if value != value.strip() else ""


def _is_host(value: str, *, wildcards: bool = False) -> bool:
    host = value.removeprefix("*.") if wildcards else value
    return len(host) <= 253 and _HOST.fullmatch(host) is not None


def _is_email(value: str) -> bool:
    mailbox, _, host = value.rpartition("@")
    return len(mailbox) <= 64 and _MAILBOX.fullmatch(mailbox) is not None and _is_host(host)


def _is_uri(value: str) -> bool:
    """An absolute URI; one with an authority names its host in full (RFC 5280 section 4.2.1.6)."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    return _URI.fullmatch(value) is not None and (not parts.netloc or _is_host(host) or _is_address(host))


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
