"""`python -m mtlsedge`: the operator's command. It reads stacks and clouds and changes neither."""

import sys
from collections.abc import Sequence

import typer
from rich.console import Console

from mtlsedge.adopt_command import adopt
from mtlsedge.client_commands import authority_app, clients_app
from mtlsedge.comment_command import comment
from mtlsedge.diagram_command import diagram
from mtlsedge.drift_command import drift
from mtlsedge.errors import CommandError
from mtlsedge.expiry_command import expiry
from mtlsedge.orphans_command import orphans
from mtlsedge.preview_command import preview
from mtlsedge.render_command import render_app
from mtlsedge.sign_command import new_authority, sign
from mtlsedge.snapshot_command import snapshot_app
from mtlsedge.stack_new_command import stack_app
from mtlsedge.verify_command import verify

COULD_NOT_RUN = 2

app = typer.Typer(
    name="mtlsedge",
    help="Mutual TLS on Alibaba Cloud: check a stack, hand out client certificates, find what is left over, draw it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(verify)
app.add_typer(clients_app, name="clients")
app.add_typer(authority_app, name="authority")
authority_app.command("new")(new_authority)
app.command()(sign)
app.command()(expiry)
app.command()(orphans)
app.command()(adopt)
app.command()(drift)
app.command()(diagram)
app.add_typer(render_app, name="render")
app.command()(preview)
app.command()(comment)
app.add_typer(snapshot_app, name="snapshot")
app.add_typer(stack_app, name="stack")


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit status. What could not run is one line on standard error, and status 2."""
    try:
        app(list(arguments), prog_name="mtlsedge")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except CommandError as problem:
        Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(f"mtlsedge: {problem}")
        return COULD_NOT_RUN
    return 0


def main() -> None:
    """The program's entry."""
    sys.exit(run(sys.argv[1:]))
