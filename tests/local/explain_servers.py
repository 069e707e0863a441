"""Servers of four makers that demand client certificates of one root: Envoy, OpenSSL, nginx, GnuTLS."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port

SERVER_HOST = "www.example.test"
PATIENCE = 60
"""Seconds until a server listens, or answers, on a machine with other work."""


@dataclass(frozen=True)
class Place:
    """Where a server listens."""

    address: str
    port: int


@dataclass(frozen=True)
class Files:
    """What a server is started with."""

    folder: Path
    certificate: Path
    key: Path
    client_ca: Path


def files_of(
    folder: Path, client_ca: str, *, issuer: edge.Issued, names: tuple[str, ...] = (SERVER_HOST,), **dates
) -> Files:
    """A server certificate by this issuer, and the CA for clients."""
    folder.mkdir(parents=True, exist_ok=True)
    made = edge.issue("web", issuer, usage="server", names=names, **dates)
    made.chain = []
    certificate, key = made.write(folder, "server")
    (folder / "clients.pem").write_text(client_ca)
    return Files(folder, certificate, key, folder / "clients.pem")


@contextmanager
def openssl(files: Files, *options: str) -> Iterator[Place]:
    """`openssl s_server`, which answers a page of its own."""
    port = free_port()
    with _running([
        "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(files.certificate), "-key", str(files.key),
        "-CAfile", str(files.client_ca), "-Verify", "9", "-verify_return_error", "-www", "-quiet", *options,
    ], files.folder, port):  # fmt: skip
        yield Place("127.0.0.1", port)


@contextmanager
def gnutls(files: Files, *options: str) -> Iterator[Place]:
    """`gnutls-serv`, which answers a page of its own."""
    port = free_port()
    with _running([
        "gnutls-serv", f"--port={port}", f"--x509certfile={files.certificate}", f"--x509keyfile={files.key}",
        f"--x509cafile={files.client_ca}", "--require-client-cert", "--verify-client-cert", "--http", "--quiet", *options,
    ], files.folder, port):  # fmt: skip
        yield Place("127.0.0.1", port)


@contextmanager
def nginx(files: Files, *lines: str, inside: str = "return 200 ok;", verify: str = "on") -> Iterator[Place]:
    """nginx with one server; `lines` go into it, `inside` into its location."""
    port = free_port()
    extra = "".join(f"      {line}\n" for line in lines)
    (files.folder / "nginx.conf").write_text(
        f"daemon off; error_log {files.folder}/error.log; pid {files.folder}/nginx.pid;\n"
        "events {}\nhttp { access_log off;\n"
        f"  client_body_temp_path {files.folder}; proxy_temp_path {files.folder}; fastcgi_temp_path {files.folder};\n"
        f"  uwsgi_temp_path {files.folder}; scgi_temp_path {files.folder};\n"
        f"  server {{ listen 127.0.0.1:{port} ssl;\n"
        f"      ssl_certificate {files.certificate}; ssl_certificate_key {files.key};\n"
        f"      ssl_client_certificate {files.client_ca}; ssl_verify_client {verify}; ssl_verify_depth 9;\n{extra}"
        f"      location / {{ {inside} }} }} }}\n"
    )
    with _running(["nginx", "-c", str(files.folder / "nginx.conf"), "-p", str(files.folder)], files.folder, port):
        yield Place("127.0.0.1", port)


@contextmanager
def envoy(files: Files, *, servers: bool = False, demands: bool = True) -> Iterator[Place]:
    """The local data plane's Envoy with one listener; behind it nothing, or a server that answers."""
    store = edge.MemoryStore()
    plane = DataPlane(store, files.folder / "envoy", store_folder=files.folder)
    with ExitStack() as stack:
        identifier = "1-ap-southeast-1"
        (files.folder / "1.key").touch(mode=0o600)
        (files.folder / "1.key").write_text(files.key.read_text())
        store.put(
            "cas.server_certificate",
            "1",
            {"CertId": 1, "Name": "web", "Cert": files.certificate.read_text(), "KeyFile": "1.key"},
        )
        host = edge.unused_host()
        members = [stack.enter_context(_backend(store, host))] if servers else []
        edge.put_group(store, "sgp-1", members)
        edge.put_load_balancer(store, "alb-1", host)
        store.put("cas.ca_certificate", "ca", {"Identifier": "ca", "Cert": files.client_ca.read_text()})
        edge.put_listener(
            store, "lsn-1", "alb-1", free_port(f"127.0.10.{host}"), "sgp-1", Certificates=[{"CertificateId": identifier}],
            CaEnabled=demands, CaCertificates=[{"CertificateId": "ca"}],
        )  # fmt: skip
        plane.start()
        stack.callback(plane.stop)
        assert plane.await_applied()
        if servers:
            edge.await_checked(plane, store)
        yield Place(*edge.place(store, "lsn-1"))


@contextmanager
def plain_http(folder: Path) -> Iterator[Place]:
    """A server that knows no TLS."""
    port = free_port()
    with _running([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)], folder, port):
        yield Place("127.0.0.1", port)


@contextmanager
def _backend(store, host: int) -> Iterator[dict]:
    port = free_port(f"127.0.20.{host}")
    program = (
        "import http.server, sys\n"
        "class Page(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'ok')\n"
        "    do_HEAD = do_GET\n"
        "    def log_message(self, *_): pass\n"
        "http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Page).serve_forever()\n"
    )
    with _running([sys.executable, "-c", program, f"127.0.20.{host}", str(port)], None, port, f"127.0.20.{host}"):
        yield edge.server(edge.put_instance(store, 1, host), port)


@contextmanager
def _running(command: list[str], folder: Path | None, port: int, address: str = "127.0.0.1") -> Iterator[None]:
    """A server in a process of its own, from when it listens."""
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(process, address, port)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _await(process: subprocess.Popen, address: str, port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    wanted = f"{address}:{port}"
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nothing listens at {wanted}")


MAKERS: dict[str, Callable] = {"Envoy": envoy, "OpenSSL": openssl, "nginx": nginx, "GnuTLS": gnutls}
