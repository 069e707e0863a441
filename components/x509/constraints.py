"""Name constraints of a CA (RFC 5280 section 4.2.1.10): the extension, and which names lie outside of it.

Judged as strictly as the strictest verifier seen: a common name that reads as a host counts as one where there is no
DNS name (OpenSSL), a URI without a host is outside of every constraint on URIs (RFC 5280), and a wildcard is outside
if it would stand for an excluded host.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from components.importing import one_at_a_time
from components.x509._reading import extension, load_certificate, reading
from components.x509.checking import covers
from components.x509.errors import CertificateError
from components.x509.facts import facts_of
from components.x509.names import KINDS, shown

if TYPE_CHECKING:  # see components.x509.names
    from components.settings.model import NameConstraints, Subject, SubjectAlternativeNames, Subtrees

_NameKind = type[x509.DNSName] | type[x509.RFC822Name] | type[x509.UniformResourceIdentifier]
_GENERAL_NAMES: dict[str, _NameKind] = {
    "dns": x509.DNSName,
    "email": x509.RFC822Name,
    "uri": x509.UniformResourceIdentifier,
}
_NOUNS = {"dns": "host names", "email": "addresses", "uri": "URIs with a host"}
_LABEL = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST_LIKE = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.IGNORECASE)
"""A common name that OpenSSL takes for a host name."""
_HOST_NAME = re.compile(r"(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*", re.IGNORECASE)
"""A host of a URI that is no address."""


@dataclass(frozen=True)
class Outside:
    """A name that a CA may not certify: `dns`, `email`, `uri` or `commonName`, the name, and what is allowed instead."""

    kind: str
    name: str
    allowed: str


def constraints_extension(constraints: "NameConstraints") -> x509.NameConstraints | None:
    """The extension's value, None if nothing is constrained."""
    permitted, excluded = _general(constraints.permitted), _general(constraints.excluded)
    if not permitted and not excluded:
        return None
    return x509.NameConstraints(permitted or None, excluded or None)


def constraints_of(certificate: x509.Certificate) -> "NameConstraints":
    """What a CA's certificate says of host names, addresses and URIs; kinds that no client has are left out."""
    with one_at_a_time:
        from components.settings.model import NameConstraints  # noqa: PLC0415 - see components.x509.names

    found = extension(certificate, x509.NameConstraints)
    if found is None:
        return NameConstraints()
    return NameConstraints(_plain(found.permitted_subtrees), _plain(found.excluded_subtrees))


def name_constraints(pem: str) -> "NameConstraints":
    """As `constraints_of`, for the first certificate of a text; raises CertificateError if it cannot be read."""
    certificate = load_certificate(pem)
    with reading("the certificate's name constraints"):
        return constraints_of(certificate)


def outside(constraints: "NameConstraints", subject: "Subject", names: "SubjectAlternativeNames") -> list[Outside]:
    """Every name of a certificate that its issuer may not certify; an address in the subject is one of its names."""
    return [
        Outside(kind, name, _allowed(constraints, tree_kind))
        for kind, tree_kind, name in _names(subject, names)
        if not _is_inside(constraints, tree_kind, name)
    ]


def constraint_problems(leaf: x509.Certificate, issuers: Iterable[x509.Certificate]) -> list[str]:
    """Names of a certificate made elsewhere that one of the CAs above it may not certify, a line each."""
    with one_at_a_time:
        from components.settings.model import Subject, SubjectAlternativeNames  # noqa: PLC0415 - see components.x509.names

    facts = facts_of(leaf)
    addresses = leaf.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
    subject = Subject(facts.common_name, email=str(addresses[0].value) if addresses else "")
    names = SubjectAlternativeNames(facts.dns_names, facts.emails, facts.uris)
    return [
        f"names: {one.kind} {shown(one.name)} is outside the name constraints of {issuer.subject.rfc4514_string()[:120]!r};"
        f" allowed {one.allowed}"
        for issuer in issuers
        for one in outside(constraints_of(issuer), subject, names)
    ]


