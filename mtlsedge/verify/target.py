"""The stack under test: what it says of itself, the way to its listener, and what several checks need to know once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from cryptography import x509

from mtlsedge.errors import CommandError
from mtlsedge.expiry import Windows
from mtlsedge.outputs import Bundle, LoadBalancer, StackOutputs
from mtlsedge.verify import forgery
from mtlsedge.verify.connecting import Attempt, Endpoint, Outcome, Request, handshake
from mtlsedge.verify.forgery import Holder, Issuer
from mtlsedge.verify.health import Health
from mtlsedge.verify.identity import Identity
from mtlsedge.verify.resolving import NameProblem, Names


@dataclass(frozen=True)
class Options:
    """What the operator chose; times in seconds."""

    resolver: str = ""
    ports: Mapping[int, int] = field(default_factory=dict)
    """Declared port -> port to connect to, for listeners reached through an offset or a tunnel."""
    server_ca: Path | None = None
    client: str = ""
    client_files: tuple[Path, Path] | None = None
    """Certificate chain and key of a client that is let in, for a stack that has no client's key."""
    echo_path: str = ""
    requests: int = 20
    timeout: float = 5.0
    windows: Windows = field(default_factory=Windows)


class Unavailable(Exception):
    """A source of facts cannot be asked; the text says why, in one line."""


@dataclass(frozen=True)
class Target:
    """Everything a check may use. Cached properties are asked once, so that two checks judge the same answer."""

    outputs: StackOutputs
    options: Options
    now: datetime
    ask_health: Callable[[], Health] | None = None
    """Reads the cloud's health report; None when the operator switched it off. Raises Unavailable."""
    issuers: tuple[Issuer, ...] | None = None
    """The authority's keys, issuing one first; None unless the operator asked for them."""
    rotated_out: tuple[Issuer, ...] = ()
    """CA keys in state whose CA the listener no longer trusts."""
    of_others: Mapping[str, Bundle] = field(default_factory=dict)
    """Clients of the stack's other listeners, those with another CA, whose keys the stack has."""

    @cached_property
    def names(self) -> Names:
        """The resolver every name goes through."""
        return Names(self.options.resolver, self.options.timeout)

    @property
    def load_balancer(self) -> LoadBalancer:
        """The ALB instance; a stack without one has nothing to verify."""
        if not self.outputs.load_balancer or not self.outputs.load_balancer.port:
            raise CommandError("the stack declares no HTTPS listener: there is nothing to verify")
        return self.outputs.load_balancer

    @property
    def host(self) -> str:
        """The name sent in the handshake and the Host header: the first URL's, else the load balancer's own."""
        return (self.outputs.hosts or (self.load_balancer.dns_name,))[0]

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Where to connect: through the host name, or through the load balancer's own name if that is broken.

        A removed record is the business of `dns.resolves` alone; the listener can still be judged.
        """
        for name in (self.host, self.load_balancer.dns_name):
            try:
                return self.names.addresses(name)
            except NameProblem:
                continue
        return ()

    def endpoint(self, port: int) -> Endpoint:
        """The way to a declared port, through the port map."""
        return Endpoint(self.addresses, self.options.ports.get(port, port), self.options.timeout)

    def handshake(
        self,
        identity: Identity | None,
        *,
        path: str = "/",
        headers: Mapping[str, str] | None = None,
        host: str = "",
        trust: str = "",
    ) -> Attempt:
        """One attempt at the HTTPS listener."""
        if not self.addresses:
            return Attempt(Outcome.UNREACHABLE, "no name of the load balancer resolves (see dns.resolves)")
        request = Request(host or self.host, path, headers or {})
        return handshake(self.endpoint(self.load_balancer.port), request, identity, trust)

    @cached_property
    def client_name(self) -> str:
        """The client to verify with: the one asked for, else the first whose key the stack has."""
        wanted = self.options.client
        if self.options.client_files:
            return str(self.options.client_files[0])
        if wanted and wanted not in self.outputs.clients:
            raise CommandError(f"--client: found {wanted!r}; the stack has {', '.join(self.outputs.clients) or 'none'}")
        if wanted and not self.outputs.clients[wanted].private_key:
            raise CommandError(f"--client: {wanted!r} made its own key, the stack does not have it")
        return wanted or next((name for name, bundle in self.outputs.clients.items() if bundle.private_key), "")

    @cached_property
    def client(self) -> Identity | None:
        """The good client. Raises CommandError for files that cannot be read."""
        if self.options.client_files:
            certificate, key = self.options.client_files
            return Identity(_text(certificate), _text(key))
        if not self.client_name:
            return None
        bundle = self.outputs.clients[self.client_name]
        return Identity(bundle.certificate + bundle.chain, bundle.private_key)

    @cached_property
    def holder(self) -> Holder:
        """Whose name forged certificates carry: the good client's, so that nothing but the forgery differs."""
        bundle = next(iter(self.outputs.clients.values()), None)
        identity = self.client or (Identity(bundle.certificate, "") if bundle else None)
        return Holder.of(identity.certificate) if identity else Holder(x509.Name([]))

    @cached_property
    def as_nobody(self) -> Attempt:
        """An attempt without a certificate."""
        return self.handshake(None)

    @cached_property
    def as_stranger(self) -> Attempt:
        """An attempt with a stranger's certificate."""
        return self.handshake(forgery.stranger(self.holder, self.now))

    @cached_property
    def as_client(self) -> Attempt:
        """An attempt as the good client."""
        return self.handshake(self.client)

    @cached_property
    def control(self) -> Attempt | None:
        """What a client that has to be let in sees: the good one, else one that the authority's key signs now."""
        if self.client:
            return self.as_client
        if self.issuers:
            return self.handshake(forgery.fresh(self.issuers[0], self.holder, self.now))
        return None

    @cached_property
    def health(self) -> Health:
        """The cloud's health report. Raises Unavailable."""
        if self.ask_health is None:
            raise Unavailable("switched off (--no-api)")
        return self.ask_health()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "not a PEM file"
        raise CommandError(f"{file}: {reason}") from None
