"""`mtlsedge:authority`: who signs the client certificates that the listener trusts."""

from typing import get_args

from components.settings import forms
from components.settings.model import AlgorithmName, Authority, Generation, IdentifierAuthority, SelfManagedAuthority
from components.settings.reader import Node
from components.settings.subject import read_subject

LONGEST_VALIDITY_DAYS = 3650
"""Validity of the tutorial's CA, and the longest one issued here [alibaba-cloud.md §2.6]."""
NO_ROTATION = "exactly one generation: this version does not support rotation yet"
REFUSED = {
    "external": "selfManaged or identifier: external authorities are not supported yet",
    "privateCa": "selfManaged or identifier: Alibaba private CAs are not supported yet",
}
UNREADABLE = IdentifierAuthority("")
"""Stands in for an authority that could not be read."""


def read_authority(node: Node) -> Authority:
    """Exactly one kind of authority; the stack cannot do without."""
    if node.value is None:
        node.refuse("an authority: exactly one of selfManaged, identifier")
        return UNREADABLE
    section = node.section(("selfManaged", "identifier"), REFUSED)
    if section.present(tuple(REFUSED)):
        return UNREADABLE
    kind = section.one_of(("selfManaged", "identifier"))
    if kind == "selfManaged":
        return _read_self_managed(section[kind])
    return IdentifierAuthority(section.text("identifier", forms.CA_ID)) if kind else UNREADABLE


def _read_self_managed(node: Node) -> SelfManagedAuthority:
    section = node.section(("generations", "issuing", "trusted"))
    generations = _read_generations(section["generations"])
    names = tuple(generations) or ("",)
    return SelfManagedAuthority(
        generations=generations,
        issuing=section.choice("issuing", names, default=names[0]),
        trusted=section.choice("trusted", names, default=names[0]),
    )


def _read_generations(node: Node) -> dict[str, Generation]:
    generations = {name: _read_generation(name, child) for name, child in node.entries(forms.NAME)}
    count = len(node.value) if isinstance(node.value, dict) else 1
    if count != 1:
        node.refuse(NO_ROTATION, found=f"{count} generations")
    return generations


def _read_generation(name: str, node: Node) -> Generation:
    section = node.section(("subject", "algorithm", "validityDays", "intermediate"))
    return Generation(
        name=name,
        subject=read_subject(section["subject"]),
        algorithm=section.choice("algorithm", get_args(AlgorithmName), default=Generation.algorithm),
        validity_days=section.integer(
            "validityDays", 1, LONGEST_VALIDITY_DAYS, "whole days", default=Generation.validity_days
        ),
        intermediate=section.flag("intermediate", default=Generation.intermediate),
    )
