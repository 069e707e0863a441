"""What ends when, as a page that Prometheus reads: on this machine alone, and only to be read."""

import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mtlsedge.errors import CommandError
from mtlsedge.report import say

ADDRESS = "127.0.0.1"
PATH = "/metrics"
KIND = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text exposition format."""
READ_AGAIN_SECONDS = 300.0
"""Outputs are asked of Pulumi so often at most, however often somebody looks."""
_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?", re.IGNORECASE)
"""Names of this machine: a web page that leads a name of its own here reads nothing."""


class Reading:
    """The last text that could be read; its own metric says how old it is."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read, self._lock = read, threading.Lock()
        self._text, self._tried_at = "", float("-inf")

    def text(self) -> str:
        """Read anew when the time has come; what was read before where that fails. Empty: nothing was ever read."""
        with self._lock:
            if time.monotonic() - self._tried_at >= READ_AGAIN_SECONDS:
                try:
                    self._text = self._read()
                except CommandError as problem:
                    say(f"mtlsedge: {problem}", err=True)
                self._tried_at = time.monotonic()
            return self._text


def server(port: int, read: Callable[[], str]) -> ThreadingHTTPServer:
    """A server that listens already; port 0 takes a free one. Raises CommandError where the port is taken."""
    reading = Reading(read)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not _HOST.fullmatch(self.headers.get("Host", "")):
                self._answer(403, "answers at 127.0.0.1 and localhost alone\n")
            elif self.path != PATH:
                self._answer(404, f"the metrics are at {PATH}\n")
            else:
                found = reading.text()
                self._answer(200 if found else 503, found or "the stack's outputs could not be read yet\n")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", KIND)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_arguments: object) -> None:
            """A look is no news."""

    try:
        return ThreadingHTTPServer((ADDRESS, port), Page)
    except OSError as problem:
        raise CommandError(f"--serve: cannot listen at {ADDRESS}:{port}: {problem.strerror}") from None


def serve(port: int, read: Callable[[], str]) -> None:
    """Serves until it is interrupted, after one line with the address."""
    with server(port, read) as serving:
        say(f"http://{ADDRESS}:{serving.server_address[1]}{PATH} until Ctrl-C", err=True)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            return
