"""`mtlsedge expiry`: how long every certificate lasts."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mtlsedge import expiry_formats, expiry_serving
from mtlsedge.errors import CommandError
from mtlsedge.expiry import Lifetime, Windows, lifetimes
from mtlsedge.files import PUBLIC_FILE, folder
from mtlsedge.options import AsJson, OutputsFile, StackName
from mtlsedge.outputs import load
from mtlsedge.report import console, print_json
from mtlsedge.stack import Stack


class Form(StrEnum):
    """What is written."""

    TABLE = "table"
    PROMETHEUS = "prometheus"
    ICALENDAR = "icalendar"


WRITERS = {Form.PROMETHEUS: expiry_formats.prometheus, Form.ICALENDAR: expiry_formats.icalendar}


def expiry(  # noqa: PLR0913 - one parameter an option
    *,
    stack: StackName = "",
    outputs: OutputsFile = None,
    as_json: AsJson = False,
    form: Annotated[
        Form, typer.Option("--format", help="A table, or what a monitor or a calendar reads.")
    ] = Form.TABLE,
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write, in one step; default: standard output.")
    ] = None,
    serve: Annotated[
        int | None,
        typer.Option(
            "--serve", metavar="PORT", min=0, max=65535, help="Serve it to Prometheus at 127.0.0.1:PORT/metrics."
        ),
    ] = None,
    ca_days: Annotated[int, typer.Option(help="Window of CA certificates, days.")] = Windows.authority,
    server_days: Annotated[int, typer.Option(help="Window of the server certificate, days.")] = Windows.server,
    client_days: Annotated[int, typer.Option(help="Window of client certificates, days.")] = Windows.client,
) -> None:
    """Lists days left of CA, intermediates, server and clients. Exit status 1 when one is inside its window.

    Examples: `python -m mtlsedge expiry`, `python -m mtlsedge expiry --format prometheus --to /var/lib/node_exporter/mtlsedge-prod.prom`,
    `python -m mtlsedge expiry --stack prod --serve 9464`.
    """
    if to and (form is Form.TABLE or as_json):
        raise CommandError("--to: found no format for files; allowed: --format prometheus or icalendar")
    windows = Windows(ca_days, server_days, client_days)
    if serve is not None:
        if to or as_json or form is not Form.TABLE:
            raise CommandError("--serve: found --to, --json or --format beside it; allowed alone")
        expiry_serving.serve(serve, lambda: _metrics(stack, outputs, windows))
        return
    facts, now = load(outputs, Stack(stack), show_secrets=False), datetime.now(UTC)
    lives = lifetimes(facts, windows, now)
    if as_json:
        print_json([_row(life) for life in lives])
    elif form is Form.TABLE:
        console().print(_table(lives) if lives else "no certificate with a date in the stack outputs")
    else:
        _write(WRITERS[form](facts.stack or stack, lives, now), to)
    raise typer.Exit(int(any(life.due for life in lives)))


def _metrics(stack: str, outputs: Path | None, windows: Windows) -> str:
    """What is so now."""
    facts, now = load(outputs, Stack(stack), show_secrets=False), datetime.now(UTC)
    return expiry_formats.prometheus(facts.stack or stack, lifetimes(facts, windows, now), now)


def _write(text: str, to: Path | None) -> None:
    if to is None:
        sys.stdout.write(text)
        return
    with folder(to.parent, private=False) as place:
        place.write(to.name, text.encode(), PUBLIC_FILE)


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
