"""`mtlsedge:authority`: who signs the client certificates that the listener trusts. A module for each kind.

What differs by kind is asked of `kind_of(authority)`; `program.authorities` has what differs in what is built.
"""

from typing import Any

from mtlsedge_components.reading.nodes import Node
from settings.authorities.external import EXTERNAL_CA
from settings.authorities.identifier import IDENTIFIER
from settings.authorities.kind import Kind, Outside
from settings.authorities.private_ca import PRIVATE_CA_SERVICE
from settings.authorities.self_managed import SELF_MANAGED_CA
from settings.authority_model import AUTHORITY, Authority, IdentifierAuthority
from settings.problems import IMPORTED_KEYS
from settings.whole import Whole

KINDS: tuple[Kind[Any], ...] = (SELF_MANAGED_CA, EXTERNAL_CA, PRIVATE_CA_SERVICE, IDENTIFIER)
UNREADABLE = IdentifierAuthority("")
"""Stands in for an authority that could not be read."""


def kind_of(authority: Authority) -> Kind[Any]:
    """The kind that an authority is of."""
    return next(kind for kind in KINDS if isinstance(authority, kind.model))


def read_authority(node: Node, outside: Outside) -> Authority:
    """Exactly one kind of authority; the stack cannot do without."""
    if node.value is None:
        node.refuse(f"an authority: exactly one of {', '.join(AUTHORITY.keys)}")
        return UNREADABLE
    section = AUTHORITY.section(node)
    key = section.one_of(AUTHORITY.one_of)
    read: Authority = next((kind.read(section[key], outside) for kind in KINDS if kind.key == key), UNREADABLE)
    return read


def check_authority(whole: Whole) -> None:
    """What hangs on the kind of authority: clients, server certificates, imported keys."""
    authority = whole.settings.authority
    kind = kind_of(authority)
    kind.check(whole, authority)
    for name, client in whole.settings.clients.items():
        node = whole.at("clients", name)
        if client.certificate_pem and not kind.clients_bring_certificates:
            node.at("certificateFile").refuse("nothing, unless the authority is external")
        for key in ("delivered", "bridgedBy"):
            if node.at(key).value is not None and not kind.has_generations:
                node.at(key).refuse("nothing: only the generations of a selfManaged authority are delivered")
    if not whole.beside:
        _check_imported_keys(whole)


def _check_imported_keys(whole: Whole) -> None:
    """A key without its generation would lie there for nothing; whether the generation's file is of use is said there."""
    node, generations = whole.root[IMPORTED_KEYS], whole.at("authority", "selfManaged", "generations")
    for name in node.value if isinstance(node.value, dict) else ():
        if generations.at(str(name), "certificateFile").value is None:
            node.at(str(name)).refuse(
                "keys of generations with a certificateFile only", found="a key of no imported generation"
            )
