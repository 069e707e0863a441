"""`mtlsedge:authority`: who signs the client certificates that the listener trusts."""

from components import forms
from components.reading.nodes import Node, Section
from settings.authority_model import (
    AUTHORITY,
    GENERATION,
    SELF_MANAGED,
    Authority,
    Generation,
    IdentifierAuthority,
    SelfManagedAuthority,
    Subject,
)
from settings.external_authority import (
    Outside,
    imported_facts,
    read_external,
    read_imported_root,
    read_private_ca,
)
from settings.name_constraints import constraints_of_root, read_name_constraints
from settings.rotation import read_revision, read_rotation
from settings.subject import read_subject

UNREADABLE = IdentifierAuthority("")
"""Stands in for an authority that could not be read."""


def read_authority(node: Node, outside: Outside) -> Authority:
    """Exactly one kind of authority; the stack cannot do without."""
    if node.value is None:
        node.refuse(f"an authority: exactly one of {', '.join(AUTHORITY.keys)}")
        return UNREADABLE
    section = AUTHORITY.section(node)
    kind = section.one_of(AUTHORITY.one_of)
    if kind == "selfManaged":
        return _read_self_managed(section[kind], outside)
    if kind == "external":
        return read_external(section[kind], outside)
    if kind == "privateCa":
        return read_private_ca(section[kind])
    return IdentifierAuthority(AUTHORITY.value(section, "identifier")) if kind else UNREADABLE


def _read_self_managed(node: Node, outside: Outside) -> SelfManagedAuthority:
    section = SELF_MANAGED.section(node)
    entries = section["generations"].entries(forms.NAME)
    return read_rotation(section, {name: _read_generation(name, child, outside) for name, child in entries})


def _read_generation(name: str, node: Node, outside: Outside) -> Generation:
    section = GENERATION.section(node)
    if "certificateFile" in section:
        return _read_imported(name, section, outside)
    made: Generation = GENERATION.make(
        section,
        name=name,
        subject=read_subject(section["subject"]),
        intermediate_revision=read_revision(section),
        name_constraints=read_name_constraints(section["nameConstraints"]),
    )
    return made


def _read_imported(name: str, section: Section, outside: Outside) -> Generation:
    """A generation whose root was made elsewhere: what it is stands in its certificate."""
    intermediate = GENERATION.value(section, "intermediate")
    imported = read_imported_root(section, name, outside)
    facts = imported_facts(section["certificateFile"], imported.certificate_pem) if imported else None
    if imported is None or facts is None:
        return Generation(name=name, subject=Subject("unreadable"), intermediate=intermediate)
    subject, algorithm, days = facts
    limits = constraints_of_root(imported.certificate_pem)
    return Generation(name, subject, algorithm, days, intermediate, imported, read_revision(section), limits)
