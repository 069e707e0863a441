"""What the commands share in printing."""

import json

import typer


def print_json(document: object) -> None:
    """A document for programs, on standard output."""
    typer.echo(json.dumps(document, indent=2))
