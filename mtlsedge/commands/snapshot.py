"""`mtlsedge snapshot publish`: what pull-request previews need, without any secret. For a trusted job, after `up`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mtlsedge.errors import CommandError
from mtlsedge.files import PUBLIC_FILE, folder
from mtlsedge.options import AsJson, StackName
from mtlsedge.report import print_json, say
from mtlsedge.snapshot import document
from mtlsedge.stack import Stack
from mtlsedge.stack_file import read_stack_file

snapshot_app = typer.Typer(name="snapshot", help="Public snapshots for previews without secrets.", no_args_is_help=True)


@snapshot_app.command()
def publish(
    *,
    to: Annotated[Path, typer.Option("--to", help="File to write; it may be public.")],
    stack: StackName = "",
    as_json: AsJson = False,
) -> None:
    """Writes a public snapshot of the stack's state.

    Needs the stack's secrets provider: run it where `pulumi up` runs. Every secret is replaced by a digest under a
    key that is made for this run and thrown away. Equal secrets stay equal within one snapshot; names of
    properties, lengths of lists and emptiness stay readable. Refuses when a secret also stands in the open.

    Example: `python -m mtlsedge snapshot publish --stack prod --to prod.json`.
    """
    source = Stack(stack)
    name = source.selected()
    made = document.publish(
        source.project(), name, source.state(show_secrets=True), read_stack_file(Path.cwd(), name), _decrypted(source)
    )
    text = made.to_json()
    with folder(to.absolute().parent, private=False) as place:
        place.write(to.name, text.encode(), PUBLIC_FILE)
    resources, size = len(made.deployment["resources"]), len(text.encode())
    if as_json:
        print_json({"written": str(to), "resources": resources, "bytes": size})
    else:
        say(f"written  {to}  ({resources} resources, {size:,} bytes, no secret)", err=True)


def _decrypted(source: Stack) -> dict[str, Any]:
    """Secret configuration by full key, in clear: it stays in this process."""
    configuration = source.decrypted_configuration()
    if not isinstance(configuration, dict):
        raise CommandError("`pulumi config` did not answer with a mapping")
    return configuration
