"""`mtlsedge rotation`: where a rotation of the CA stands, and the one line that comes next."""

from dataclasses import asdict

import typer
from rich.table import Table

from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson, Listener, OutputsFile, StackName
from mtlsedge.outputs import document, is_in_cluster, of_listener
from mtlsedge.report import console, print_json
from mtlsedge.rotation import LOCKED_OUT, Standing, standing
from mtlsedge.stack import Stack
from settings.additional_listener import place_of


def rotation(
    *, stack: StackName = "", outputs: OutputsFile = None, listener: Listener = "", as_json: AsJson = False
) -> None:
    """Shows for each client what it carries, whether the listener takes it, now and if the other CA is trusted, and
    what to do next. Exit status 1 if a client is locked out.

    Example: `python -m mtlsedge rotation --stack prod`.
    """
    facts = document(outputs, Stack(stack), show_secrets=False)
    told = (of_listener(facts, listener) if listener else facts).get("rotation")
    within = f"{place_of(listener, in_cluster=is_in_cluster(facts, listener))}." if listener else "mtlsedge:"
    if not isinstance(told, dict):
        raise CommandError("the stack has no output `rotation`: its authority is not mtlsedge:authority.selfManaged")
    try:
        found = standing(told, within)
    except (KeyError, TypeError, AttributeError):
        raise CommandError(
            "the output `rotation` has another shape than this command expects; run `pulumi up`"
        ) from None
    if as_json:
        print_json(asdict(found))
    else:
        _show(found)
    raise typer.Exit(int(any(row.now == LOCKED_OUT for row in found.rows)))


def _show(found: Standing) -> None:
    table = Table("client", "carries", "now", "if the other CA is trusted", "to do", show_edge=False)
    for row in found.rows:
        table.add_row(row.client, row.carries, row.now, row.if_moved, row.next)
    out = console()
    out.print(table if found.rows else "the stack has no clients")
    steps = f"step {found.step} of 4 is done: " if found.step else ""
    out.print(f"{steps}{found.state}", markup=False)
    out.print(f"next     {found.next}", markup=False)
