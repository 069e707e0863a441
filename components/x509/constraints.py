"""Name constraints of a CA (RFC 5280 section 4.2.1.10): the extension, and which names lie outside of it.

Judged as strictly as the strictest verifier seen: a common name that reads as a host counts as one where there is no
DNS name (OpenSSL), a URI without a host is outside of every constraint on URIs (RFC 5280), a wildcard is outside
if it would stand for an excluded host, and a name of a kind that verifiers cannot compare (other names, registered
ids) is outside of every constraint on that kind.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from mtlsedge_components.x509._reading import extension, load_certificate, reading
from mtlsedge_components.x509.checking import covers
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.names import KINDS, Subject, SubjectAlternativeNames, distinguished_name, readable, shown

_NameKind = type[x509.DNSName] | type[x509.RFC822Name] | type[x509.UniformResourceIdentifier]
_GENERAL_NAMES: dict[str, _NameKind] = {
    "dns": x509.DNSName,
    "email": x509.RFC822Name,
    "uri": x509.UniformResourceIdentifier,
}
_NOUNS = {
    "dns": "host names",
    "email": "addresses",
    "uri": "URIs with a host",
    "ip": "IP addresses",
    "subject": "subjects",
    "other": "names of a kind that is compared",
}
_NetworkLike = ipaddress.IPv4Network | ipaddress.IPv6Network
_LABEL = "[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST_LIKE = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.IGNORECASE)
"""A common name that OpenSSL takes for a host name."""
_HOST_NAME = re.compile(r"(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*", re.IGNORECASE)
"""A host of a URI that is no address."""


@dataclass(frozen=True)
class Subtrees:
    """Trees of names, by kind (RFC 5280 section 4.2.1.10).

    `dns`: a domain, for itself and every name below it. `email`: an address; a host, for all addresses on it; `.domain`
    for those on every host below. `uri`: a host; `.domain` for every host below.
    """

    dns: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()


@dataclass(frozen=True)
class NameConstraints:
    """What names a CA may certify. A kind of name without a permitted tree is limited by the excluded ones alone."""

    permitted: Subtrees = Subtrees()
    excluded: Subtrees = Subtrees()


@dataclass(frozen=True)
class Outside:
    """A name that a CA may not certify, as text, and what is allowed instead.

    Kinds: `dns`, `email`, `uri`, `ip`, `subject`, `other`, and `commonName`.
    """

    kind: str
    name: str
    allowed: str


@dataclass(frozen=True)
class Limits:
    """What a CA may certify: trees by kind, which are host names and the like as text, networks, and subjects."""

    permitted: tuple[tuple[str, Any], ...] = ()
    excluded: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, certificate: x509.Certificate) -> "Limits":
        """What a CA's certificate says."""
        found = extension(certificate, x509.NameConstraints)
        return cls(_trees_of(found.permitted_subtrees), _trees_of(found.excluded_subtrees)) if found else cls()

    @classmethod
    def declared(cls, constraints: NameConstraints) -> "Limits":
        """What a generation's setting says."""
        parts = (constraints.permitted, constraints.excluded)
        return cls(*(tuple((kind, tree) for kind in KINDS for tree in getattr(part, kind)) for part in parts))


def limits(pem: str) -> Limits:
    """As `Limits.of`, for the first certificate of a text; raises CertificateError if it cannot be read."""
    return Limits.of(load_certificate(pem))


def constraints_extension(constraints: NameConstraints) -> x509.NameConstraints | None:
    """The extension's value, None if nothing is constrained."""
    permitted, excluded = _general(constraints.permitted), _general(constraints.excluded)
    if not permitted and not excluded:
        return None
    return x509.NameConstraints(permitted or None, excluded or None)


def constraints_of(certificate: x509.Certificate) -> NameConstraints:
    """What a CA's certificate says of host names, addresses and URIs; kinds that no client has are left out."""
    found = extension(certificate, x509.NameConstraints)
    if found is None:
        return NameConstraints()
    return NameConstraints(_plain(found.permitted_subtrees), _plain(found.excluded_subtrees))


def name_constraints(pem: str) -> NameConstraints:
    """As `constraints_of`, for the first certificate of a text; raises CertificateError if it cannot be read."""
    certificate = load_certificate(pem)
    with reading("the certificate's name constraints"):
        return constraints_of(certificate)


def outside(constraints: Limits | NameConstraints, subject: Subject, names: SubjectAlternativeNames) -> list[Outside]:
    """Every name of a certificate that its issuer may not certify; an address in the subject is one of its names."""
    limited = constraints if isinstance(constraints, Limits) else Limits.declared(constraints)
    return _outside(limited, _names(subject, names))


def constraint_problems(certificate: x509.Certificate, issuers: Iterable[x509.Certificate]) -> list[str]:
    """Names of a certificate made elsewhere that one of the CAs above it may not certify, a line each."""
    names = list(_certified_names(certificate))
    return [
        f"names: {one.kind} {shown(one.name)} is outside the name constraints of {readable(issuer.subject)[:120]!r};"
        f" allowed {one.allowed}"
        for issuer in issuers
        for one in _outside(Limits.of(issuer), names)
    ]


