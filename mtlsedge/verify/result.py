"""What a check reports: a status, what it did, what it saw, and what to do when that is wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """How strong what was seen is; programs read it in `--json`."""

    NONE = "none"
    ALERT_BESIDE_CONTROL = "alert-beside-control"
    """Refused in the handshake, while a control was let in at the same listener."""
    STATUS_BESIDE_CONTROL = "http-400-beside-control"
    """Answered HTTP 400, which a server behind the listener could say as well, while a control was let in."""
    LET_IN = "let-in"
    """An answer came from behind the listener."""
    OBSERVED = "observed"
    """Seen on a connection or in an answer of DNS."""
    SILENCE = "silence"
    """Nobody answered some datagrams; lost ones look the same."""
    REPORTED = "reported"
    """The word of the cloud's API."""
    COMPUTED = "computed"
    """Follows from the stack's outputs and the clock."""


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
    evidence: Evidence = Evidence.NONE


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
    evidence: Evidence = Evidence.NONE


def ok(did: str, saw: str, evidence: Evidence = Evidence.OBSERVED) -> Finding:
    """The check saw what it should."""
    return Finding(Status.OK, did, saw, evidence)


def failed(did: str, saw: str, evidence: Evidence = Evidence.OBSERVED) -> Finding:
    """The check saw something wrong."""
    return Finding(Status.FAILED, did, saw, evidence)


def not_checked(did: str, why: str) -> Finding:
    """The check lacks a premise; another row owns that premise and turns red if it is broken."""
    return Finding(Status.NOT_CHECKED, did, why)
