"""A server behind the data plane that a test holds in its hand: it remembers, waits, trickles and answers as asked."""

import queue
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict
    connection: int
    """Port of the other end: the same for requests on one connection."""


class ControlledServer:
    """Serves at an address of this machine; every answer names it in `x-served-by`.

    `/held…` answers after `release`. `/trickle…` sends what is put into `chunks`, until None. `/made?size=&type=&status=&header=name:value`
    answers so. Everything else is answered at once, health checks (HEAD) too, which are not remembered.
    """

    def __init__(self, name, address, port):
        self.name, self.place = name, (address, port)
        self.seen: list[Seen] = []
        self.release = threading.Event()
        self.chunks: queue.Queue = queue.Queue()
        self.waiting = threading.Semaphore(0)
        """Counts the requests that are held or trickle."""
        self._server = ThreadingHTTPServer(self.place, _Handler)
        self._server.daemon_threads, self._server.controlled = True, self
        self._server.handle_error = lambda *_: None  # a client that goes while it is answered
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.release.set()
        self.chunks.put(None)
        self._server.shutdown()
        self._server.server_close()

    def await_waiting(self):
        assert self.waiting.acquire(timeout=PATIENCE_SECONDS)

    def as_member(self, weight=100):
        """In a server group, as a server of the reader's own."""
        address, port = self.place
        return {"ServerId": address, "ServerType": "Ip", "ServerIp": address, "Port": port, "Weight": weight}


def shares(*servers):
    """How many requests each has seen, by name."""
    return Counter({one.name: len(one.seen) for one in servers})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer(b"")

    def do_GET(self):
        server = self.server.controlled
        server.seen.append(
            Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.client_address[1])
        )
        self.rfile.read(int(self.headers.get("content-length") or 0))
        kind = self.path.split("?")[0].strip("/").split("/")[0].split("-")[0]
        {"held": self._held, "trickle": self._trickle, "made": self._made}.get(kind, self._greet)()

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815

    def _greet(self):
        self._answer(b"hello\n")

    def _held(self):
        server = self.server.controlled
        server.waiting.release()
        server.release.wait(PATIENCE_SECONDS)
        self._answer(b"released\n")

    def _trickle(self):
        server = self.server.controlled
        self.send_response(200)
        self.send_header("x-served-by", server.name)
        self.send_header("content-type", "application/octet-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        server.waiting.release()
        while (chunk := server.chunks.get(timeout=PATIENCE_SECONDS)) is not None:
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _made(self):
        asked = parse_qs(urlsplit(self.path).query)
        body = b"a" * int(asked.get("size", ["0"])[0])
        headers = [one.split(":", 1) for one in asked.get("header", [])]
        self._answer(body, int(asked.get("status", ["200"])[0]), asked.get("type", ["text/plain"])[0], headers)

    def _answer(self, body, status=200, kind="text/plain", headers=()):
        self.send_response(status)
        self.send_header("x-served-by", self.server.controlled.name)
        self.send_header("content-type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
