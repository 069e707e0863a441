"""What the commands share in printing: nothing that a terminal would obey, nothing wider than it is."""

import json
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import typer

from mtlsedge.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

LOG_WIDTH = 120
"""Columns where there is no terminal: a log has no edge to fold at."""


def say(text: str, *, err: bool = False) -> None:
    """Prints lines for people. On a terminal a longer line is folded between words; a word (a path) is never cut."""
    stream = sys.stderr if err else sys.stdout
    width = shutil.get_terminal_size().columns if stream.isatty() else 0
    for line in map(printable, text.split("\n")):
        typer.echo("\n".join(_folded(line, width)) if len(line) > width > 0 else line, err=err)


def _folded(line: str, width: int) -> list[str]:
    """A line in several; those that follow are indented a step more than the first."""
    margin = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        line, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )


def console() -> "Console":
    """Standard output, as wide as the terminal; names and numbers are not painted, and no name is markup."""
    from mtlsedge.terminal import Terminal  # noqa: PLC0415  (rich is dear to import; a preview prints without it)

    plain = Terminal()
    return plain if plain.is_terminal else Terminal(width=max(plain.width, LOG_WIDTH))


def told(document: object, *lines: str, as_json: bool) -> None:
    """What a command did: a document for programs, or lines for people."""
    if as_json:
        print_json(document)
        return
    for line in lines:
        say(line)


def print_json(document: object) -> None:
    """A document for programs, on standard output."""
    typer.echo(json.dumps(document, indent=2))
