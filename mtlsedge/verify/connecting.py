"""One connection to a listener: what becomes of it with this client certificate.

In TLS 1.3 the client's side of the handshake is over before the listener has judged the client's
certificate: the alert arrives with the first read. So an attempt always sends a request and reads.
How ALB words a refusal is not documented (alert, closed connection or HTTP 400): all three count.
"""

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mtlsedge.verify.identity import Identity, load_into

BODY_LIMIT = 65536
"""Bytes of an answer that are read; an echo or a greeting is shorter."""
SERVED_BY = "x-served-by"
"""Response header in which a server names itself."""
SYSTEM_ROOTS = "system"
"""Trust the machine's own roots."""


class Outcome(StrEnum):
    """How an attempt ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    UNTRUSTED = "server certificate not accepted"
    UNREACHABLE = "unreachable"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Attempt:
    """The end of one attempt, and what was seen on the way."""

    outcome: Outcome
    detail: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer_der: bytes = b""

    @property
    def refused(self) -> bool:
        """Turned away: alert, closed connection, or HTTP 400 in which no server names itself.

        Alone it proves nothing: what stands behind the listener may close a connection or answer 400 as well.
        """
        is_bare_400 = self.status == 400 and SERVED_BY not in self.headers
        return self.outcome is Outcome.REFUSED or (self.outcome is Outcome.ANSWERED and is_bare_400)

    @property
    def let_in(self) -> bool:
        """The listener let it in, whatever a server answered."""
        return self.outcome is Outcome.ANSWERED and not self.refused


@dataclass(frozen=True)
class Endpoint:
    """Where the listener is: candidate addresses, the port really connected to, the wait in seconds."""

    addresses: Sequence[str]
    port: int
    timeout: float

    def connect(self) -> socket.socket:
        """A TCP connection to the first address that takes one; OSError of the last otherwise."""
        problem: OSError = OSError("no address to connect to")
        for address in self.addresses:
            try:
                return socket.create_connection((address, self.port), self.timeout)
            except OSError as reason:
                problem = reason
        raise problem


@dataclass(frozen=True)
class Request:
    """A GET request; the host is also the name sent in the handshake (SNI), none if it is empty."""

    host: str
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)


def handshake(endpoint: Endpoint, request: Request, identity: Identity | None, trust: str = "") -> Attempt:
    """Connects, shakes hands as `identity`, asks. `trust`: PEM or SYSTEM_ROOTS; empty judges no server certificate.

    Only the check of the server's own chain sets `trust`: every other check would turn red with it.
    """
    return attempt(endpoint, request, _context(identity, trust))


def attempt(endpoint: Endpoint, request: Request, context: ssl.SSLContext) -> Attempt:
    """As `handshake`, with a context of the caller's."""
    try:
        connection = endpoint.connect()
    except OSError as problem:
        return Attempt(Outcome.UNREACHABLE, f"port {endpoint.port} takes no connection: {_reason(problem)}")
    with connection:
        return _shake_hands(connection, context, request)


def plain_get(endpoint: Endpoint, request: Request) -> Attempt:
    """The same request without TLS."""
    try:
        connection = endpoint.connect()
    except OSError as problem:
        return Attempt(Outcome.UNREACHABLE, f"port {endpoint.port} takes no connection: {_reason(problem)}")
    with connection:
        return _ask(connection, request, b"")


def _shake_hands(connection: socket.socket, context: ssl.SSLContext, request: Request) -> Attempt:
    try:
        tls = context.wrap_socket(connection, server_hostname=request.host or None)
    except (OSError, ValueError) as problem:
        return _handshake_problem(problem)
    with tls:
        return _ask(tls, request, tls.getpeercert(binary_form=True) or b"")


def _ask(connection: socket.socket, request: Request, peer_der: bytes) -> Attempt:
    """Sends the request and reads the answer; in TLS 1.3 a refusal shows here."""
    session = http.client.HTTPConnection(request.host)
    session.sock = connection
    try:
        session.request("GET", request.path, headers={"Connection": "close", **request.headers})
        answer = session.getresponse()
        body = answer.read(BODY_LIMIT)
    except OSError as problem:
        attempt = _handshake_problem(_last_word(connection, problem))
        return Attempt(attempt.outcome, attempt.detail, peer_der=peer_der)
    except http.client.HTTPException as problem:
        return Attempt(Outcome.UNCLEAR, f"no HTTP answer ({type(problem).__name__})", peer_der=peer_der)
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return Attempt(Outcome.ANSWERED, f"HTTP {answer.status}", answer.status, headers, body, peer_der)


def _last_word(connection: socket.socket, problem: OSError) -> OSError:
    """The alert that was on its way when our request failed: the listener closes as soon as it has sent it."""
    if isinstance(problem, ConnectionError | ssl.SSLEOFError):
        try:
            connection.recv(1)
        except ssl.SSLError as alert:
            return alert
        except OSError:
            return problem
    return problem


def _handshake_problem(problem: OSError | ValueError) -> Attempt:
    """Sorts a TLS or socket error: turned away, server not believed, or nothing that can be judged."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return Attempt(Outcome.UNTRUSTED, problem.verify_message)
    if isinstance(problem, TimeoutError):
        return Attempt(Outcome.UNCLEAR, "no answer within the time limit")
    if isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Attempt(Outcome.REFUSED, "connection closed in the handshake")
    if isinstance(problem, ssl.SSLError):
        reason = (problem.reason or "unknown").lower().replace("_", " ")
        return Attempt(Outcome.REFUSED if "alert" in reason else Outcome.UNCLEAR, f"TLS: {reason}")
    if isinstance(problem, ConnectionError):
        return Attempt(Outcome.REFUSED, "connection closed by the listener")
    return Attempt(Outcome.UNCLEAR, _reason(problem))


def _context(identity: Identity | None, trust: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if trust == SYSTEM_ROOTS:
        context.load_default_certs()
    elif trust:
        context.load_verify_locations(cadata=trust)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if identity:
        load_into(context, identity)
    return context


def _reason(problem: Exception) -> str:
    """The system's own words for a socket error."""
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
