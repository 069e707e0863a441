"""`mtlsedge drift`: what somebody changed in the cloud behind the stack's back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mtlsedge.drift.finding import Finding, drifts, expiring, incomplete
from mtlsedge.errors import CommandError
from mtlsedge.expiry import Windows, lifetimes
from mtlsedge.options import AsJson, StackName
from mtlsedge.outputs import load
from mtlsedge.preview import events
from mtlsedge.preview.engine import Run
from mtlsedge.report import console, print_json
from mtlsedge.stack import Stack


def drift(
    *,
    stack: StackName = "",
    as_json: AsJson = False,
    ca_days: Annotated[int, typer.Option(help="Window of CA certificates, days.")] = Windows.authority,
    server_days: Annotated[int, typer.Option(help="Window of the server certificate, days.")] = Windows.server,
    client_days: Annotated[int, typer.Option(help="Window of client certificates, days.")] = Windows.client,
) -> None:
    """Compares the cloud with what the stack made of it, and looks at the ends of certificates. Changes nothing.

    What the stack file changes and `up` has not done yet is no drift. Exit status: 0 none, 1 something, 2 could not
    look, or not at everything.

    Example: `python -m mtlsedge drift --stack prod`.
    """
    source = Stack(stack)
    windows = Windows(ca_days, server_days, client_days)
    found = [
        *_drifts(source.selected()),
        *expiring(lifetimes(load(None, source, show_secrets=False), windows, datetime.now(UTC))),
    ]
    if as_json:
        print_json({"stack": source.selected(), "findings": [one.to_json() for one in found]})
    else:
        _show(found)
    raise typer.Exit(int(bool(found)))


def _drifts(stack: str) -> list[Finding]:
    run = Run(Path.cwd(), stack)
    refreshed = events.read(run.preview("--refresh"))
    plain = events.read(run.preview())
    if problem := incomplete({"refreshing": refreshed, "plain": plain}):
        raise CommandError(f"cannot say whether there is drift: {problem}")
    return drifts(refreshed, plain)


def _show(found: list[Finding]) -> None:
    for one in found:
        console().print(
            Text.assemble((f"{one.kind} ", "bold red"), (f"{one.part} {one.name}", "bold"), f": {one.detail}")
        )
        console().print(Text(f"  {one.remedy}"))
    if not found:
        console().print(Text("no drift: the cloud is as the stack made it, and no certificate is near its end"))
