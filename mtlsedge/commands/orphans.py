"""`mtlsedge orphans`: what the stack created and lost track of."""

from collections.abc import Mapping
from typing import Any

import typer
from rich.table import Table

from mtlsedge.cloud import Cloud, CloudProblem
from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson, StackName
from mtlsedge.orphans.finding import CloudObject, Ownership, find_orphans, half_made, interrupted, state_ids
from mtlsedge.orphans.inventory import list_objects
from mtlsedge.progress import step
from mtlsedge.report import console, print_json, say
from mtlsedge.stack import Stack
from settings.domain import host_part


def orphans(*, stack: StackName = "", as_json: AsJson = False) -> None:
    """Lists cloud objects that are this stack's by tag or name, but absent from its state. Deletes nothing.

    They come from creates whose reply was lost: the next `up` makes a second one, or, of a DNS record, fails. Says
    too what is in the state but half made. Do not run it while an `up` is under way. Exit status: 0 none, 1 some, 2 could not run.

    Example: `python -m mtlsedge orphans --stack prod`.
    """
    source = Stack(stack)
    configuration, state = source.configuration(), source.state()
    ownership = _ownership(source, configuration)
    try:
        with step("asking the cloud what there is"):
            things = list(list_objects(Cloud(configuration), record_hosts(configuration)))
    except CloudProblem as problem:
        raise CommandError(str(problem)) from None
    found = find_orphans(things, state_ids(state), ownership)
    _report(found, as_json=as_json)
    if interrupted(state):
        say(
            "an update is under way or was cut off: once what is listed is removed or adopted, "
            "`pulumi refresh --clear-pending-creates` forgets it",
            err=True,
        )
    if unfinished := half_made(state):
        say(
            f"half made: {', '.join(unfinished)}: `pulumi up --refresh` finishes them; without --refresh it would make them anew",
            err=True,
        )
    raise typer.Exit(int(bool(found)))


def _ownership(source: Stack, configuration: dict) -> Ownership:
    """The stack's marks: its name and the project's, and the names its file sets."""
    return Ownership(source.project(), source.selected(), configuration.get("mtlsedge:names") or {})


def record_hosts(configuration: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The zones that the stack keeps records in, each with their host parts: of the load balancer's names, and of Ingresses."""
    domain, cluster = configuration.get("mtlsedge:domain") or {}, configuration.get("mtlsedge:kubernetes") or {}
    hosts = {domain["zone"]: frozenset(domain.get("names") or ())} if domain.get("zone") else {}
    if zone := (cluster.get("domain") or {}).get("zone"):
        ingresses = (cluster.get("ingresses") or {}).values()
        full = {host for one in ingresses for host in (one.get("host"), *(one.get("hosts") or ())) if host}
        hosts[zone] = hosts.get(zone, frozenset()) | {host_part(host, zone) for host in full}
    return hosts


def _report(found: list[CloudObject], *, as_json: bool) -> None:
    if as_json:
        print_json([{"kind": one.kind, "id": one.id, "name": one.name, "tags": dict(one.tags)} for one in found])
        return
    table = Table("kind", "id", "name", show_edge=False)
    for one in found:
        table.add_row(one.kind, one.id, one.name)
    console().print(table if found else "no orphans: everything of this stack in the cloud is in its state")
    for record in (one for one in found if one.kind == "DNS record"):
        say(
            f"{record.name}: a host has one CNAME, so `up` fails until record {record.id} is deleted or adopted",
            err=True,
        )
