"""`python -m local`: the local cloud's own command."""

import json
import shlex
import shutil
import sys
import time
import urllib.error
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from typer.completion import completion_init

from local import processes, session, starting
from local.behave_command import behave
from local.cloud import request_log
from local.cloud.faults import FILE_NAME as FAULTS_FILE
from local.cloud.faults import SEEDED, Faults
from local.cloud.seeded_faults import RATE
from local.cloud.store import FILE_NAME as STORE_FILE
from local.cloud.store import Store
from local.control import control
from local.handshakes.command import handshakes
from local.identity_command import identities
from local.places import CONSOLE_PATH, Places
from local.problems import StartError, fail
from local.processes import process_file, status_file
from local.proxy import addresses
from local.tail import Tail
from local.text import cut, printable
from local.waits import silent_seconds

FOLLOW_SECONDS = 0.5
AsJson = Annotated[bool, typer.Option("--json", help="Report for programs.")]
AlwaysJson = Annotated[bool, typer.Option("--json", help="As it is without it: JSON.", show_default=False)]
app = typer.Typer(
    help="The local Alibaba Cloud: control plane, DNS, Envoy and backends on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(identities, name="identity")
app.command()(handshakes)
app.command()(behave)


@app.command()
def serve() -> None:
    """Run in the foreground until it is interrupted.

    Example: `python -m local serve`.
    """
    from local import supervisor  # noqa: PLC0415  (control plane and backends are dear to import; only this needs them)

    try:
        supervisor.serve(Places())
    except StartError as problem:
        raise fail(str(problem)) from None


@app.command()
def start(*, as_json: AsJson = False) -> None:
    """Run in the background; quiet when it runs already.

    Examples: `python -m local start`, `python -m local start --json`.
    """
    places = Places()
    session.heal_state(places.state)
    began = time.monotonic()
    if was_stopped := not starting.is_healthy(places):
        print("starting the local cloud (usually 2 s)", flush=True, file=sys.stderr if as_json else sys.stdout)
        try:
            starting.start(places)
        except StartError as problem:
            raise fail(str(problem)) from None
    seconds = time.monotonic() - began
    if as_json:
        _print_json({"started": was_stopped, "seconds": round(seconds, 1), "environment": str(places.env)})
    elif was_stopped:
        print(f"the local cloud runs after {seconds:.1f} s; `. {places.env}` makes this shell use it")


@app.command()
def stop(*, as_json: AsJson = False) -> None:
    """End the process that `start` began.

    Examples: `python -m local stop`, `python -m local stop --json`.
    """
    ended = processes.stop(process_file(Places()))
    if as_json:
        _print_json({"ended": ended})
    else:
        print("the local cloud has ended" if ended else "the local cloud does not run")


def _print_json(document: object) -> None:
    print(json.dumps(document, indent=1))


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """What runs and what does not; exit status 1 when something is missing.

    Examples: `python -m local status`, `python -m local status --json`.
    """
    places = Places()
    recorded = processes.running(process_file(places))
    if recorded is None:
        raise fail("the local cloud does not run; `python -m local start`")
    silent = starting.silent_parts(recorded)
    parts = {"API": recorded.api, "DNS": recorded.dns, "Envoy": recorded.envoy, "Kubernetes": recorded.kubernetes}
    found = {
        "parts": [{"part": part, "address": at, "answers": part not in silent} for part, at in parts.items() if at],
        "listeners": json.loads(places.endpoints.read_text())["listeners"],
        "notes": [
            *json.loads(status_file(places).read_text())["problems"],
            *Faults(places.cloud / FAULTS_FILE).notes(),
        ],
    }
    if as_json:
        _print_json(found)
    else:
        print("\n".join(_status_lines(found)))
    if silent:
        raise typer.Exit(1)


def _status_lines(found: dict[str, list[Any]]) -> Iterator[str]:
    for one in found["parts"]:
        yield f"{one['part']:10} {one['address']:22} {'ok' if one['answers'] else 'does not answer'}"
    for one in found["listeners"]:
        yield printable(f"{one['protocol']:6} {one['address']}:{one['port']:<10} {one['url']}")
    for problem in found["notes"]:
        yield printable(f"note: {problem}")


@app.command()
def console(*, as_json: AsJson = False) -> None:
    """Say where the console is: pages to look at in a browser, read-only.

    Examples: `python -m local console`, `python -m local console --json`.
    """
    recorded = processes.running(process_file(Places()))
    if recorded is None:
        raise fail("the local cloud does not run; `python -m local start`")
    address = f"http://{recorded.api}{CONSOLE_PATH}"
    if as_json:
        _print_json({"console": address})
    else:
        print(address)


@app.command()
def names(*, as_json: AsJson = False) -> None:
    """Print two lines that lead the cloud's public names here: for Terraform, or any client that is told no endpoints.

    A shell takes them over by `eval`. Examples: `python -m local names`, `python -m local names --json`.
    """
    places = Places()
    if processes.running(process_file(places)) is None:
        raise fail("the local cloud does not run; `python -m local start`")
    lines = places.public_names.read_text()
    if as_json:
        words = (shlex.split(line)[1] for line in lines.splitlines())
        _print_json(dict(word.split("=", 1) for word in words))
    else:
        print(lines, end="")


@app.command()
def log(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more calls.")] = False,  # noqa: FBT002
    writes: Annotated[bool, typer.Option("--writes", help="Only calls that change something.")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with everything.")] = False,  # noqa: FBT002
) -> None:
    """Calls that the control plane has answered, oldest first. On a terminal a line is cut where it ends.

    Examples: `python -m local log --writes`, `python -m local log --follow --json`.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    try:
        for entry in _entries(follow=follow):
            if entry.get("writes") or not writes:
                line = json.dumps(entry) if as_json else _line(entry)
                print(cut(line, width) if width and not as_json else line, flush=True)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _entries(*, follow: bool) -> Iterator[dict[str, Any]]:
    """Entries of the log; with `follow` the new ones as they come."""
    log_tail = Tail(Places().cloud / request_log.FILE_NAME)
    yield from request_log.entries(log_tail.read())
    while follow:
        time.sleep(FOLLOW_SECONDS)
        yield from request_log.entries(log_tail.read())


def _line(entry: dict[str, Any]) -> str:
    shown = " ".join(f"{name}={value}" for name, value in sorted(entry.get("parameters", {}).items()))
    outcome = f"{entry.get('status')} {entry.get('code') or ''}".strip()
    outcome += "".join(f" !{fault['kind']}" for fault in entry.get("faults", ()))
    return printable(f"{entry['time']} {entry.get('product', ''):8} {entry.get('action', ''):36} {outcome:30} {shown}")


@app.command()
def waits(
    *, since: Annotated[datetime, typer.Option(help="Calls from this moment on, UTC.")], as_json: AsJson = False
) -> None:
    """Say how long the provider waited of its own accord; quiet when it did not.

    Example: `python -m local waits --since 2026-11-27T12:00:00`.
    """
    seconds = silent_seconds(_entries(follow=False), since.replace(tzinfo=UTC))
    if as_json:
        _print_json({"seconds": round(seconds, 1)})
    elif seconds:
        print(f"of that, {seconds:.0f} s were waits compiled into the vendor's provider (silence between its calls)")


@app.command()
def faults(
    add: Annotated[
        str, typer.Option(help='A fault as JSON: {"kind": "throttle", "action": "CreateListener", "times": 2}.')
    ] = "",
    seed: Annotated[
        int | None, typer.Option(help="Faults of all kinds by this seed; the same calls meet the same.")
    ] = None,
    rate: Annotated[float, typer.Option(help="Share of the calls that a seed strikes.")] = RATE,
    clear: Annotated[bool, typer.Option("--clear", help="Switch all faults off.")] = False,  # noqa: FBT002
    as_json: AlwaysJson = True,  # noqa: ARG001, FBT002
) -> None:
    """Show, add or clear faults of the control plane (kinds: see local/cloud/faults.py). Prints JSON.

    Examples: `python -m local faults`, `python -m local faults --seed 7`, `python -m local faults --clear`.
    """
    seeded = None if seed is None else {"kind": SEEDED, "seed": seed, "rate": rate}
    try:
        wish = {"clear": True} if clear else json.loads(add) if add else seeded
        _print_json(control("faults", wish)["Faults"])
    except ValueError:
        raise fail("--add: a JSON object is expected") from None
    except urllib.error.HTTPError as error:
        raise fail(json.loads(error.read())["Message"]) from None
    except OSError:
        raise fail("the local cloud does not answer; `python -m local start`") from None


@app.command()
def coverage(*, as_json: AsJson = False) -> None:
    """Every action of the control plane, and where its behaviour comes from.

    Examples: `python -m local coverage`, `python -m local coverage --json`.
    """
    from local.cloud.coverage import render_coverage, rows  # noqa: PLC0415  (imports every product; only this needs them)

    if as_json:
        _print_json(rows())
    else:
        print(render_coverage(), end="")


@app.command()
def endpoints(*, as_json: AlwaysJson = True) -> None:  # noqa: ARG001
    """Print what listens where, and write it to endpoints.json.

    Example: `python -m local endpoints`.
    """
    places = Places()
    if not (places.cloud / STORE_FILE).is_file():
        raise fail(f"there is no local cloud in {places.root}; `python -m local start`")
    recorded = processes.running(process_file(places))
    store = Store(places.cloud / STORE_FILE)
    found = session.write_endpoints(
        places,
        store,
        addresses.detect(),
        api=recorded.api if recorded else None,
        dns=recorded.dns if recorded else None,
    )
    store.close()
    _print_json(found)


def main() -> None:
    """The program's entry; a shell that completes a line asks by the variable (scripts/completion.sh)."""
    completion_init()
    app(complete_var="_LOCAL_COMPLETE")


if __name__ == "__main__":
    main()
