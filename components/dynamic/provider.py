"""What all providers of this package share. They are pickled by reference: never give an instance state of its own
before `configure`, and never move or rename a provider's module or class, for both stand in every stack's state.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from components.dynamic.cloud_clients import Connection
from components.dynamic.errors import safely
from components.dynamic.properties import plain

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
    """A provider that captures nothing, so its pickle is a name; outputs survive an update (pulumi#7809)."""

    serialize_as_secret_always = False

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
