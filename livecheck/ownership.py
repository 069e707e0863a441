"""What belongs to a run: everything bears its name, so that it is found again whatever happened to the process."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Protocol

from mtlsedge.errors import CommandError

PREFIX = "mtlsedge-live"
_RUN = re.compile(r"[0-9a-f]{8}")
_OF_ANY_RUN = re.compile(rf"{PREFIX}-{_RUN.pattern}-")


class Owner(Protocol):
    """Whose things are looked for."""

    def name(self, part: str) -> str:
        """How the names begin, with an empty part: what a list is asked for."""

    def owns(self, name: str) -> bool:
        """Whether a thing of this name is the owner's."""


@dataclass(frozen=True)
class Run:
    """One run; `id` is eight hexadecimal digits."""

    id: str = field(default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        if not _RUN.fullmatch(self.id):
            raise CommandError(f"--clean-up: found {self.id!r}; expected the eight hexadecimal digits of a run")

    def name(self, part: str) -> str:
        """The name of one thing of this run."""
        return f"{PREFIX}-{self.id}-{part}"

    def owns(self, name: str) -> bool:
        """Whether a thing of this name is this run's."""
        return name.startswith(f"{PREFIX}-{self.id}-")

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tag of everything that takes one."""
        return [{"Key": PREFIX, "Value": self.id}]


class EveryRun:
    """All runs there ever were: what a killed one left is found without knowing its id."""

    def name(self, part: str) -> str:
        """The beginning that all names share."""
        return f"{PREFIX}-{part}"

    def owns(self, name: str) -> bool:
        """Whether a thing of this name is some run's: eight digits have to follow, and a part."""
        return _OF_ANY_RUN.match(name) is not None
