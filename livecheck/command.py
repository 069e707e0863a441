"""What a person types: `make live-check ARGS="--account … --region …"`."""

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from exposure.hosts import is_loopback
from livecheck import cost
from livecheck.calls import REAL, Calls
from livecheck.clock import Clock
from livecheck.ownership import EveryRun, Run
from livecheck.record import FOLDER, REHEARSALS, Record
from livecheck.removal import UNLISTED, Account, Removal, named
from livecheck.running import Plan, check, remove
from livecheck.tutorial import Wish
from mtlsedge.cloud import PRODUCTS, CloudProblem
from mtlsedge.errors import CommandError
from mtlsedge.options import port_map
from mtlsedge.verify.resolving import split_address
from mtlsedge_components.sites import SITES

ENDED_EARLY, COULD_NOT_RUN, SOMETHING_LEFT = 1, 2, 3
EVERY = "all"

app = typer.Typer(
    name="live-check", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True
)


@app.command()
def live_check(  # noqa: PLR0913 - one parameter an option
    *,
    account: Annotated[str, typer.Option(help="Account id the credentials must belong to.")],
    region: Annotated[str, typer.Option(help="Region to make the topology in.")],
    site: Annotated[str, typer.Option(help="Certificate site: international or china.")] = "international",
    other_site: Annotated[
        bool, typer.Option("--other-site", help="Also upload a CA at the other certificate site.")
    ] = False,
    zones: Annotated[str, typer.Option(help="Two zones with ALB, comma between; default: the region's first.")] = "",
    instance_type: Annotated[str, typer.Option(help="ECS type of one server that echoes headers, with --image.")] = "",
    image: Annotated[str, typer.Option(help="Image of that server, with Python 3 and cloud-init.")] = "",
    zone: Annotated[str, typer.Option(help="DNS zone of the account, for records on hosts of the run's own.")] = "",
    private_ca: Annotated[str, typer.Option(help="Identifier of a private CA that the listener may try.")] = "",
    stack: Annotated[
        bool, typer.Option("--stack", help="Also run the program itself: pulumi up, previews, a change, destroy.")
    ] = False,
    minutes: Annotated[float, typer.Option(help="Time for making and asking; deleting has 20 more.", min=0.01)] = 45.0,
    yes_spend_money: Annotated[bool, typer.Option("--yes-spend-money", help="Do not ask whether to go on.")] = False,
    clean_up: Annotated[
        str, typer.Option(help="Only delete what an earlier run left: its eight digits, or `all` for every run's.")
    ] = "",
    record_to: Annotated[
        Path | None, typer.Option(help=f"Folder of the record; default: {FOLDER}, for a local cloud {REHEARSALS}.")
    ] = None,
    endpoint: Annotated[
        str,
        typer.Option(help="127.0.0.1:PORT that answers every call over HTTP: a local cloud. Its record never counts."),
    ] = "",
    resolver: Annotated[str, typer.Option(envvar="MTLSEDGE_RESOLVER", help="Resolver, IP-ADDRESS:PORT.")] = "",
    port_map_text: Annotated[
        str, typer.Option("--port-map", envvar="MTLSEDGE_PORT_MAP", help="Declared to actual ports: 443:8443.")
    ] = "",
    poll: Annotated[float, typer.Option(help="Seconds between two looks at a state.", min=0.01)] = 2.0,
    settle: Annotated[float, typer.Option(help="Seconds a change may take to have its effect.", min=0.01)] = 60.0,
) -> None:
    """Asks the real cloud what is not known of it: makes a small topology, asks, records, deletes everything.

    Exit status: 0 done, 1 ended early and everything deleted, 2 nothing was made, 3 something is left.
    """
    wish = _wish(zones, instance_type, image, resolver, port_map_text)
    clock = Clock(minutes * 60, poll, settle)
    place = _place(region, site, endpoint, clock, other_site=other_site, zone=zone)
    folder = _folder(record_to or (FOLDER if place.calls.place == REAL else REHEARSALS))
    _require_account(place.calls, account)
    if clean_up:
        owner = EveryRun() if clean_up == EVERY else Run(clean_up)
        _finish(named(remove(place, owner, _say)), "")
    run = Run()
    earlier = _earlier(place)
    price = cost.statement(minutes, server=bool(instance_type), stack=stack)
    _confirm(account, price, earlier, agreed=yes_spend_money)
    if earlier and (left := named(remove(place, EveryRun(), _say))):
        _finish(left, "")
    _say(f"run {run.id}; should this process be killed: {_clean_up_line(run, account, region, site, other_site, zone)}")
    record = Record(run.id, region, site, place.calls.place)
    plan = Plan(run, place.timed(replace(clock, started=time.monotonic())), wish, private_ca, stack)
    reason = check(plan, record, _say)
    _say(f"record: {record.write(folder)}")
    _finish(record.left, reason)


