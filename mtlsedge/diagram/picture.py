"""What a picture shows, in words ready to be drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Card:
    """A thing with a title and lines of detail."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """What requests end at (a server group, an Ingress): what leads to it, and the servers in it."""

    title: str
    detail: str
    condition: str | None
    """Which requests to the HTTPS listener reach it; empty: none; None: that is not told."""
    servers: tuple[str, ...]
    is_in_clear: bool = False
    """Whether plain HTTP reaches it, so without a client certificate."""


@dataclass(frozen=True)
class EntryPoint:
    """One way in: names, the load balancer with its HTTP and its HTTPS listener, and the servers behind it."""

    hosts: tuple[str, ...]
    balancer: str
    https: Card
    mutual: bool
    """Whether the HTTPS listener asks each client for a certificate."""
    http: Card | None = None
    groups: tuple[Group, ...] = ()
    clients: tuple[str, ...] | None = None
    """Names of the clients of a CA of its own, which the HTTPS card names; None: it is the picture's clients and authority."""


@dataclass(frozen=True)
class Picture:
    """One topology: clients and entry points that one authority makes trust each other, and listeners with CAs of their own."""

    title: str
    clients: tuple[Card, ...]
    entry_points: tuple[EntryPoint, ...]
    authority: Card
    repository: Card | None = None


def beside(entry: EntryPoint, name: str, clients: Iterable[str]) -> EntryPoint:
    """An entry point as that of an additional listener: the picture's authority signs nobody who gets in there."""
    names = tuple(sorted(clients))
    https = replace(
        entry.https,
        lines=(*entry.https.lines, f"lets in: {', '.join(names) or 'clients that the stack does not know'}"),
    )
    return replace(entry, balancer=f"Listener {name} · {entry.balancer}", https=https, clients=names)


WITHOUT_PROOF = "NO client certificate"
"""What stands at a path that anybody may take."""


def plain_http(port: int, *, serves: bool) -> Card:
    """The HTTP listener: it redirects, as it should, or serves."""
    return Card(
        f"HTTP :{port}", ("serves content PAST mutual TLS" if serves else "redirects to HTTPS, serves nothing",)
    )


def told_headers(headers: Iterable[str]) -> tuple[str, ...]:
    """The client-certificate headers that the servers are told, under a line that says what they are."""
    listed = tuple(f"  {name}" for name in headers)
    return ("tells the servers who the client is:", *listed) if listed else ()
