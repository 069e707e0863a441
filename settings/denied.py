"""`mtlsedge:denied`: certificates that stay valid after their client was removed, for servers to turn away.

They stand in the stack file because nothing else remembers them: state forgets a removed client, and a load
balancer asks no revocation list.
"""

import re

from settings import forms
from settings.model import DeniedClient
from settings.reader import Form, Node

MOST = 1000
"""Entries; a server compares each request with all of them. Beyond that, change the authority."""
FINGERPRINT = Form(
    "a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons",
    lambda text: re.fullmatch(r"[0-9a-f]{64}", plain_hex(text)),
)
SERIAL = Form(
    "a serial number of 1 to 40 hexadecimal digits, with or without colons",
    lambda text: re.fullmatch(r"[0-9a-f]{1,40}", plain_hex(text)),
)


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


def plain_hex(text: str) -> str:
    """Lower-case digits without colons or blanks around: the form everything here compares."""
    return text.replace(":", "").strip().lower()


def _read_entry(name: str, node: Node) -> DeniedClient:
    section = node.section(("fingerprint", "serial", "reason"))
    return DeniedClient(
        name=name,
        fingerprint=plain_hex(section.text("fingerprint", FINGERPRINT)),
        serial=plain_hex(section.text("serial", SERIAL, default="")),
        reason=section.text("reason", forms.printable(200), default=""),
    )
