"""Where a stack stands between two generations of its CA, out of its output `rotation`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LOCKED_OUT = "locked out"
"""The verdict on a client that the listener refuses (`Access.LOCKED_OUT` in components/x509/rotation.py)."""
AUTHORITY, CLIENTS = "authority.selfManaged", "clients"
"""Below `mtlsedge:`, or below the additional listener whose CA it is."""


@dataclass(frozen=True)
class Row:
    """One client."""

    client: str
    carries: str
    now: str
    """What the listener does with it."""
    if_moved: str
    """What it would do if it trusted the other generation; empty where there is one only."""
    next: str
    """What to do about this client before the next step; empty if nothing."""


@dataclass(frozen=True)
class Standing:
    """The step of the rotation guide that the stack is in, its clients, and the one line that comes next."""

    step: int
    """0: one generation only. 1 to 4: that step of the guide is done."""
    state: str
    rows: tuple[Row, ...]
    next: str


def standing(rotation: Mapping[str, Any], within: str = "mtlsedge:") -> Standing:
    """The standing that an output `rotation` tells. Generations are sorted by name, as the program demands it.

    `within` is what key paths begin with: an additional listener has settings of its own.
    Raises KeyError, TypeError or AttributeError for an output of another shape.
    """
    section = f"{within}{AUTHORITY}"
    names = sorted(rotation["generations"])
    if not names:
        raise KeyError("generations")
    old, new = names[0], names[-1]
    issuing, trusted = rotation["issuing"], rotation["trusted"]
    other = "" if len(names) == 1 else new if trusted == old else old
    rows = tuple(_row(name, one, other, new) for name, one in sorted(rotation["clients"].items()))
    if len(names) == 1:
        text = f'{section}.generations: add another one, such as "{_following(old)}": {{subject: …}}'
        return Standing(0, f"one generation, {old}: no rotation is under way", rows, text)
    if trusted == new:
        missing = [row.client for row in rows if row.next]
        text = f"{section}.generations: remove {old!r}" + (
            f", once {_listed(missing)} {'carries' if len(missing) == 1 else 'carry'} {new}" if missing else ""
        )
        return Standing(4, f"{new} is trusted, {old} is not any more", rows, text)
    if issuing == old:
        return Standing(1, f"{new} is there, {old} issues and is trusted", rows, f'{section}.issuing: "{new}"')
    return _handing_out(rows, within, old, new)


def _handing_out(rows: tuple[Row, ...], within: str, old: str, new: str) -> Standing:
    missing = [row.client for row in rows if row.if_moved == LOCKED_OUT]
    if missing:
        text = f'{within}{CLIENTS}.{missing[0]}.delivered: "{new}", once it has connected with its new certificate'
        state = (
            f"{new} issues, {old} is trusted; {len(missing)} of {len(rows)} clients have not got their new certificate"
        )
        return Standing(2, state, rows, text)
    return Standing(
        3, f"every client has a certificate of {new}; {old} is trusted", rows, f'{within}{AUTHORITY}.trusted: "{new}"'
    )


def _row(name: str, one: Mapping[str, Any], other: str, new: str) -> Row:
    bridge = f", with a bridge by {one['bridgeBy']}" if one.get("bridgeBy") else ""
    moved = str(one["ifTrusted"].get(other, "")) if other in one["ifTrusted"] else ""
    done = one["delivered"] == new
    wanted = (
        "" if done else f"install its certificate of {new}" if new in one["certificates"] else f"issue one of {new}"
    )
    return Row(name, f"{one['delivered']}{bridge}", str(one["verdict"]), moved, wanted)


def _following(name: str) -> str:
    return str(int(name) + 1) if name.isdecimal() else "…"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
