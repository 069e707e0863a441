"""What many clients did at once, and whether it could have been done one after the other.

Each call is an interval, from before it was sent until it was answered. A store that does one call after the other puts each
at some moment of its interval; what is checked here follows from that, whatever the moments were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """A call on one cell: a name, a tag, a block of addresses."""

    cell: str
    what: str
    """`write`, `read`, `take`, `free`, or `refused` for a take of what was taken."""
    value: str
    """What was written, read, taken (an id) or freed; empty for nothing."""
    began: float
    ended: float


def cells(history: Sequence[Done]) -> dict[str, list[Done]]:
    """The calls by cell."""
    found: dict[str, list[Done]] = {}
    for one in history:
        found.setdefault(one.cell, []).append(one)
    return found


def unserial_values(history: Sequence[Done], ends: dict[str, str]) -> Iterator[str]:
    """Reads, and values at the end, of cells that are written, which no order explains; a cell begins empty."""
    for cell, calls in cells(history).items():
        writes = [one for one in calls if one.what == "write"]
        reads = [one for one in calls if one.what == "read"]
        after_all = max(one.ended for one in calls) + 1
        for read in [*reads, Done(cell, "read", ends[cell], after_all, after_all)]:
            if not _explained(read, writes):
                yield f"{cell}: {read.value!r} was read in {read.began}-{read.ended}"


def _explained(read: Done, writes: Sequence[Done]) -> bool:
    """Whether some write of the value read may have been the last before it."""
    may_be = [one for one in writes if one.value == read.value and one.began < read.ended]
    initial = [Done(read.cell, "write", "", float("-inf"), float("-inf"))] if read.value == "" else []
    return any(
        not any(write.ended < other.began and other.ended < read.began for other in writes)
        for write in [*may_be, *initial]
    )


def unserial_takes(history: Sequence[Done], ends: dict[str, str]) -> Iterator[str]:
    """Takes and frees of cells that hold one thing at most, or refusals, that no order explains; a cell begins free."""
    for cell, calls in cells(history).items():
        taken = {one.value: one for one in calls if one.what == "take"}
        freed = {one.value: one for one in calls if one.what == "free"}
        if len(taken) != sum(one.what == "take" for one in calls):
            yield f"{cell}: an id was given twice"
        left = sorted(set(taken) - set(freed))
        if left != [id_ for id_ in (ends[cell],) if id_]:
            yield f"{cell}: {left} should be left, and {ends[cell]!r} is"
        for one, other in _pairs(sorted(taken.values(), key=lambda one: one.began)):
            if _held_throughout(one, freed.get(one.value), other) or _held_throughout(
                other, freed.get(other.value), one
            ):
                yield f"{cell}: {other.value} was taken while {one.value} had it"
        for refusal in (one for one in calls if one.what == "refused"):
            if not any(
                one.began < refusal.ended and not _over(freed.get(one.value), refusal) for one in taken.values()
            ):
                yield f"{cell}: refused in {refusal.began}-{refusal.ended}, though nobody had it"


def _pairs(calls: Sequence[Done]) -> Iterator[tuple[Done, Done]]:
    return ((one, other) for index, one in enumerate(calls) for other in calls[index + 1 :])


def _held_throughout(holder: Done, freed: Done | None, take: Done) -> bool:
    """Whether the holder had it for certain during all of another take."""
    return holder.ended < take.began and (freed is None or freed.began > take.ended)


def _over(freed: Done | None, call: Done) -> bool:
    """Whether it was freed before the call began."""
    return freed is not None and freed.ended < call.began
