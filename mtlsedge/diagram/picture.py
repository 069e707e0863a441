"""What a picture shows, in words ready to be drawn."""

from collections.abc import Iterable
from dataclasses import dataclass


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
    condition: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class EntryPoint:
    """One way in: names, the load balancer with its HTTP and its HTTPS listener, and the servers behind it."""

    hosts: tuple[str, ...]
    balancer: str
    https: Card
    mutual: bool
    http: Card | None = None
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Picture:
    """One topology: clients and entry points that one authority makes trust each other."""

    title: str
    clients: tuple[Card, ...]
    entry_points: tuple[EntryPoint, ...]
    authority: Card
    repository: Card | None = None


def redirect(port: int) -> Card:
    """The HTTP listener as it should be."""
    return Card(f"HTTP :{port}", ("redirects to HTTPS, serves nothing",))


def told_headers(headers: Iterable[str]) -> tuple[str, ...]:
    """The client-certificate headers that the servers are told, under a line that says what they are."""
    listed = tuple(f"  {name}" for name in headers)
    return ("tells the servers who the client is:", *listed) if listed else ()
