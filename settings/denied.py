"""`mtlsedge:denied`: certificates that stay valid after their client was removed, for servers to turn away.

They stand in the stack file because nothing else remembers them: state forgets a removed client, and a load
balancer asks no revocation list.
"""

from dataclasses import replace

from mtlsedge_components import forms
from mtlsedge_components.reading.nodes import Node
from settings.authority_model import DENIED, DeniedClient, plain_hex

MOST = 1000
"""Entries; a server compares each request with all of them. Beyond that, change the authority."""


def read_denied(node: Node) -> dict[str, DeniedClient]:
    """The entries by name; a fingerprint each, and each once."""
    denied: dict[str, DeniedClient] = {}
    for name, child in [] if node.value is None else node.entries(forms.NAME):
        entry = _read_entry(name, child)
        twins = [
            other.name for other in denied.values() if entry.fingerprint and other.fingerprint == entry.fingerprint
        ]
        if twins:
            child.at("fingerprint").refuse(f"a fingerprint of its own; {twins[0]} has this one")
        denied[name] = entry
    if len(denied) > MOST:
        node.refuse(f"at most {MOST} entries; beyond that, rotate the authority", found=f"{len(denied)} entries")
    return denied


def _read_entry(name: str, node: Node) -> DeniedClient:
    said: DeniedClient = DENIED.make(DENIED.section(node), name=name)
    return replace(said, fingerprint=plain_hex(said.fingerprint), serial=plain_hex(said.serial))
