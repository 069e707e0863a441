"""`nameConstraints` of a generation: what names its CAs may certify, and who in the stack file is outside of that."""

from collections.abc import Iterable

from mtlsedge_components.reading.nodes import Node
from mtlsedge_components.x509.constraints import Limits, limits, name_constraints, outside
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.rotation import bridge_partner
from settings.authority_model import (
    NAME_CONSTRAINTS,
    SUBTREES,
    Generation,
    IssuedServerCertificate,
    NameConstraints,
    SelfManagedAuthority,
    Subject,
    SubjectAlternativeNames,
    Subtrees,
)
from settings.model import Settings

NO_NAMES = SubjectAlternativeNames()


def read_name_constraints(node: Node) -> NameConstraints:
    """Permitted and excluded trees by kind; absent, nothing is constrained."""
    if node.value is None:
        return NameConstraints()
    section, parts = NAME_CONSTRAINTS.section(node), NAME_CONSTRAINTS.keys
    if not any(section.values.values()) and not section.present(parts):
        node.refuse(f"at least one of {', '.join(parts)}", found="neither")
    return NameConstraints(**{part: _read_subtrees(section[part]) for part in section.present(parts)})


def _read_subtrees(node: Node) -> Subtrees:
    """An unreadable tree is left out: an empty one would stand for every name."""
    section = SUBTREES.section(node)
    if not any(section.values.values()):
        node.refuse(f"at least one name under {', '.join(SUBTREES.keys)}", found="none")
    return Subtrees(**{kind: tuple(filter(None, SUBTREES.value(section, kind))) for kind in SUBTREES.keys})


def constraints_of_root(pem: str) -> NameConstraints:
    """Those of a root that was made elsewhere; none after an unreadable one, which is reported where it is checked."""
    try:
        return name_constraints(pem)
    except CertificateError:
        return NameConstraints()


def check_names(
    settings: Settings,
    authority: SelfManagedAuthority,
    authority_node: Node,
    clients: Node,
    servers: Iterable[tuple[Node, IssuedServerCertificate]],
) -> None:
    """Refuses every CA, client and server certificate with a name that a CA above it may not certify.

    A client that gets in through a bridge obeys the trusted generation as well, unless it may be locked out.
    """
    for name, generation in authority.generations.items():
        if not generation.imported:
            node, above = authority_node.at("generations", name), [generation, *_vouching(authority, name)]
            _refuse_outside(node, above, Subject("", email=generation.subject.email), NO_NAMES)
    issuing = authority.generations[authority.issuing]
    bridging = [one for one in _vouching(authority, authority.issuing) if one.name == authority.trusted]
    for name, client in settings.clients.items():
        above = [issuing, *(bridging if name not in authority.accept_lockout else ())]
        _refuse_outside(clients.at(name), above, client.subject, client.names)
    for node, certificate in servers:
        _refuse_outside(node, [issuing], Subject(""), SubjectAlternativeNames(dns=certificate.names), "names")


def _vouching(authority: SelfManagedAuthority, name: str) -> list[Generation]:
    """The generation whose root signs the bridge for this one, if there is one."""
    partner = bridge_partner(tuple(authority.generations), name, bridge_back=authority.bridge_back)
    return [authority.generations[partner]] if partner else []


def _refuse_outside(
    node: Node,
    above: Iterable[Generation],
    subject: Subject,
    names: SubjectAlternativeNames,
    dns_key: str = "dns",
) -> None:
    """Notes each name where it is written, or where another one could be; `dns_key` is where host names stand."""
    for generation in above:
        places = [
            (_place(node, dns_key if one.kind == "dns" else one.kind, one.name), one)
            for one in outside(_limits(generation), subject, names)
        ]
        for place, one in places:
            together = [repr(other.name) for at, other in places if at.path == place.path]
            allowed = f"{one.allowed} (nameConstraints of generation {generation.name})"
            place.refuse(allowed, found=", ".join(together))


def _limits(generation: Generation) -> Limits | NameConstraints:
    """A root that was made elsewhere may limit subjects and addresses as well, which no setting can say."""
    if not generation.imported:
        return generation.name_constraints
    try:
        return limits(generation.imported.certificate_pem)
    except CertificateError:
        return generation.name_constraints


def _place(node: Node, key: str, name: str) -> Node:
    """The entry of a list, the attribute of the subject, or the key that is absent because its default was taken."""
    listed = node.at(key)
    if isinstance(listed.value, list | tuple) and name in listed.value:
        return listed.child(listed.value.index(name), name)
    attribute = node.at("subject", key)
    return attribute if attribute.value == name else listed
