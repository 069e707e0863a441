"""Some clients call a product at its public name, whatever endpoint the environment says: a proxy leads them to the local cloud.

It is an HTTPS proxy of the tests' own. Names of other products are refused, so that no test ever leaves this machine.
"""

import re
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance import log_service
from local.cloud import tls

LED = re.compile(r"(?:sts|alidns|dns)(?:\.[a-z0-9-]+)?\.aliyuncs\.com")
"""Names that lead to the local cloud; those of Log Service lead to the tests' own."""
CHUNK = 65536


@dataclass(frozen=True)
class Proxy:
    """Where the proxy listens, and the CA of the certificate it shows for the names."""

    address: str
    authority: Path


@contextmanager
def leading_to(address: str, folder: Path, regions: tuple[str, ...]) -> Iterator[Proxy]:
    """A proxy to the local cloud at `address` (host:port), for the names of all regions; `folder` is for its certificate."""
    folder.mkdir(mode=0o700)
    places = ("", *(f"{region}." for region in regions))
    names = [f"*.{place}{product}aliyuncs.com" for place in places for product in ("", "log.")]
    authority = tls.ensure(folder, names)
    server = _Server(("127.0.0.1", 0), _Connection)
    server.target, server.context = address, tls.context(folder)
    server.logs = type("_Logs", (log_service.Requests,), {"service": log_service.LogService()})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Proxy(f"127.0.0.1:{server.server_address[1]}", authority)
    finally:
        server.shutdown()
        server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    target: str
    context: ssl.SSLContext
    logs: type[log_service.Requests]


class _Connection(socketserver.StreamRequestHandler):
    """One tunnel: CONNECT, then TLS that ends here, then what is said in it, in clear to the local cloud or to Log Service."""

    rbufsize = 0  # what follows the request is TLS, and not to be read ahead
    server: _Server

    def handle(self) -> None:
        method, name, *_ = (*self.rfile.readline(CHUNK).decode("latin-1").split(), "", "")
        while self.rfile.readline(CHUNK).strip():
            pass
        host = name.removesuffix(":443")
        to_logs = log_service.NAME.fullmatch(host)
        is_led = host != name and (to_logs or LED.fullmatch(host))
        if method != "CONNECT" or not (is_led or name == self.server.target):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if not is_led:  # a client that does not heed NO_PROXY
            self._to_cloud(self.connection, name)
            return
        with self.server.context.wrap_socket(self.connection, server_side=True) as client:
            if to_logs:
                self.server.logs(client, self.client_address, self.server)
            else:
                self._to_cloud(client, host)

    def _to_cloud(self, client: socket.socket, name: str) -> None:
        host, port = self.server.target.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as cloud:
            _relay(client, cloud, _host(name), _host(self.server.target))


def _host(name: str) -> bytes:
    return f"Host: {name}\r\n".encode()


def _relay(client: socket.socket, cloud: socket.socket, asked: bytes, meant: bytes) -> None:
    """Both ways until one ends; the local cloud answers to its own name only, so that one is put into each request."""
    while True:
        has_more = isinstance(client, ssl.SSLSocket) and client.pending()
        ready = [client] if has_more else select.select([client, cloud], [], [])[0]
        for one in ready:
            try:
                said = one.recv(CHUNK)
            except OSError:
                return
            if not said:
                return
            if one is client:
                cloud.sendall(said.replace(asked, meant, 1))
            else:
                client.sendall(said)
