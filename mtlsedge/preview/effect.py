"""What somebody notices of a change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """Something that somebody notices. `who` are names, for programs; `what` is a sentence about them."""

    kind: str
    who: tuple[str, ...]
    what: str
