"""The run's listener: handshakes with it, changing what it trusts, and putting it back."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from livecheck.calls import Calls
from mtlsedge.verify.connecting import Attempt, Endpoint, Outcome, Request, handshake
from mtlsedge.verify.identity import Identity, load_into
from mtlsedge.verify.resolving import NameProblem, Names

PORT = 443
READY = "Running"


@dataclass(frozen=True)
class Edge:
    """The way to one listener; `ports` maps a declared port to the one to connect to."""

    calls: Calls
    listener: str
    host: str
    names: Names
    ports: Mapping[int, int]
    authority: str
    """Identifier of the CA it trusts unless a question changes that."""
    timeout: float = 10.0

    def endpoint(self) -> Endpoint:
        """Where to connect; no address while the name does not resolve yet."""
        try:
            addresses = self.names.addresses(self.host)
        except NameProblem:
            addresses = ()
        return Endpoint(addresses, self.ports.get(PORT, PORT), self.timeout)

    def handshake(
        self, identity: Identity | None, *, path: str = "/", headers: Mapping[str, str] | None = None
    ) -> Attempt:
        """One attempt on a connection of its own."""
        return handshake(self.endpoint(), Request(self.host, path, headers or {}), identity)

    def lets_in(self, identity: Identity | None) -> bool:
        """Whether it does within the time that a change takes to have its effect."""
        return self.calls.clock.until(lambda: self.handshake(identity).let_in, self.calls.clock.settle)

    def attributes(self) -> dict[str, Any]:
        """What the API says of the listener."""
        return self.calls.do("alb", "GetListenerAttribute", ListenerId=self.listener)

    def update(self, **changes: Any) -> str:
        """Changes the listener and waits until the API says it runs; the error code, or `accepted`."""
        code = self.calls.code("alb", "UpdateListenerAttribute", ListenerId=self.listener, **changes)
        self.calls.clock.until(lambda: self.attributes().get("ListenerStatus") == READY, self.calls.clock.settle)
        return code

    @contextmanager
    def trusting(self, *identifiers: str, enabled: bool = True) -> Iterator[str]:
        """With other CAs in the listener's slot, or with verification off; the code of the change. Puts it back."""
        ids = [{"CertificateId": identifier} for identifier in identifiers]
        code = self.update(CaEnabled=enabled, **({"CaCertificates": ids} if ids else {}))
        try:
            yield code
        finally:
            self.update(CaEnabled=True, CaCertificates=[{"CertificateId": self.authority}])

    def resumes(self, identity: Identity, version: ssl.TLSVersion) -> str:
        """Whether a second connection of the same client resumes the first one's session."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        load_into(context, identity)
        try:
            session = self._visit(context, None)[0]
            return "resumed" if session and self._visit(context, session)[1] else "not resumed"
        except OSError as problem:
            return f"no handshake ({type(problem).__name__})"

    def _visit(self, context: ssl.SSLContext, session: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool]:
        """One request; in TLS 1.3 the ticket comes with the answer. The session, and whether it was resumed."""
        raw: socket.socket = self.endpoint().connect()
        with context.wrap_socket(raw, server_hostname=self.host, session=session) as tls:
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode())
            tls.recv(1)
            return tls.session, bool(tls.session_reused)


def told(attempt: Attempt) -> str:
    """An attempt in a few words: `let in (HTTP 503)`, `refused (TLS: tlsv13 alert certificate required)`."""
    if attempt.outcome in (Outcome.ANSWERED, Outcome.REFUSED):
        return f"{'refused' if attempt.refused else 'let in'} ({attempt.detail})"
    return f"unclear ({attempt.outcome.value}: {attempt.detail})"


def was_let_in(words: str) -> bool:
    """Whether `told` told of a client that was let in."""
    return words.startswith("let in")
