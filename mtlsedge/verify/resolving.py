"""Names through one chosen resolver, the local cloud's or the machine's."""

import ipaddress
from dataclasses import dataclass

import dns.exception
import dns.resolver

from mtlsedge.errors import CommandError


class NameProblem(Exception):
    """A name gave no answer; the text says which and why."""


@dataclass(frozen=True)
class Names:
    """Asks `server` (`host:port`; empty: the system's resolvers); the wait is in seconds."""

    server: str = ""
    timeout: float = 5.0

    def cname(self, name: str) -> str:
        """The canonical name a host points at, without the final dot; empty if it has none."""
        try:
            answer = self._ask(name, "CNAME")
        except dns.resolver.NoAnswer:
            return ""
        return str(answer[0].target).rstrip(".").lower()

    def addresses(self, name: str) -> tuple[str, ...]:
        """IPv4 addresses of a name, IPv6 ones where there are none; an address stands for itself."""
        if is_address(name):
            return (name,)
        for kind in ("A", "AAAA"):
            try:
                return tuple(sorted(item.address for item in self._ask(name, kind)))
            except dns.resolver.NoAnswer:
                continue
        raise NameProblem(f"{name} has no address")

    def _ask(self, name: str, kind: str) -> dns.resolver.Answer:
        try:
            return self._resolver().resolve(name, kind, search=False)
        except dns.resolver.NoAnswer:
            raise
        except dns.resolver.NXDOMAIN:
            raise NameProblem(f"{name} does not exist") from None
        except dns.resolver.NoNameservers:
            raise NameProblem(f"{name}: the resolver refused or failed") from None
        except dns.exception.Timeout:
            raise NameProblem(f"{name}: no answer from {self.server or 'the system resolver'}") from None
        except (dns.exception.DNSException, OSError) as problem:
            raise NameProblem(f"{name}: {type(problem).__name__}") from None

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self.server)
        resolver.lifetime = self.timeout
        if self.server:
            host, port = split_address(self.server, "--resolver")
            resolver.nameservers, resolver.port = [host], port
        return resolver


def split_address(text: str, option: str, default_port: int = 53) -> tuple[str, int]:
    """`HOST:PORT` or `HOST` as a pair; the host must be an IP address."""
    host, separator, port = text.rpartition(":")
    host, port = (host, port) if separator else (text, str(default_port))
    if not is_address(host.strip("[]")) or not port.isdigit() or not 0 < int(port) < 65536:
        raise CommandError(f"{option}: found {text!r}; expected IP-ADDRESS:PORT")
    return host.strip("[]"), int(port)


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
