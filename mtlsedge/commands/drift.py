"""`mtlsedge drift`: what somebody changed in the cloud behind the stack's back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mtlsedge.drift.finding import Finding, drifted, expiring, incomplete, of_drift
from mtlsedge.drift.safety import less_safe
from mtlsedge.errors import CommandError
from mtlsedge.expiry import Windows, lifetimes
from mtlsedge.options import AsJson, StackName
from mtlsedge.outputs import load
from mtlsedge.preview import events, not_judged
from mtlsedge.preview.engine import Run
from mtlsedge.preview.weakenings import Weakening
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

    Of what was changed it says whether that is less safe, as `preview` does of a change. What the stack file changes
    and `up` has not done yet is no drift. Exit status: 0 none, 1 something, 2 could not
    look, or not at everything.

    Example: `python -m mtlsedge drift --stack prod`.
    """
    source = Stack(stack)
    windows = Windows(ca_days, server_days, client_days)
    changes, weaker = _drifts(source.selected())
    found = [
        *map(of_drift, changes),
        *expiring(lifetimes(load(None, source, show_secrets=False), windows, datetime.now(UTC))),
    ]
    if as_json:
        told = [{"kind": one.kind, "label": one.label, "name": one.subject, "detail": one.detail} for one in weaker]
        print_json({"stack": source.selected(), "lessSafe": told, "findings": [one.to_json() for one in found]})
    else:
        _show(found, weaker)
    raise typer.Exit(int(bool(found)))


def _drifts(stack: str) -> tuple[tuple[events.Change, ...], tuple[Weakening, ...]]:
    """What was changed by hand, and what of it is less safe."""
    run = Run(Path.cwd(), stack)
    refreshed = events.read(run.preview("--refresh"))
    plain = events.read(run.preview())
    if problem := incomplete({"refreshing": refreshed, "plain": plain}):
        raise CommandError(f"cannot say whether there is drift: {problem}")
    changes = drifted(refreshed, plain)
    return changes, less_safe(changes, plain)


def _show(found: list[Finding], weaker: tuple[Weakening, ...]) -> None:
    for one in weaker:
        heading = "NOT JUDGED" if one.kind == not_judged.KIND else "LESS SAFE"
        console().print(Text.assemble((f"{heading} ", "bold red"), f"{one.label} ({one.subject}): {one.detail}"))
    for each in found:
        console().print(
            Text.assemble((f"{each.kind} ", "bold red"), (f"{each.part} {each.name}", "bold"), f": {each.detail}")
        )
        console().print(Text(f"  {each.remedy}"))
    if not found:
        console().print(Text("no drift: the cloud is as the stack made it, and no certificate is near its end"))
