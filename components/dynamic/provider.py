"""What all providers of this package share. The plugin makes one of each and configures it (`components/plugin`).

States from before the plugin name the module and class of a provider in a pickle, which the engine needs to delete what
a newer stack file no longer has: never move or rename one, and never give it state of its own before `configure`.
"""

from abc import abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from mtlsedge_components.dynamic.cloud_clients import Connection
from mtlsedge_components.dynamic.errors import ProviderError, safely
from mtlsedge_components.dynamic.properties import changed, plain

GONE: tuple[str, dict[str, Any]] = ("", {})
"""Arguments of a ReadResult that tells the engine: it no longer exists. `ReadResult()` crashes pulumi 3.256."""


R = TypeVar("R")


def boundary(method: Callable[..., R]) -> Callable[..., R]:
    """A provider's method between engine and program: plain property bags go in, only safe errors come out."""

    @wraps(method)
    def bounded(self: ResourceProvider, *arguments: Any) -> R:
        return safely(method)(self, *[plain(item) if isinstance(item, dict) else item for item in arguments])

    return bounded


def checked(news: dict[str, Any], problems: list[tuple[str, str]]) -> CheckResult:
    """The verdict on inputs. A failure names its property in words only: the engine prints a named property's value."""
    return CheckResult(news, [CheckFailure("", f"{path}: {reason}") for path, reason in problems])


def compared(replaces: list[str], *, updates: bool = False) -> DiffResult:
    """A diff with nothing left to the engine's guess: replaced by create-before-delete, or updated, or unchanged."""
    return DiffResult(changes=bool(replaces) or updates, replaces=replaces, delete_before_replace=False)


class Provider(ResourceProvider):
    """A provider whose resources live in state alone; outputs survive an update (pulumi#7809)."""

    @boundary
    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Keep the outputs and take over the inputs that are among them."""
        return UpdateResult({**olds, **{key: value for key, value in news.items() if key in olds}})

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What lives in state only is always as state says."""
        return ReadResult(id_, props)


class CloudProvider(Provider):
    """A provider that talks to the cloud the stack's configuration names."""

    @boundary
    def configure(self, req: ConfigureRequest) -> None:
        """Take the connection from the keys `alicloud:…`; no call is made here."""
        self.connection = Connection(req.config.get)
        self.created: set[str] = set()
        """Ids this process has handed out: a replacement that found its predecessor must not delete it."""


class ReconcilingProvider(CloudProvider):
    """A part of an object that something else makes: it is compared by what was declared, and brought about.

    It writes only what differs, and deletes nothing: the part goes with its object.
    """

    what: ClassVar[str]
    """The object, in words."""
    key: ClassVar[str]
    """Input that names the object, and is the resource's id."""
    declared: ClassVar[str]
    """Input that says how the part has to be."""

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another object is another resource; another declaration is an update."""
        return compared(changed(olds, news, [self.key]), updates=bool(changed(olds, news, [self.declared])))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the part as declared; what is so already stays untouched."""
        self._bring_about(props)
        return CreateResult(props[self.key], props)

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Make the part as declared."""
        self._bring_about(news)
        return UpdateResult(news)

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The part as it is, in the form of a declaration."""
        found = self.look(id_)
        if found is None:
            return ReadResult(*GONE)
        seen = self.as_declared(found, props.get(self.declared))
        return ReadResult(id_, {**props, self.key: id_, self.declared: seen})

    def _bring_about(self, props: dict[str, Any]) -> None:
        id_ = props[self.key]
        found = self.look(id_)
        if found is None:
            raise ProviderError(f"{self.what} {id_}: found none; allowed one that exists in the stack's region")
        self.reconcile(id_, found, props[self.declared])

    @abstractmethod
    def look(self, id_: str) -> list[dict[str, Any]] | None:
        """The part as the cloud answers it; None if the object is gone."""

    @abstractmethod
    def as_declared(self, found: list[dict[str, Any]], declared: Any) -> Any:
        """The answer in the form of a declaration."""

    @abstractmethod
    def reconcile(self, id_: str, found: list[dict[str, Any]], wanted: Any) -> None:
        """Write what differs."""
