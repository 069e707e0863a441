"""What a check reports: a status, what it did, what it saw, and what to do when that is wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """`NOT_CHECKED` means a premise was missing; it is never a pass."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check, before the table adds its id, title and remedy."""

    status: Status
    did: str
    saw: str


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    id: str
    title: str
    status: Status
    did: str
    saw: str
    remedy: str
    """What to do about a failure; empty when there is none."""


def ok(did: str, saw: str) -> Finding:
    """The check saw what it should."""
    return Finding(Status.OK, did, saw)


def failed(did: str, saw: str) -> Finding:
    """The check saw something wrong."""
    return Finding(Status.FAILED, did, saw)


def not_checked(did: str, why: str) -> Finding:
    """The check lacks a premise; another row owns that premise and turns red if it is broken."""
    return Finding(Status.NOT_CHECKED, did, why)
