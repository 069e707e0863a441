"""What the commands share in printing."""

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

LOG_WIDTH = 120
"""Columns where there is no terminal: a log has no edge to fold at."""


def console() -> "Console":
    """Standard output, as wide as the terminal; names and numbers are not painted."""
    from rich.console import Console  # noqa: PLC0415  (dear to import; a preview prints without it)

    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=max(plain.width, LOG_WIDTH))


def print_json(document: object) -> None:
    """A document for programs, on standard output."""
    typer.echo(json.dumps(document, indent=2))
