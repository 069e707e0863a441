"""`mtlsedge clients …` and `mtlsedge authority …`: what clients and their users are handed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mtlsedge import clients, denying
from mtlsedge.certificates import days_left
from mtlsedge.commands.sign import new_authority
from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson, Folder, Listener, OutputsFile, StackName
from mtlsedge.outputs import StackOutputs, document, load, of_listener, parse
from mtlsedge.report import console, print_json, told
from mtlsedge.stack import Stack

clients_app = typer.Typer(help="List clients, export their bundles.", no_args_is_help=True)
authority_app = typer.Typer(help="Export CA certificates; make an authority outside every stack.", no_args_is_help=True)
authority_app.command("new")(new_authority)


@clients_app.command("list")
def list_clients(*, stack: StackName = "", outputs: OutputsFile = None, as_json: AsJson = False) -> None:
    """Lists the clients and how long their certificates last. Shows no secret.

    Example: `python -m mtlsedge clients list --stack prod`.
    """
    facts = load(outputs, Stack(stack), show_secrets=False)
    rows = _rows(facts)
    if as_json:
        print_json(rows)
        return
    table = Table("client", "subject", "serial", "not after", "days left", show_edge=False)
    for row in rows:
        table.add_row(row["name"], row["subject"], row["serial"], row["notAfter"], f"{row['daysLeft']:.0f}")
    console().print(table if rows else "no clients")


def _rows(facts: StackOutputs) -> list[dict]:
    now = datetime.now(UTC)
    return [
        {
            "name": name,
            "subject": entry.subject,
            "serial": entry.serial,
            "fingerprint": entry.fingerprint,
            "notAfter": entry.not_after,
            "daysLeft": round(days_left(entry.not_after, now, f"clientCertificates.{name}.notAfter"), 1),
        }
        for name, entry in sorted(facts.client_certificates.items())
    ]


@clients_app.command("export")
def export(
    *,
    to: Folder,
    name: Annotated[str, typer.Argument(help="Client to export.", show_default=False)] = "",
    everyone: Annotated[bool, typer.Option("--all", help="Export every client.")] = False,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="PFX with 3DES and SHA-1, for old Windows and macOS.")
    ] = False,
    stack: StackName = "",
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Writes NAME/NAME.pfx, NAME-password.txt, NAME.key, NAME.crt (with its chain, for curl --cert) and chain.pem.

    Files are 0600 in folders of 0700. What is there already and still right is kept, password included.
    A client that came with a CSR gets certificate and chain only.

    Examples: `python -m mtlsedge clients export alice --to certificates`, `python -m mtlsedge clients export --all --to certificates`.
    """
    if bool(name) == everyone:
        raise CommandError("say which client: clients export NAME, or --all")
    facts = load(outputs, Stack(stack), show_secrets=True)
    written = clients.export(facts, sorted(facts.clients) if everyone else [name], to, legacy=legacy)
    hint = "a program takes NAME.pfx, or NAME.crt with NAME.key; chain.pem holds the issuers alone"
    _tell(written, hint, as_json=as_json)


@clients_app.command("deny")
def deny(
    *,
    name: Annotated[str, typer.Argument(help="Client that is about to be removed, or was robbed.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why; it is written beside the entry.")] = "",
    stack: StackName = "",
    outputs: OutputsFile = None,
    as_json: AsJson = False,
) -> None:
    """Prints the commands that put a client's certificates on the deny list, to be run before it is removed.

    Removing a client deletes its key and certificate from the state. It does not make the certificate invalid: the
    load balancer asks no revocation list. Servers can turn it away (docs/guides/deny-list.md); changing the CA is
    what ends it.

    Example: `python -m mtlsedge clients deny alice --reason stolen`.
    """
    commands = denying.commands(load(outputs, Stack(stack), show_secrets=False), name, reason)
    if as_json:
        print_json({"commands": commands})
        return
    for line in commands:
        typer.echo(line)


@authority_app.command("export")
def export_authority(
    *, to: Folder, stack: StackName = "", outputs: OutputsFile = None, listener: Listener = "", as_json: AsJson = False
) -> None:
    """Writes ca.crt, which the listener trusts, and server-ca.crt, which signs the server's certificate.

    Example: `python -m mtlsedge authority export --to certificates`.
    """
    facts = document(outputs, Stack(stack), show_secrets=False)
    seen = parse(of_listener(facts, listener) if listener else facts)
    _tell(clients.export_authority(seen, to), as_json=as_json)


def _tell(written: dict[Path, bool], *hints: str, as_json: bool) -> None:
    """Names the files, never their content."""
    document = {
        "written": [str(path) for path, changed in written.items() if changed],
        "kept": [str(path) for path, changed in written.items() if not changed],
    }
    lines = [f"{'written' if changed else 'kept   '}  {path}" for path, changed in written.items()]
    told(document, *lines, *hints, as_json=as_json)
