"""The networks that a listener lets in, by lists of allowed or of refused networks, and what a change lets in anew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exposure import networks

ALLOWED, REFUSED = "White", "Black"
EVERY = "every network"


@dataclass(frozen=True)
class AccessList:
    """What a listener has of lists. Without a kind it lets in every network."""

    kind: str = ""
    """`White`: only these networks; `Black`: all but these; a text that is neither cannot be read."""
    entries: Mapping[str, str] = field(default_factory=dict)
    """Network -> name of the resource that lists it. What is no network stands for networks that cannot be read."""

    @property
    def lets_in_every_network(self) -> bool:
        """Whether it refuses nobody. An empty list, of either kind, lets in everybody (ALB user guide, access control)."""
        return not self.kind or not self.entries

    def lets_in_beside(self, other: "AccessList") -> list[str]:
        """Networks that this lets in and the lists of another listener do not; `opened` compares one listener's own."""
        if self.lets_in_every_network and not other.lets_in_every_network:
            return [EVERY]
        return self.opened(other)

    def opened(self, before: "AccessList") -> list[str]:
        """Networks that this lets in and the list before did not, sorted; what cannot be read counts as one.

        The list before, if it was an empty one of allowed networks, is taken for one that let in nobody: the vendor's
        pages do not agree, and what is not shown to have been let in counts as refused.
        """
        if self == before or before.kind == "":
            return []
        if not {self.kind, before.kind} <= {ALLOWED, REFUSED, ""}:
            return [f"by {self.kind or before.kind}"]
        mine, others = set(self.entries), set(before.entries)
        if before.kind == ALLOWED:
            is_open = self.kind != ALLOWED or self.lets_in_every_network
            return ([EVERY] if others or self.kind != ALLOWED else []) if is_open else _added(mine, others)
        if self.kind == ALLOWED and mine:
            return sorted(one for one in mine if any(networks.may_overlap(one, other) for other in others))
        return _added(others, mine if self.kind == REFUSED else set())


def _added(after: set[str], before: Iterable[str]) -> list[str]:
    return networks.added(after - set(before), before)
