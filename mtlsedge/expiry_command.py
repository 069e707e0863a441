"""`mtlsedge expiry`: how long every certificate lasts."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mtlsedge.expiry import Lifetime, Windows, lifetimes
from mtlsedge.options import AsJson, OutputsFile, StackName
from mtlsedge.outputs import load
from mtlsedge.report import console, print_json
from mtlsedge.stack import Stack


def expiry(
    *,
    stack: StackName = "",
    outputs: OutputsFile = None,
    as_json: AsJson = False,
    ca_days: Annotated[int, typer.Option(help="Window of CA certificates, days.")] = Windows.authority,
    server_days: Annotated[int, typer.Option(help="Window of the server certificate, days.")] = Windows.server,
    client_days: Annotated[int, typer.Option(help="Window of client certificates, days.")] = Windows.client,
) -> None:
    """Lists days left of CA, intermediates, server and clients. Exit status 1 when one is inside its window."""
    facts = load(outputs, Stack(stack), show_secrets=False)
    lives = lifetimes(facts, Windows(ca_days, server_days, client_days), datetime.now(UTC))
    if as_json:
        print_json([_row(life) for life in lives])
    else:
        console().print(_table(lives) if lives else "no certificate with a date in the stack outputs")
    raise typer.Exit(int(any(life.due for life in lives)))


def _row(life: Lifetime) -> dict:
    return {
        "what": life.what,
        "kind": life.kind,
        "notAfter": life.not_after,
        "daysLeft": round(life.days, 1),
        "window": life.window,
        "due": life.due,
    }


def _table(lives: list[Lifetime]) -> Table:
    table = Table("certificate", "not after", "days left", "window", show_edge=False)
    for life in lives:
        table.add_row(
            life.what,
            life.not_after,
            Text(f"{life.days:.0f}", style="bold red" if life.due else "green"),
            str(life.window),
        )
    return table
