"""Servers of four makers that demand client certificates of one root: Envoy, OpenSSL, nginx, GnuTLS."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
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
    """Where a server listens, and its process."""

    address: str
    port: int
    process: int = 0


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
def openssl(files: Files, *options: str, demands: bool = True) -> Iterator[Place]:
    """`openssl s_server`, which answers a page of its own."""
    port = free_port()
    verify = ["-Verify", "9", "-verify_return_error"] if demands else []
    with _running([
        "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(files.certificate), "-key", str(files.key),
        "-CAfile", str(files.client_ca), *verify, "-www", "-quiet", *options,
    ], files.folder, port) as process:  # fmt: skip
        yield Place("127.0.0.1", port, process)


@contextmanager
def gnutls(files: Files, *options: str, demands: bool = True) -> Iterator[Place]:
    """`gnutls-serv`, which answers a page of its own."""
    port = free_port()
    verify = ["--require-client-cert", "--verify-client-cert"] if demands else ["--disable-client-cert"]
    with _running([
        "gnutls-serv", f"--port={port}", f"--x509certfile={files.certificate}", f"--x509keyfile={files.key}",
        f"--x509cafile={files.client_ca}", *verify, "--http", "--quiet", *options,
    ], files.folder, port) as process:  # fmt: skip
        yield Place("127.0.0.1", port, process)


@contextmanager
def nginx(
    files: Files, *lines: str, inside: str = "return 200 ok;", verify: str = "on", speaks_tls: bool = True
) -> Iterator[Place]:
    """nginx with one server; `lines` go into it, `inside` into its location."""
    port = free_port()
    extra = "".join(f"      {line}\n" for line in lines)
    (files.folder / "nginx.conf").write_text(
        f"daemon off; error_log {files.folder}/error.log; pid {files.folder}/nginx.pid;\n"
        "events {}\nhttp { access_log off;\n"
        f"  client_body_temp_path {files.folder}; proxy_temp_path {files.folder}; fastcgi_temp_path {files.folder};\n"
        f"  uwsgi_temp_path {files.folder}; scgi_temp_path {files.folder};\n"
        f"  server {{ listen 127.0.0.1:{port}{' ssl' if speaks_tls else ''};\n"
        f"      ssl_certificate {files.certificate}; ssl_certificate_key {files.key};\n"
        f"      ssl_client_certificate {files.client_ca}; ssl_verify_client {verify}; ssl_verify_depth 9;\n{extra}"
        f"      location / {{ {inside} }} }} }}\n"
    )
    command = ["nginx", "-c", str(files.folder / "nginx.conf"), "-p", str(files.folder)]
    with _running(command, files.folder, port) as process:
        yield Place("127.0.0.1", port, process)


@contextmanager
def envoy(
    files: Files, *, servers: bool = False, demands: bool = True, answers: int = 200, **listener
) -> Iterator[Place]:
    """The local data plane's Envoy with one listener; behind it nothing, or a server that answers with this status.

    `listener` is said of the listener in the API's words; two documents go with it by their own names: a TLS policy
    `newest-only`, and an access list `nobody` that has no entry for this machine.
    """
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
        members = [stack.enter_context(_backend(store, host, answers))] if servers else []
        edge.put_group(store, "sgp-1", members)
        edge.put_load_balancer(store, "alb-1", host)
        store.put("cas.ca_certificate", "ca", {"Identifier": "ca", "Cert": files.client_ca.read_text()})
        store.put("alb.security_policy", "newest-only", {"SecurityPolicyId": "newest-only", "TLSVersions": ["TLSv1.3"]})
        store.put("alb.acl", "nobody", {"AclId": "nobody", "AclEntries": [{"Entry": "192.0.2.1/32"}]})
        said = {
            "Certificates": [{"CertificateId": identifier}], "CaEnabled": demands, "CaCertificates": [{"CertificateId": "ca"}],
        } | listener  # fmt: skip
        edge.put_listener(store, "lsn-1", "alb-1", free_port(f"127.0.10.{host}"), "sgp-1", **said)
        plane.start()
        stack.callback(plane.stop)
        assert plane.await_applied()
        assert plane.problems() == []
        if servers:
            edge.await_checked(plane, store)
        assert plane.envoy.process
        yield Place(*edge.place(store, "lsn-1"), plane.envoy.process.pid)


@contextmanager
def ended(server: AbstractContextManager[Place]) -> Iterator[Place]:
    """Where a server was that has ended: nobody listens there."""
    with server as place:
        pass
    yield place


@contextmanager
def frozen(server: AbstractContextManager[Place]) -> Iterator[Place]:
    """A server that takes connections and says nothing, as behind a list that drops: its processes are stopped."""
    with server as place:
        children = Path(f"/proc/{place.process}/task/{place.process}/children").read_text().split()
        processes = [place.process, *map(int, children)]
        for one in processes:
            os.kill(one, signal.SIGSTOP)
        try:
            yield place
        finally:
            for one in processes:
                os.kill(one, signal.SIGCONT)


@contextmanager
def _backend(store, host: int, status: int) -> Iterator[dict]:
    """A server that is well for health checks, which ask with HEAD, and answers everything else with this status."""
    port = free_port(f"127.0.20.{host}")
    program = (
        "import http.server, sys\n"
        "class Page(http.server.BaseHTTPRequestHandler):\n"
        "    def answer(self, status):\n"
        "        self.send_response(status); self.send_header('Content-Length', '2'); self.end_headers(); self.wfile.write(b'ok')\n"
        "    def do_GET(self): self.answer(int(sys.argv[3]))\n"
        "    def do_HEAD(self): self.answer(200)\n"
        "    def log_message(self, *_): pass\n"
        "http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Page).serve_forever()\n"
    )
    command = [sys.executable, "-c", program, f"127.0.20.{host}", str(port), str(status)]
    with _running(command, None, port, f"127.0.20.{host}"):
        yield edge.server(edge.put_instance(store, 1, host), port)


@contextmanager
def _running(command: list[str], folder: Path | None, port: int, address: str = "127.0.0.1") -> Iterator[int]:
    """A server in a process of its own, from when it listens; the process's number."""
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(process, address, port)
        yield process.pid
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
