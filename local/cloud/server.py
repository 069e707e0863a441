"""One port for HTTP and HTTPS: the first byte of a connection decides (0x16 opens a TLS handshake).

The provider forces HTTPS for two calls even where everything else is HTTP (openapi-contract.md §2.4).
"""

import contextlib
import ipaddress
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from local.cloud.controls import Control
from local.cloud.dispatcher import Reply
from local.cloud.errors import CloudError
from local.cloud.json_texts import parsed
from local.cloud.tunnel import Tunnel
from local.cloud.wire import JSON, HttpRequest, media_type

TLS_HANDSHAKE = b"\x16"
IDLE_SECONDS = 300
RESET = struct.pack("ii", 1, 0)
"""How a socket lingers that is reset when it is closed."""
LONGEST_BODY = 1024 * 1024
CHUNK_HEAD, CHUNK_SIZE = 256, re.compile(rb"[0-9a-fA-F]{1,8}")
_JSON = json.JSONEncoder(check_circular=False, separators=(",", ":"))
"""An answer is made of documents, none of which holds itself."""
CONTROL_PATH = "/-/"
"""What lies below is no product of the cloud: readiness, faults and behaviours, from this machine only."""


@dataclass(frozen=True)
class Page:
    """An answer for a person: its body in parts, sent as they come; without a length the connection ends with it."""

    status: int
    headers: Mapping[str, str]
    parts: Iterator[bytes]
    length: int | None = None


Pages = Callable[[str, str, Mapping[str, str]], Page | None]
"""(method, path, headers in small letters) -> a page, or None for a path that is none of its own."""


