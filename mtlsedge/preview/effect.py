"""What clients, servers or operators notice of a change that a preview shows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """One thing that is noticed. `who` are names, for programs; `what` is a sentence about them."""

    kind: str
    who: tuple[str, ...]
    what: str
