"""What to write into a stack file so that servers turn a client away; nothing is changed here."""

import re
import shlex

from mtlsedge.errors import CommandError
from mtlsedge.outputs import StackOutputs
from mtlsedge_components import forms

LONGEST_NAME = 63


def commands(outputs: StackOutputs, name: str, reason: str) -> list[str]:
    """`pulumi config set` commands, one a value. The entry's name carries digits of the fingerprint: a client may be
    denied more than once, each time with another certificate.
    """
    if name not in outputs.client_certificates:
        known = ", ".join(sorted(outputs.client_certificates)) or "none"
        raise CommandError(f"no such client: {name}; the stack has {known}")
    if reason and not forms.printable(200).accepts(reason):
        raise CommandError("--reason: expected at most 200 printable characters")
    certificate = outputs.client_certificates[name]
    entry = _entry_name(name, certificate.fingerprint)
    values = {"fingerprint": certificate.fingerprint, "serial": certificate.serial, "reason": reason}
    return [
        f"pulumi config set --type string --path {shlex.quote(_path(entry, key))} {shlex.quote(value)}"
        for key, value in values.items()
        if value
    ]


def _entry_name(name: str, fingerprint: str) -> str:
    suffix = f"-{fingerprint[:8]}"
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[: LONGEST_NAME - len(suffix)] + suffix


def _path(entry: str, key: str) -> str:
    """The path of a value; quoted, for a name may hold dots. A serial of digits alone stays text by its quotes."""
    return f'mtlsedge:denied["{entry}"].{key}'
