"""`python -m local handshakes`."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from local import tail
from local.cloud.store import FILE_NAME as STORE_FILE
from local.cloud.store import Store
from local.handshakes import table
from local.handshakes.access_log import handshakes as handshakes_of_alb
from local.handshakes.handshake import REFUSED, Handshake, Joining
from local.places import Places
from local.problems import fail
from local.proxy.connection_log import FILE_NAME

FOLLOW_SECONDS = 0.3


def handshakes(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more of them.")] = False,  # noqa: FBT002
    refused: Annotated[bool, typer.Option("--refused", help="Only clients that were not let in.")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, with everything.")] = False,  # noqa: FBT002
    access_log: Annotated[
        Path | None, typer.Option(help="Read a real ALB's access log instead: JSON objects, one a line. Never run.")
    ] = None,
) -> None:
    """Handshakes at the local listeners, oldest first: who was let in, who was not, and why.

    Examples: `python -m local handshakes --refused`, `python -m local handshakes --follow --json`.
    """
    log = access_log or log_file(Places())
    if access_log and (follow or not log.is_file()):
        raise fail(f"--access-log: found {'--follow beside it' if follow else f'no file {log}'}; allowed a file alone")
    if not log.is_file():
        raise fail(f"no listener has run in {Places().root}; `python -m local start`")
    say = _as_json if as_json else _as_table(str if access_log else _names())
    try:
        for shake in _of_file(access_log) if access_log else read(log, follow=follow):
            if shake.verdict == REFUSED or not refused:
                say(shake)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _of_file(log: Path) -> Iterator[Handshake]:
    with log.open(encoding="utf-8", errors="replace") as lines:
        yield from handshakes_of_alb(lines)


def log_file(places: Places) -> Path:
    """Where Envoy of this local cloud writes."""
    return places.cloud / "envoy" / FILE_NAME


def read(log: Path, *, follow: bool = False) -> Iterator[Handshake]:
    """Every handshake that is kept; with `follow` also those that come."""
    joining, latest = Joining(), tail.Tail(log)
    yield from joining.handshakes(tail.put_aside(log))
    yield from joining.handshakes(latest.read())
    while follow:
        time.sleep(FOLLOW_SECONDS)
        yield from joining.handshakes(latest.read())


def _as_json(shake: Handshake) -> None:
    print(json.dumps(shake.document()), flush=True)


def _as_table(name_of: Callable[[str], str]) -> Callable[[Handshake], None]:
    width = max(shutil.get_terminal_size().columns, table.SMALLEST_WIDTH)
    shown = table.columns(width, name_of)
    print(table.heading(shown), flush=True)
    return lambda shake: print("\n".join(table.row(shake, shown, width)), flush=True)


def _names() -> Callable[[str], str]:
    """Names of load balancers by id; the id itself for one that is gone."""
    store = Store(Places().cloud / STORE_FILE)

    def name_of(identifier: str) -> str:
        document = store.get("alb.load_balancer", identifier) or {}
        return str(document.get("LoadBalancerName") or identifier)

    return name_of
