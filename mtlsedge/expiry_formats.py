"""What ends when, for monitors and calendars: Prometheus' text format, and iCalendar (RFC 5545)."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from mtlsedge.expiry import Lifetime

LONGEST_LINE = 75
"""Octets of a line in iCalendar; a longer one is folded [RFC 5545, 3.1]."""
DAY = 86_400
METRICS = (
    ("mtlsedge_certificate_not_after_seconds", "End of a certificate's validity, seconds since 1970-01-01 UTC."),
    ("mtlsedge_certificate_window_seconds", "Time before the end from which on a certificate is due."),
)


def prometheus(stack: str, lives: Sequence[Lifetime], now: datetime) -> str:
    """The metrics of a stack, for the node exporter's folder of text files. Alert rules: docs/examples/expiry-alerts.yml."""
    lines = []
    for (name, meaning), value in zip(METRICS, (_end, lambda life: life.window * DAY), strict=True):
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        lines += [f"{name}{{{_labels(stack, life)}}} {value(life)}" for life in lives]
    name = "mtlsedge_expiry_read_seconds"
    lines += [f"# HELP {name} When the certificates were looked at.", f"# TYPE {name} gauge"]
    lines += [f'{name}{{stack="{_label(stack)}"}} {int(now.timestamp())}']
    return "\n".join(lines) + "\n"


def _end(life: Lifetime) -> int:
    return int(datetime.fromisoformat(life.not_after).timestamp())


def _labels(stack: str, life: Lifetime) -> str:
    pairs = {"stack": stack, "certificate": life.what, "kind": life.kind}
    return ",".join(f'{key}="{_label(value)}"' for key, value in pairs.items())


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def icalendar(stack: str, lives: Sequence[Lifetime], now: datetime) -> str:
    """A calendar with one entry a certificate, at its end, and a reminder at the beginning of its window."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//mtlsedge//expiry//EN", "CALSCALE:GREGORIAN"]
    for life in lives:
        lines += _event(stack, life, now)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _event(stack: str, life: Lifetime, now: datetime) -> Iterator[str]:
    end = datetime.fromisoformat(life.not_after).astimezone(UTC)
    title = _escaped(f"{life.what} of {stack} ends")
    yield from (
        "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(f'{stack}/{life.what}/{life.not_after}'.encode()).hexdigest()[:32]}@mtlsedge",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{end:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{title}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{title}",
        f"TRIGGER:-P{life.window}D",
        "END:VALARM",
        "END:VEVENT",
    )


def _escaped(text: str) -> str:
    """Text as a value: no character of it is structure, and none is a control character."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    for letter in ("\\", ";", ","):
        shown = shown.replace(letter, f"\\{letter}")
    return shown


def _folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets; no character is cut, and each part but the first begins with a space."""
    part = ""
    for letter in line:
        if len(f"{part}{letter}".encode()) > LONGEST_LINE:
            yield part
            part = " "
        part += letter
    yield part