def require_inside(constraints: Limits, subject: Subject, names: SubjectAlternativeNames) -> None:
    """Raises CertificateError with every name that the issuer may not certify."""
    if found := outside(constraints, subject, names):
        told = "; ".join(f"{one.kind} {shown(one.name)}, allowed {one.allowed}" for one in found)
        raise CertificateError(f"names: found some outside the issuer's name constraints: {told}")


_Named = tuple[str, str, Any]
"""What it is, the kind of tree it belongs in, and the name."""


def _outside(limited: Limits, names: Iterable[_Named]) -> list[Outside]:
    return [
        Outside(kind, _text(name), _allowed(limited, tree_kind))
        for kind, tree_kind, name in names
        if not _is_inside(limited, tree_kind, name)
    ]


def _names(subject: Subject, names: SubjectAlternativeNames) -> Iterator[_Named]:
    """Those of a certificate that is not made yet."""
    if subject.common_name:
        yield "subject", "subject", distinguished_name(subject)
    for kind in KINDS:
        yield from ((kind, kind, name) for name in getattr(names, kind))
    if subject.email and subject.email not in names.email:
        yield "email", "email", subject.email
    if not names.dns and _HOST_LIKE.fullmatch(subject.common_name):
        yield "commonName", "dns", subject.common_name


def _certified_names(certificate: x509.Certificate) -> Iterator[_Named]:
    """Those of a certificate; a common name counts as a host in an end entity's only (OpenSSL)."""
    subject = certificate.subject
    alternative = extension(certificate, x509.SubjectAlternativeName)
    names = [_kind_and_value(name) for name in alternative or ()]
    if list(subject):
        yield "subject", "subject", subject
    yield from ((kind, kind, value) for kind, value in names)
    for address in subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        if ("email", address.value) not in names:
            yield "email", "email", str(address.value)
    constraints = extension(certificate, x509.BasicConstraints)
    if any(kind == "dns" for kind, _ in names) or (constraints and constraints.ca):
        return
    for common in subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        if _HOST_LIKE.fullmatch(str(common.value)):
            yield "commonName", "dns", str(common.value)


def _kind_and_value(name: x509.GeneralName) -> tuple[str, Any]:
    match name:
        case x509.DNSName():
            return "dns", name.value
        case x509.RFC822Name():
            return "email", name.value
        case x509.UniformResourceIdentifier():
            return "uri", name.value
        case x509.IPAddress():
            return "ip", name.value
        case x509.DirectoryName():
            return "subject", name.value
    return "other", type(name).__name__


def _trees_of(subtrees: Iterable[x509.GeneralName] | None) -> tuple[tuple[str, Any], ...]:
    return tuple(_kind_and_value(one) for one in subtrees or ())


def _is_inside(limited: Limits, kind: str, name: Any) -> bool:
    permitted, excluded = _of_kind(limited.permitted, kind), _of_kind(limited.excluded, kind)
    if not permitted and not excluded:
        return True
    if kind == "other" or (kind == "uri" and not _HOST_NAME.fullmatch(_host_of(name))):
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


def _in_network(address: Any, network: _NetworkLike) -> bool:
    return address in network


def _below_subject(name: x509.Name, tree: x509.Name) -> bool:
    """A subject is below one that it begins with, compared without case and repeated blanks (OpenSSL's canonical form)."""
    whole, start = _canonical(name), _canonical(tree)
    return whole[: len(start)] == start


def same_name(one: x509.Name, other: x509.Name) -> bool:
    """Whether verifiers take two distinguished names for one."""
    return _canonical(one) == _canonical(other)


def _canonical(name: x509.Name) -> list[frozenset[tuple[str, str]]]:
    return [
        frozenset((one.oid.dotted_string, " ".join(str(one.value).lower().split())) for one in rdn) for rdn in name.rdns
    ]


_WITHIN: dict[str, Callable[[Any, Any], bool]] = {
    "dns": _in_domain,
    "email": _in_mail_tree,
    "uri": _in_uri_tree,
    "ip": _in_network,
    "subject": _below_subject,
}


def _reaches(name: Any, tree: Any) -> bool:
    """Whether a wildcard stands for an excluded host."""
    return isinstance(name, str) and name.startswith("*.") and covers(name, tree)


def _host_of(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _allowed(limited: Limits, kind: str) -> str:
    permitted, excluded = (
        [_text(tree) for tree in _of_kind(part, kind)] for part in (limited.permitted, limited.excluded)
    )
    inside = f" in {', '.join(permitted)}" if permitted else ""
    but = f"{', but' if inside else ''} not in {', '.join(excluded)}" if excluded else ""
    return f"{_NOUNS[kind]}{inside}{but}"


def _text(name: Any) -> str:
    return readable(name) if isinstance(name, x509.Name) else str(name)


def _of_kind(trees: tuple[tuple[str, Any], ...], kind: str) -> list[Any]:
    return [tree for held, tree in trees if held == kind]


def _general(subtrees: Subtrees) -> list[x509.GeneralName]:
    return [_GENERAL_NAMES[kind](tree) for kind in KINDS for tree in getattr(subtrees, kind)]


def _plain(subtrees: Iterable[x509.GeneralName] | None) -> Subtrees:
    found = list(subtrees or ())
    return Subtrees(**{
        kind: tuple(str(one.value) for one in found if isinstance(one, general))
        for kind, general in _GENERAL_NAMES.items()
    })  # fmt: skip