def require_inside(constraints: "NameConstraints", subject: "Subject", names: "SubjectAlternativeNames") -> None:
    """Raises CertificateError with every name that the issuer may not certify."""
    if found := outside(constraints, subject, names):
        told = "; ".join(f"{one.kind} {shown(one.name)}, allowed {one.allowed}" for one in found)
        raise CertificateError(f"names: found some outside the issuer's name constraints: {told}")


def _names(subject: "Subject", names: "SubjectAlternativeNames") -> Iterator[tuple[str, str, str]]:
    """What it is, the kind of tree it belongs in, and the name."""
    for kind in KINDS:
        yield from ((kind, kind, name) for name in getattr(names, kind))
    if subject.email and subject.email not in names.email:
        yield "email", "email", subject.email
    if not names.dns and _HOST_LIKE.fullmatch(subject.common_name):
        yield "commonName", "dns", subject.common_name


def _is_inside(constraints: "NameConstraints", kind: str, name: str) -> bool:
    permitted, excluded = _trees(constraints.permitted, kind), _trees(constraints.excluded, kind)
    if not permitted and not excluded:
        return True
    if kind == "uri" and not _HOST_NAME.fullmatch(_host_of(name)):
        return False
    is_permitted = not permitted or any(_WITHIN[kind](name, tree) for tree in permitted)
    return is_permitted and not any(_WITHIN[kind](name, tree) or _reaches(name, tree) for tree in excluded)


def _in_domain(name: str, tree: str) -> bool:
    """A domain has its own name and all below it; an empty one is that of every name, `.domain` has those below only."""
    name, tree = name.lower(), tree.lower()
    return not tree or name == tree or name.endswith(tree if tree.startswith(".") else f".{tree}")


def _on_host(host: str, tree: str) -> bool:
    """A host is itself only, `.domain` every host below."""
    host, tree = host.lower(), tree.lower()
    return not tree or (host.endswith(tree) if tree.startswith(".") else host == tree)


def _in_mail_tree(address: str, tree: str) -> bool:
    (mailbox, _, host), (wanted, has_mailbox, domain) = address.rpartition("@"), tree.rpartition("@")
    return _on_host(host, domain) and (not has_mailbox or mailbox == wanted)


def _in_uri_tree(uri: str, tree: str) -> bool:
    return _on_host(_host_of(uri), tree)


_WITHIN: dict[str, Callable[[str, str], bool]] = {"dns": _in_domain, "email": _in_mail_tree, "uri": _in_uri_tree}


def _reaches(name: str, tree: str) -> bool:
    """Whether a wildcard stands for an excluded host."""
    return name.startswith("*.") and covers(name, tree)


def _host_of(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _allowed(constraints: "NameConstraints", kind: str) -> str:
    permitted, excluded = _trees(constraints.permitted, kind), _trees(constraints.excluded, kind)
    inside = f" in {', '.join(permitted)}" if permitted else ""
    but = f"{', but' if inside else ''} not in {', '.join(excluded)}" if excluded else ""
    return f"{_NOUNS[kind]}{inside}{but}"


def _trees(subtrees: "Subtrees", kind: str) -> tuple[str, ...]:
    return tuple(getattr(subtrees, kind))


def _general(subtrees: "Subtrees") -> list[x509.GeneralName]:
    return [_GENERAL_NAMES[kind](tree) for kind in KINDS for tree in _trees(subtrees, kind)]


def _plain(subtrees: Iterable[x509.GeneralName] | None) -> "Subtrees":
    with one_at_a_time:
        from components.settings.model import Subtrees  # noqa: PLC0415 - see components.x509.names

    found = list(subtrees or ())
    return Subtrees(**{
        kind: tuple(str(one.value) for one in found if isinstance(one, general))
        for kind, general in _GENERAL_NAMES.items()
    })  # fmt: skip
