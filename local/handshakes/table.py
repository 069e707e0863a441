"""Handshakes as lines of a terminal: as many columns as it is wide, and below a refusal its reason."""

from collections.abc import Callable

from local.handshakes.handshake import NOT_KNOWN, REFUSED, Handshake
from local.handshakes.reasons import TEXTS
from local.text import cut, printable

Column = tuple[str, int, Callable[[Handshake], str]]
SMALLEST_WIDTH = 40
_INDENT, _REASON = 2, 2


def subject_of(shake: Handshake) -> str:
    """The subject that was shown, or why there is none."""
    if shake.certificate_shown == "yes":
        return str(shake.line["subject"] or "(empty name)")
    return NOT_KNOWN if shake.certificate_shown == NOT_KNOWN else "no certificate"


def _request(shake: Handshake) -> str:
    request = shake.request
    return "-" if request is None else f"{request['status']} {request['method'] or '?'} {request['path'] or ''}"


def columns(width: int, name_of: Callable[[str], str]) -> list[Column]:
    """Those that fit, the most important first; the last one takes what is left."""

    def listener(shake: Handshake) -> str:
        return f"{name_of(str(shake.line['loadBalancer']))}:{shake.line['port']}"

    wanted: list[Column] = [
        ("time", 8, lambda shake: str(shake.line["time"])[11:19]),
        ("verdict", 8, lambda shake: shake.verdict),
        ("reason", 22, lambda shake: shake.reason),
        ("subject", 24, subject_of),
        ("listener", 18, listener),
        ("request", 24, _request),
        ("sni", 22, lambda shake: str(shake.line.get("sni") or "-")),
        ("tls", 8, lambda shake: shake.tls_version or "-"),
        ("client", 21, lambda shake: str(shake.line["client"])),
    ]
    fitting: list[Column] = []
    for column in wanted:
        if _width([*fitting, column]) > width:
            break
        fitting.append(column)
    return _filling(fitting, width)


def _width(shown: list[Column]) -> int:
    return sum(size + 1 for _, size, _ in shown) - 1


def _filling(shown: list[Column], width: int) -> list[Column]:
    """First the reason grows to its longest id, then the last column takes what is left."""
    longest = min(max(map(len, TEXTS)), shown[_REASON][1] + width - _width(shown))
    shown[_REASON] = ("reason", longest, shown[_REASON][2])
    name, size, read = shown[-1]
    shown[-1] = (name, size + width - _width(shown), read)
    return shown


def heading(shown: list[Column]) -> str:
    """The names of the columns."""
    return _joined([(name, size) for name, size, _ in shown])


def row(shake: Handshake, shown: list[Column], width: int) -> list[str]:
    """One line; a second one with the reason where the client was refused."""
    first = _joined([(_fitted(name, printable(read(shake)), size), size) for name, size, read in shown])
    if shake.verdict != REFUSED:
        return [first]
    return [first, " " * _INDENT + cut(shake.text, width - _INDENT)]


def _fitted(column: str, text: str, size: int) -> str:
    """A listener whose load balancer has a long name keeps its port: names of listeners often differ in nothing else."""
    if column != "listener":
        return text
    name, _, port = text.rpartition(":")
    return f"{cut(name, size - len(port) - 1)}:{port}"


def _joined(cells: list[tuple[str, int]]) -> str:
    return " ".join(f"{cut(text, size):{size}}" for text, size in cells).rstrip()
