"""What every kind of authority brings, so that nothing else asks which kind it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from mtlsedge_components.reading.nodes import Node
from settings.authority_model import ImportedKey
from settings.files import Files
from settings.model import Settings
from settings.whole import Whole

AuthorityType = TypeVar("AuthorityType")


@dataclass(frozen=True)
class Outside:
    """Where an authority's certificates lie, and the keys the stack file brings along, by generation."""

    files: Files
    keys: Mapping[str, ImportedKey] = field(default_factory=dict)
    production: bool = False
    """Whether the stack is one of production, which trusts production's CAs only."""
    takes_roots: bool = True
    """Whether a generation may be a root made elsewhere: the keys in `importedKeys` are those of `mtlsedge:authority`."""


class Flaw(NamedTuple):
    """What is wrong with a certificate or key at a moment, at the key that names it."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


@dataclass(frozen=True)
class Described:
    """An authority in a few words, for pictures and summaries."""

    trusts: str
    """The CA that a listener trusts."""
    facts: tuple[str, ...]
    is_uploaded: bool = True
    """Whether the stack puts its certificate into a CA repository."""


@dataclass(frozen=True)
class Kind(Generic[AuthorityType]):
    """One kind of authority: a module of this package makes one, and the program has its counterpart."""

    key: str
    """Its key under `mtlsedge:authority`."""
    model: type[AuthorityType]
    read: Callable[[Node, Outside], AuthorityType]
    """What stands under the key; problems are noted at their nodes."""
    check: Callable[[Whole, AuthorityType], None]
    """What the other sections must be beside it, without the time."""
    flaws: Callable[[Settings, AuthorityType, datetime, bool], Iterator[Flaw]]
    """What the time shows and, if the last argument says so, a look at keys: in `up` only."""
    describe: Callable[[AuthorityType], Described]
    organization: Callable[[AuthorityType], str] = lambda _authority: ""
    """What its clients carry as organization where they say none."""
    clients_bring_certificates: bool = False
    has_generations: bool = False


def refuse_issued_servers(whole: Whole, allowed: str) -> None:
    """Notes every server certificate that this authority shall sign and cannot."""
    for node, _ in whole.issued_certificates():
        node.at("issueFromAuthority").refuse(allowed)


def no_flaws(_settings: Settings, _authority: object, _now: datetime, _look_at_keys: bool) -> Iterator[Flaw]:  # noqa: FBT001 - one signature
    """Of an authority that the service or others answer for."""
    return iter(())
