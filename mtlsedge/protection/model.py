"""What one host needs of us, whichever it is: calls that would set something, and gaps that no call closes. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Ask = Callable[[str], Any]
"""Reads a path of the host's API; None for what is not there."""


@dataclass(frozen=True)
class Wanted:
    """The protection that a project asks for."""

    repository: str
    """owner/name; on GitLab the project's id or full path."""
    branch: str
    status: str
    """Name of the status that a merge needs."""
    approvals: int = 1
    snapshots: str = "mtlsedge-snapshots"
    snapshot_writer: str = ""
    """Login that publishes snapshots; empty: nobody is named."""
    environment: str = ""
    """Environment with the stack's secrets, on hosts that have environments."""


@dataclass(frozen=True)
class Step:
    """One call that would change the host."""

    method: str
    path: str
    document: Mapping[str, Any] = field(hash=False)
    says: str = ""
    """What changes, for the person."""


@dataclass(frozen=True)
class Plan:
    """What is to be set, and what lets a request around the verdict even then."""

    steps: tuple[Step, ...]
    gaps: tuple[str, ...]


def differences(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Each key that is not as wanted, with what was found and what is set. Lists are compared without their order."""
    return [
        f"{key}: {_shown(present.get(key))} -> {_shown(value)}"
        for key, value in wanted.items()
        if _comparable(present.get(key)) != _comparable(value)
    ]


def _comparable(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list | tuple) else value


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
