"""Options that several commands share, and the readers of their values."""

from pathlib import Path
from typing import Annotated

import typer

from mtlsedge.errors import CommandError


def _stacks(incomplete: str) -> list[str]:
    """For a shell that completes the line: the stacks that have a file in this folder."""
    names = sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in Path.cwd().glob("Pulumi.*.yaml"))
    return [name for name in names if name.startswith(incomplete)]


StackName = Annotated[
    str,
    typer.Option(
        "--stack", help="Stack to read; default: the selected one.", show_default=False, autocompletion=_stacks
    ),
]
OutputsFile = Annotated[
    Path | None,
    typer.Option(
        "--outputs", help="JSON file of `pulumi stack output --json --show-secrets` instead of asking Pulumi."
    ),
]
Listener = Annotated[str, typer.Option("--listener", help="An additional listener, in place of the first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Report for programs.")]
Folder = Annotated[Path, typer.Option("--to", help="Folder to write into; made (0700) if missing.")]


def port_map(text: str) -> dict[int, int]:
    """`443:8443,80:8080` as declared port -> port to connect to."""
    pairs = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        declared, _, actual = part.partition(":")
        if not (_is_port(declared) and _is_port(actual)):
            raise CommandError(f"--port-map: found {part!r}; expected DECLARED:ACTUAL, each 1-65535")
        pairs[int(declared)] = int(actual)
    return pairs


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 65536
