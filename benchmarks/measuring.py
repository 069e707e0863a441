"""Running two things side by side, and printing what came of it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """Medians of two things measured in turn, in the unit named."""

    title: str
    ours: float
    beside: float
    unit: str
    against: str
    goal: str = ""

    @property
    def ratio(self) -> float:
        """Ours over what ran beside it."""
        return self.ours / self.beside

    def __str__(self) -> str:
        goal = f"   goal {self.goal}" if self.goal else ""
        return (
            f"{self.title:<44} {self.ours:10.2f} {self.unit:<6} against {self.beside:10.2f}  "
            f"ratio {self.ratio:5.2f}{goal}\n    beside it: {self.against}"
        )


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turn(ours: Callable[[], float], beside: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Medians of both, measured alternately so that a slow minute of the machine hits both."""
    pairs = [(ours(), beside()) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
