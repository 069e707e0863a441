"""What the commands share in printing."""

import json

import typer
from rich.console import Console

LOG_WIDTH = 120
"""Columns where there is no terminal: a log has no edge to fold at."""


def console() -> Console:
    """Standard output, as wide as the terminal; names and numbers are not painted."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=max(plain.width, LOG_WIDTH))


def print_json(document: object) -> None:
    """A document for programs, on standard output."""
    typer.echo(json.dumps(document, indent=2))
