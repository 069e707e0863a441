"""The console's addresses: who may ask for what, and the headers that go with every page."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

from local.cloud.server import Page
from local.console import balancers, certificates, cluster, dns, feeds, groups, picture
from local.console.layout import Body, document
from local.console.markup import element
from local.console.sources import Missing, Sources
from local.places import CONSOLE_PATH

FILES = {
    "style.css": "text/css",
    "live.js": "text/javascript",
    "picture.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
FOLDER = Path(__file__).parent / "files"
HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
"""Names of this machine. A page of another site that leads its own name here is refused by it."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
PAGES: dict[str, Callable[[Sources], Body]] = {
    "": balancers.page,
    "topology": picture.page,
    "server-groups": groups.page,
    "certificates": certificates.page,
    "dns": dns.page,
    "cluster": cluster.page,
    "handshakes": lambda sources: feeds.handshakes(sources).page(),
    "calls": lambda sources: feeds.calls(sources).page(),
}
DETAILS: dict[str, Callable[[Sources, str], Body]] = {
    "listeners": balancers.listener_page,
    "server-groups": groups.group_page,
}
STREAMS: dict[str, Callable[[Sources], feeds.Stream]] = {
    "handshakes": feeds.handshakes,
    "calls": feeds.calls,
    "topology": picture.Picture,
}


class Console:
    """Answers every address below `/console`, for this machine, and changes nothing."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._streams = feeds.Streams()

    def answer(self, method: str, target: str, headers: Mapping[str, str]) -> Page | None:
        """A page, or None for an address that is none of the console's. `headers` have names in small letters."""
        path = target.partition("?")[0]
        if path != CONSOLE_PATH.rstrip("/") and not path.startswith(CONSOLE_PATH):
            return None
        if not HOST.fullmatch(headers.get("host", "").lower()):
            return _plain(403, "The console answers at 127.0.0.1 and localhost alone.")
        if method != "GET":
            return _plain(405, "The console is read-only.", {"Allow": "GET"})
        if path == CONSOLE_PATH.rstrip("/"):
            return _plain(308, "", {"Location": CONSOLE_PATH})
        return self._found(path.removeprefix(CONSOLE_PATH), headers)

    def _found(self, path: str, headers: Mapping[str, str]) -> Page:
        if path in FILES:
            return _page(200, FILES[path], (FOLDER / path).read_bytes())
        section, _, identifier = path.partition("/")
        if section == "stream" and identifier in STREAMS:
            return self._stream(STREAMS[identifier](self._sources), headers)
        try:
            return _html(200, self._body(section, unquote(identifier)))
        except Missing as missing:
            text = element("p", str(missing), class_="empty")
            return _html(404, Body("-", "Not found", text))

    def _body(self, section: str, identifier: str) -> Body:
        if identifier and section in DETAILS:
            return DETAILS[section](self._sources, identifier)
        if not identifier and section in PAGES:
            return PAGES[section](self._sources)
        raise Missing("There is no such page.")

    def _stream(self, stream: feeds.Stream, headers: Mapping[str, str]) -> Page:
        """A page of another site may not even open one."""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return _plain(403, "The console's streams are for its own pages.")
        events = self._streams.open(stream)
        if events is None:
            return _plain(503, "Too many pages are open.", {"Retry-After": "10"})
        return Page(200, HEADERS | {"Content-Type": "text/event-stream"}, events)


def _html(status: int, body: Body) -> Page:
    return _page(status, "text/html", document(body).encode())


def _plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Page:
    return _page(status, "text/plain", f"{text}\n".encode(), headers)


def _page(status: int, kind: str, content: bytes, headers: Mapping[str, str] | None = None) -> Page:
    shown = HEADERS | {"Content-Type": f"{kind}; charset=utf-8"} | dict(headers or {})
    return Page(status, shown, iter([content]), len(content))