class Server(ThreadingHTTPServer):
    """Threaded, HTTP/1.1 with keep-alive."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], tls: ssl.SSLContext, answer: Callable[[HttpRequest], Reply],
        controls: Mapping[str, Control], tunnel: Tunnel,
        pages: Pages | None = None,
    ) -> None:  # fmt: skip
        """Bind `address` (port 0 for a free one); OSError if it is taken. `pages` stand beside the API."""
        self.tunnel = tunnel
        self.pages = pages
        self.tls = tls
        self.answer = answer
        self.controls = controls
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def serve_in_background(self) -> None:
        """Answer in threads of their own until `shutdown`."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="api", daemon=True).start()

    def stop(self) -> None:
        """Stop answering; connections that are kept alive end too."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Runs in the connection's own thread: find out which protocol it speaks, then serve it."""
        with contextlib.suppress(OSError):
            request.settimeout(IDLE_SECONDS)
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if request.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
                request = self.tls.wrap_socket(request, server_side=True)
            self._serve(request, client_address, Handler)

    def serve_tunnel(self, connection: socket.socket, client_address: Any, host: str) -> None:
        """Answer for the public name `host` what is said in a tunnel, until it ends."""
        with contextlib.suppress(OSError):
            ended = self.tunnel.context(host).wrap_socket(connection, server_side=True)
            self._serve(ended, client_address, type("Tunnelled", (TunnelHandler,), {"public_name": host}))

    def _serve(self, connection: socket.socket, client_address: Any, handler: type["Handler"]) -> None:
        self._open.add(connection)
        try:
            handler(connection, client_address, self)
        finally:
            self._open.discard(connection)
            connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is no event; failures inside an action are answered by the dispatcher."""


def _is_loopback(authority: str) -> bool:
    """Whether a host, perhaps with a port, is this machine: an address that needs no name server, or localhost."""
    host = authority.rpartition("]")[0].lstrip("[") if authority.startswith("[") else authority.partition(":")[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Handler(BaseHTTPRequestHandler):
    """Reads one request, hands it on, writes the answer."""

    protocol_version = "HTTP/1.1"
    public_name = ""

    def do_CONNECT(self) -> None:
        """A tunnel to a public name of the cloud, which ends here."""
        self.close_connection = True
        refusal = self._server.tunnel.refusal(self.path, self.headers.get("Proxy-Authorization", ""))
        if refusal is not None:
            asks = 'Proxy-Authenticate: Basic realm="local cloud"\r\n' if refusal.status == 407 else ""
            self.wfile.write(f"HTTP/1.1 {refusal.status} {refusal.reason}\r\n{asks}Content-Length: 0\r\n\r\n".encode())
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._server.serve_tunnel(self.connection, self.client_address, self.path.partition(":")[0])

    def do_POST(self) -> None:
        """Every product call, and changes of faults and behaviours."""
        if (refusal := self._refusal()) is not None:
            self.close_connection = True
            self._send(refusal)
            return
        body = self._body()
        if (page := self._page()) is not None:
            self._send_page(page)
            return
        if self.path.startswith(CONTROL_PATH):
            self._send(self._control(body))
            return
        reply = self._server.answer(self._request(body))
        if reply.lost:
            if reply.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.close_connection = True
        else:
            self._send(reply)

    def do_GET(self) -> None:
        """The provider sends two calls by GET (openapi-contract.md §7.4)."""
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: a URL may carry secrets, and the request log has what matters."""

    def _refusal(self) -> Reply | None:
        """A request by another name or from another site's page, or one whose length makes no sense; nothing is read."""
        if not self._is_own_name(self.headers.get("Host", "")):
            return Reply(403, {"Code": "Forbidden.Host", "Message": "This answers at addresses of this machine only."})
        origin = self.headers.get("Origin")
        if origin is not None and not _is_loopback(origin.partition("://")[2]):
            return Reply(403, {"Code": "Forbidden.Origin", "Message": "Pages of other sites may not call this."})
        given = self.headers.get_all("Content-Length") or []
        chunked = self.headers.get("Transfer-Encoding")
        if chunked is not None and (given or chunked.lower() != "chunked"):
            return Reply(400, {"Code": "InvalidLength", "Message": "A body has one length, or is chunked."})
        if len(set(given)) > 1 or not all(text.isascii() and text.isdigit() for text in given):
            return Reply(400, {"Code": "InvalidLength", "Message": "Content-Length is a whole number."})
        if given and int(given[0].lstrip("0")[:12] or 0) > LONGEST_BODY:
            return Reply(413, {"Code": "TooLarge", "Message": f"A body has at most {LONGEST_BODY} bytes."})
        return None

    def _is_own_name(self, host: str) -> bool:
        return _is_loopback(host)

    @property
    def _server(self) -> Server:
        return cast("Server", self.server)

    def _page(self) -> Page | None:
        if self._server.pages is None:
            return None
        headers = {name.lower(): value for name, value in self.headers.items()}
        return self._server.pages(self.command, self.path, headers)

    def _send_page(self, page: Page) -> None:
        self.send_response_only(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(page.length))
        try:
            self.end_headers()
            for part in page.parts:
                self.wfile.write(part)
        finally:
            if isinstance(page.parts, Generator):
                page.parts.close()

    def _request(self, body: bytes) -> HttpRequest:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return HttpRequest(self.command, path, query, headers, body, self.public_name)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") is not None:
            return self._chunks()
        return self.rfile.read(int(self.headers.get("Content-Length", "").lstrip("0") or 0))

    def _chunks(self) -> bytes:
        """Raises OSError, which ends the connection, for a size that is none or too large."""
        parts: list[bytes] = []
        while True:
            size = self.rfile.readline(CHUNK_HEAD).split(b";")[0].strip()
            if not CHUNK_SIZE.fullmatch(size) or sum(map(len, parts)) + int(size, 16) > LONGEST_BODY:
                raise OSError("chunk size")
            parts.append(self.rfile.read(int(size, 16)))
            self.rfile.readline(CHUNK_HEAD)
            if not parts[-1]:
                return b"".join(parts)

    def _control(self, body: bytes) -> Reply:
        """GET and POST of /-/NAME.

        A JSON content type is asked for: a web page cannot send that across origins unasked.
        """
        control = self._server.controls.get(self.path.removeprefix(CONTROL_PATH))
        if control is None:
            names = ", ".join(f"{CONTROL_PATH}{name}" for name in self._server.controls)
            return Reply(404, {"Code": "InvalidPath", "Message": f"There are {names}."})
        wish = self._wish(body) if self.command == "POST" else None
        if isinstance(wish, Reply):
            return wish
        try:
            return Reply(200, control(wish))
        except CloudError as error:
            return Reply(error.status, {"Code": error.code, "Message": error.message})

    def _wish(self, body: bytes) -> dict[str, Any] | Reply:
        try:
            wish = parsed(body) if media_type(self.headers.get("Content-Type", "")) == JSON else None
        except ValueError:
            wish = None
        if not isinstance(wish, dict):
            return Reply(400, {"Code": "InvalidBody", "Message": "A JSON object is expected."})
        return wish

    def _send(self, reply: Reply) -> None:
        """One write. No Date header, and no length that contains "500": the provider matches its retry codes
        against the headers too (§4.2).
        """
        body = _JSON.encode(reply.body).encode()
        while "500" in str(len(body)):
            body += b" "
        head = (
            f"HTTP/1.1 {reply.status} {self.responses[reply.status][0]}\r\n"
            f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + body)


class TunnelHandler(Handler):
    """Speaks for one public name, for the API alone: there are no pages and no faults to switch in the real cloud."""

    def do_CONNECT(self) -> None:
        """No tunnel leads into another."""
        self.send_error(405)

    def _is_own_name(self, host: str) -> bool:
        return host.removesuffix(":443") == self.public_name

    def _page(self) -> None:
        return None

    def _control(self, _body: bytes) -> Reply:
        return Reply(404, {"Code": "InvalidPath", "Message": "There is nothing below this path at a public name."})
