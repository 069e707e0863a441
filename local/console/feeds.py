"""Live tables, newest first: handshakes with reasons, and calls of the API. Each is also a stream of events."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from local.cloud import request_log
from local.console.layout import BAD, GOOD, WARN, Body, brief, code, folded, lead, lines, table, word
from local.console.markup import Child, Markup, element, joined
from local.console.sources import Sources, text
from local.handshakes.handshake import REFUSED, Handshake, Joining
from local.handshakes.table import subject_of
from local.places import CONSOLE_PATH
from local.tail import Tail

MOST_ROWS = 200
TAIL_BYTES = 256 * 1024
"""How much of the end of a log a page begins with."""
TICK_SECONDS = 0.3
BEAT_SECONDS = 10
"""A comment is sent so often into a quiet stream: only then is a reader noticed that has gone."""
MOST_AT_ONCE = 40
"""Rows that a stream sends in one tick; of more it says how many it left out."""
MOST_READERS = 16
Row = Sequence[Child]


@dataclass(frozen=True)
class Feed:
    """One log as a table. `reader` makes what turns lines into entries, and may remember earlier lines; `rows` shows them."""

    section: str
    heading: str
    about: Markup
    empty: str
    heads: tuple[str, ...]
    log: Path
    reader: Callable[[], Callable[[list[str]], list[Any]]]
    rows: Callable[[list[Any]], list[Row]]

    def page(self) -> Body:
        """The latest rows; a script adds those that come."""
        tail = Tail(self.log, last_bytes=TAIL_BYTES)
        rows = self.rows(self.reader()(tail.read())[-MOST_ROWS:])
        tail.close()
        shown = table(
            f"The latest {MOST_ROWS}",
            self.heads,
            reversed(rows),
            self.empty,
            data_stream=f"{CONSOLE_PATH}stream/{self.section}",
        )
        said = element("p", self.empty if not rows else None, class_="empty", id="live-state", role="status")
        return Body(self.section, self.heading, joined([lead(self.about), said, shown]), script="live.js")

    def events(self) -> Iterator[bytes]:
        """First the rows that are there, then those that come."""
        tail, entries_of = Tail(self.log, last_bytes=TAIL_BYTES), self.reader()
        try:
            yield _event("all", self.rows(entries_of(tail.read())[-MOST_ROWS:]))
            quiet_since = time.monotonic()
            while True:
                if entries := entries_of(tail.read()):
                    shown = entries[-MOST_AT_ONCE:]
                    yield _event("more", self.rows(shown), len(entries) - len(shown))
                    quiet_since = time.monotonic()
                elif time.monotonic() - quiet_since > BEAT_SECONDS:
                    yield b": still here\n\n"
                    quiet_since = time.monotonic()
                time.sleep(TICK_SECONDS)
        finally:
            tail.close()


def handshakes(sources: Sources) -> Feed:
    """Who was let in, who was not, and why."""

    def reader() -> Callable[[list[str]], list[Handshake]]:
        joining = Joining()
        return lambda read: list(joining.handshakes(read))

    def rows(shakes: list[Handshake]) -> list[Row]:
        names = _balancer_names(sources) if shakes else {}
        return [_handshake(shake, names) for shake in shakes]

    about = joined(["Every handshake at the local listeners, newest first. ", code("python -m local handshakes"),
                    " shows the same in a terminal."])  # fmt: skip
    heads = ("Time (UTC)", "Verdict", "Reason", "Certificate shown", "Listener", "SNI", "TLS", "Request")
    log = sources.handshake_log
    return Feed("handshakes", "Handshakes", about, "There was no handshake yet.", heads, log, reader, rows)


def _balancer_names(sources: Sources) -> dict[str, str]:
    documents = sources.store.list("alb.load_balancer")
    return {one["LoadBalancerId"]: text(one, "LoadBalancerName", "LoadBalancerId") for one in documents}


def _handshake(shake: Handshake, names: dict[str, str]) -> Row:
    is_refused = shake.verdict == REFUSED
    line, request = shake.line, shake.request
    balancer = names.get(str(line["loadBalancer"]), str(line["loadBalancer"]))
    asked = f"{request['method'] or '?'} {request['path'] or ''}: {request['status']}" if request else "-"
    return [
        brief(str(line["time"])[11:23]),
        word(BAD if is_refused else GOOD, shake.verdict),
        lines([code(shake.reason), *([shake.text] if shake.reason != "accepted" else [])]),
        folded(subject_of(shake), ","),
        brief(f"{balancer}:{line['port']}"),
        brief(text(line, "sni")),
        lines([shake.tls_version, code(text(line, "cipher"))] if shake.tls_version else []),
        asked,
    ]


def calls(sources: Sources) -> Feed:
    """What the control plane was asked."""
    about = joined(["Every call that the local API answered, newest first, without secrets. ", code("python -m local log"),
                    " shows the same in a terminal."])  # fmt: skip
    heads = ("Time (UTC)", "Product", "Action", "Result", "Changes", "Parameters")
    log = sources.request_log
    return Feed("calls", "API calls", about, "There was no call yet.", heads, log, lambda: _calls, _call_rows)


def _calls(read: list[str]) -> list[dict[str, Any]]:
    return [entry for entry in request_log.entries(read) if isinstance(entry, dict)]


def _call_rows(entries: list[dict[str, Any]]) -> list[Row]:
    return [_call(entry) for entry in entries]


def _call(entry: dict[str, Any]) -> Row:
    status, problem = entry.get("status"), text(entry, "code", otherwise="")
    shown = " ".join(f"{name}={value}" for name, value in sorted((entry.get("parameters") or {}).items()))
    return [
        brief(str(entry.get("time"))[11:23]),
        text(entry, "product"),
        brief(text(entry, "action")),
        word(GOOD if status == 200 else WARN, f"{status} {problem}".strip()),
        "yes" if entry.get("writes") else "no",
        shown[:300],
    ]


class Stream(Protocol):
    """What can be sent as server-sent events, until its reader goes."""

    def events(self) -> Iterator[bytes]:
        """Each event as it comes."""


class Streams:
    """Server-sent events to a bounded number of readers at once."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(MOST_READERS)

    def open(self, stream: Stream) -> Iterator[bytes] | None:
        """Events until the reader goes; None when there are too many readers."""
        if not self._free.acquire(blocking=False):
            return None
        held = self._held(stream)
        next(held)  # begun, so that closing it at any time gives the place back
        return held

    def _held(self, stream: Stream) -> Iterator[bytes]:
        try:
            yield b""
            yield from stream.events()
        finally:
            self._free.release()


def _event(name: str, rows: list[Row], left_out: int = 0) -> bytes:
    """Rows as HTML that was escaped here, cell by cell; JSON keeps each event on one line."""
    cells = [[joined([cell]) for cell in row] for row in rows]
    return f"event: {name}\ndata: {json.dumps({'rows': cells, 'leftOut': left_out})}\n\n".encode()
