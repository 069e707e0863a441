"""Passphrases of key files: from a file or typed in, never from the arguments, which others on the machine can read."""

import sys
from pathlib import Path

import typer

from mtlsedge.errors import CommandError

LARGEST = 4096
"""Bytes of a passphrase file; one that is larger is another file."""


def read_passphrase(file: Path | None, what: str, *, new: bool = False) -> str:
    """The passphrase for `what`; a `new` one is typed twice. Raises CommandError where nobody can type."""
    if file is not None:
        return _from_file(file)
    if not sys.stdin.isatty():
        raise CommandError(f"no passphrase for {what}: give --passphrase-file, or run this where one can be typed")
    return str(typer.prompt(f"Passphrase of {what}", hide_input=True, confirmation_prompt=new))


def _from_file(file: Path) -> str:
    """The file's first line; anything after it is refused, since it would be dropped silently."""
    try:
        if file.stat().st_size > LARGEST:
            raise CommandError(f"{file}: found more than {LARGEST} bytes; expected a passphrase")
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        raise CommandError(f"cannot read {file}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file}: is not UTF-8 text") from None
    if len(lines) != 1 or not lines[0]:
        raise CommandError(f"{file}: found {len(lines)} lines; expected one, the passphrase")
    return lines[0]
