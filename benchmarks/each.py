"""The cost of one more thing in a preview: that of many less that of one, divided."""

from collections.abc import Callable

from benchmarks.measuring import Cost, median_cost

ROUNDS = 3
FEW = 100
"""Up to so many things one preview says little of each, and is repeated; beyond, one is enough."""


class Each:
    """What one more thing costs, from previews of one and of many."""

    def __init__(self, preview: Callable[[int], object]) -> None:
        preview(1)  # the first of all compiles and fills caches
        self._preview, self._one = preview, median_cost(lambda: preview(1), ROUNDS)

    def of(self, count: int) -> Cost:
        """The cost of each in a preview of `count`, two or more."""
        rounds = ROUNDS if count <= FEW else 1
        return (median_cost(lambda: self._preview(count), rounds) - self._one) / (count - 1)
