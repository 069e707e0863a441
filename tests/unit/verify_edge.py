"""A small edge to verify against: a TLS listener that asks for client certificates, plain HTTP, and DNS, on loopback."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from dnslib import CNAME, QTYPE, RR, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from mtlsedge_components.x509.building import Issuer
from tests.unit.verify_stack import BALANCER, HEADERS, HOST, Pki, pki

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: a listener that does not look at dates."""


@dataclass
class Faults:
    """What is wrong with the edge; everything right by default."""

    client_certificates: ssl.VerifyMode = ssl.CERT_REQUIRED
    trusted: tuple[str, ...] = ()
    """CA certificates the listener trusts; empty: the PKI's root."""
    verify_flags: int = 0
    lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    server: Issuer | None = None
    answering: tuple[str, ...] = ("ECS01", "ECS02")
    """Servers that answer; none: the listener says 503 itself."""
    names_itself: bool = True
    headers_sent: bool = True
    passes_copies: bool = False
    status: int = 200
    """What the servers answer to everybody."""
    anonymous_status: int = 0
    """What is answered to a client without a certificate; 0: what everybody gets."""
    open_paths: tuple[str, ...] = ()
    """Paths at which a client without a certificate gets what everybody gets."""
    api: str = "ECS03"
    """The server that answers below /api/."""
    speaks_quic: bool = False
    plain_status: int = 301
    plain_served: tuple[str, ...] = ()
    """Paths that plain HTTP serves instead of redirecting."""
    plain_location: str = f"https://{HOST}/"
    listens: bool = True
    dns: dict[str, str] = field(default_factory=lambda: {HOST: BALANCER, BALANCER: "127.0.0.1"})


@dataclass(frozen=True)
class Edge:
    """Where the edge is."""

    https_port: int
    http_port: int
    resolver: str
    pki: Pki

    @property
    def ports(self) -> dict[int, int]:
        """Declared ports to real ones."""
        return {443: self.https_port, 80: self.http_port}


@contextmanager
def edge(folder: Path, faults: Faults | None = None, keys: Pki | None = None) -> Iterator[Edge]:
    """Runs an edge until the block ends."""
    faults, keys = faults or Faults(), keys or pki()
    with ExitStack() as stack:
        plain = stack.enter_context(_serving(_plain_handler(faults), None))
        secure = stack.enter_context(_serving(_secure_handler(faults), _context(folder, faults, keys)))
        names = DNSServer(
            _Zone(faults.dns), address="127.0.0.1", port=0, logger=DNSLogger("-request,-reply,-truncated")
        )
        names.start_thread()
        if faults.speaks_quic:
            stack.enter_context(_negotiating(secure.server_address[1]))
        stack.callback(names.server.server_close)
        stack.callback(names.stop)
        if not faults.listens:
            secure.shutdown()
            secure.server_close()
        resolver = f"127.0.0.1:{names.server.server_address[1]}"
        yield Edge(secure.server_address[1], plain.server_address[1], resolver, keys)


def _context(folder: Path, faults: Faults, keys: Pki) -> ssl.SSLContext:
    server = faults.server or keys.server
    chain, key = folder / "server.crt", folder / "server.key"
    chain.write_text(server.certificate_pem + keys.intermediate.certificate_pem)
    key.write_text(server.private_key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if faults.lowest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = faults.lowest, faults.highest
    context.load_cert_chain(chain, key)
    context.load_verify_locations(cadata="".join(faults.trusted or (keys.root.certificate_pem,)))
    context.verify_mode = faults.client_certificates
    context.verify_flags |= faults.verify_flags
    return context


class _Server(ThreadingHTTPServer):
    """Shakes hands in the request's own thread; a refused handshake ends that thread only."""

    daemon_threads = True
    context: ssl.SSLContext | None = None

    def finish_request(self, request, client_address):
        request.settimeout(5)
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()

    def handle_error(self, _request, _client_address):
        """Refusals are what these tests are about; nothing to print."""


@contextmanager
def _negotiating(port: int) -> Iterator[None]:
    """What a QUIC server answers to a version it does not know, on a UDP port [RFC 9000 §17.2.1]."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", port))

        def serve() -> None:
            while datagram := listening.recvfrom(2048):
                packet, client = datagram
                if not packet:
                    return
                destination, source = packet[6:14], packet[15:23]
                answer = b"\x80" + bytes(4) + b"\x08" + source + b"\x08" + destination + b"\x00\x00\x00\x01"
                listening.sendto(answer, client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", ("127.0.0.1", port))
            thread.join(5)


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), handler)
    server.context = context
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Quiet."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _plain_handler(faults: Faults) -> type[BaseHTTPRequestHandler]:
    class Plain(_Handler):
        def do_GET(self):
            if faults.plain_status in (301, 302, 308) and not self.path.startswith(faults.plain_served or ("none",)):
                self.answer(faults.plain_status, location=faults.plain_location)
            else:
                self.answer(faults.plain_status, b"content")

    return Plain


def _secure_handler(faults: Faults) -> type[BaseHTTPRequestHandler]:
    turn = cycle(faults.answering or ("",))

    class Secure(_Handler):
        def do_GET(self):
            server = faults.api if self.path.startswith("/api/") else next(turn)
            if not server:
                self.answer(503, b"no healthy upstream")
                return
            named = {"x_served_by": server} if faults.names_itself else {}
            is_open = self.path.startswith(faults.open_paths or ("none",))
            if faults.anonymous_status and not is_open and not self.connection.getpeercert(binary_form=True):
                self.answer(faults.anonymous_status, b"no certificate", **named)
                return
            body = json.dumps({"headers": self._received()}).encode() if self.path == "/echo" else b"Hello"
            self.answer(faults.status, body, **named)

        def _received(self) -> dict[str, str]:
            received = {name.lower(): value for name, value in self.headers.items()}
            kept = (
                received if faults.passes_copies else {k: v for k, v in received.items() if k not in HEADERS.values()}
            )
            der = self.connection.getpeercert(binary_form=True)
            if not der or not faults.headers_sent:
                return kept
            return {**_facts(x509.load_der_x509_certificate(der)), **(kept if faults.passes_copies else {})}

    return Secure


def _facts(certificate: x509.Certificate) -> dict[str, str]:
    return {
        HEADERS["subject"]: certificate.subject.rfc4514_string(),
        HEADERS["issuer"]: certificate.issuer.rfc4514_string(),
        HEADERS["fingerprint"]: certificate.fingerprint(hashes.SHA256()).hex(),
        HEADERS["verification"]: "SUCCESS",
    }


class _Zone(BaseResolver):
    def __init__(self, records: dict[str, str]) -> None:
        self.records = records

    def resolve(self, request, _handler):
        reply = request.reply()
        name = str(request.q.qname).rstrip(".")
        value = self.records.get(name)
        if value is None:
            reply.header.rcode = 3
        elif not value[0].isdigit():
            reply.add_answer(RR(name, QTYPE.CNAME, rdata=CNAME(value), ttl=1))
            if request.q.qtype == QTYPE.A and value in self.records:
                reply.add_answer(RR(value, QTYPE.A, rdata=A(self.records[value]), ttl=1))
        elif request.q.qtype == QTYPE.A:
            reply.add_answer(RR(name, QTYPE.A, rdata=A(value), ttl=1))
        return reply