def _wish(zones: str, instance_type: str, image: str, resolver: str, ports: str) -> Wish:
    """What is to be made, checked. Raises CommandError."""
    if bool(instance_type) != bool(image):
        raise CommandError("--instance-type and --image: found one of the two; expected both or none")
    if resolver:
        split_address(resolver, "--resolver")
    chosen = tuple(filter(None, zones.split(",")))
    if len(chosen) not in (0, 2):
        raise CommandError(f"--zones: found {len(chosen)}; expected two")
    return Wish(chosen, instance_type, image, resolver, port_map(ports))


def _place(region: str, site: str, endpoint: str, clock: Clock, *, other_site: bool, zone: str) -> Account:
    """Where things are made and looked for. Raises CommandError."""
    if site not in SITES:
        raise CommandError(f"--site: found {site!r}; expected {' or '.join(SITES)}")
    if endpoint and not is_loopback(endpoint.rpartition(":")[0].strip("[]")):
        raise CommandError(f"--endpoint: found {endpoint!r}; expected a loopback address: calls over HTTP stay here")
    calls = Calls(_configuration(region, site, endpoint), clock=clock)
    elsewhere = next(name for name in SITES if name != site)
    second = replace(calls, configuration=_configuration(region, elsewhere, endpoint)) if other_site else None
    return Account(calls, second, zone)


def _folder(path: Path) -> Path:
    """The record's folder, made. Raises CommandError: answers that cost money must not be lost at the end."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CommandError(f"--record-to: {path}: {problem.strerror}") from None
    if not os.access(path, os.W_OK):
        raise CommandError(f"--record-to: {path} cannot be written to")
    return path


def _earlier(place: Account) -> list[str]:
    """What earlier runs left. Raises CommandError where the account cannot be looked through: neither could it be cleared."""
    found = list(Removal(place, EveryRun(), _say).things())
    if blind := [thing.id for thing in found if thing.kind == UNLISTED]:
        raise CommandError(f"{UNLISTED} {'; '.join(blind)}. Nothing was made, since it could not be found again")
    return named(found)


def _finish(left: list[str], reason: str) -> None:
    """Says how it ended, with the exit status."""
    if left:
        _say("NOT deleted, and perhaps still billed:")
        for what in left:
            _say(f"  {what}")
        raise typer.Exit(SOMETHING_LEFT)
    _say(f"ended early: {reason}; everything is deleted" if reason else "done; everything is deleted")
    raise typer.Exit(ENDED_EARLY if reason else 0)


def _configuration(region: str, site: str, endpoint: str) -> dict[str, Any]:
    """As a stack's, for the calls that stacks' commands make as well."""
    configuration: dict[str, Any] = {"alicloud:region": region, "mtlsedge:certificateSite": site}
    if endpoint:
        configuration |= {
            "alicloud:protocol": "HTTP",
            "alicloud:endpoints": [dict.fromkeys(PRODUCTS, endpoint)],
        }
    return configuration


def _require_account(calls: Calls, account: str) -> None:
    """Raises CommandError unless the credentials belong to the account that was named."""
    try:
        found = str(calls.do("sts", "GetCallerIdentity")["AccountId"])
    except CloudProblem as problem:
        raise CommandError(str(problem)) from None
    if found != account:
        raise CommandError(f"--account: found credentials of {found}; allowed {account}")


def _confirm(account: str, price: Iterable[str], earlier: list[str], *, agreed: bool) -> None:
    """Says what it costs and what an earlier run left. Raises CommandError unless somebody agrees to both."""
    for line in price:
        _say(line)
    if earlier:
        _say("An earlier run was killed, or another one is going on now. Deleted first:")
    for what in earlier:
        _say(f"  {what}")
    if agreed:
        return
    if not sys.stdin.isatty():
        raise CommandError("nobody is there to agree: nothing was made. With --yes-spend-money nobody is asked")
    if typer.prompt("Type the account id to go on", default="", show_default=False) != account:
        raise CommandError("not agreed: nothing was made")


def _clean_up_line(run: Run, account: str, region: str, site: str, other_site: bool, zone: str) -> str:  # noqa: FBT001
    options = ["--clean-up", run.id, "--account", account, "--region", region, "--site", site]
    options += (["--other-site"] if other_site else []) + (["--zone", zone] if zone else [])
    return f"make live-check ARGS={shlex.quote(shlex.join(options))}"


def _say(line: str) -> None:
    """A line for a reader. There may be none: a closed terminal must not end the deletion."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def main() -> None:
    """The program's entry. What could not run is one line, and status 2."""
    try:
        app(prog_name="live-check")
    except CommandError as problem:
        _say(f"live-check: {problem}")
        sys.exit(COULD_NOT_RUN)
