"""Running two things side by side, and printing what came of it.

Every cost is read from two clocks: the wall's, which is what people wait for, and the CPU's (user and system time of
all processes that the work started and waited for), which other load on the machine changes little. What runs elsewhere,
the local cloud for one, is in the first only.
"""

import math
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Seconds by the wall's clock and by the CPU's."""

    wall: float
    cpu: float

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.wall - other.wall, self.cpu - other.cpu)

    def __truediv__(self, count: int) -> "Cost":
        return Cost(self.wall / count, self.cpu / count)

    def over(self, other: "Cost") -> "Cost":
        """The ratio of two costs, on each clock; not a number where either is lost in the noise."""
        return Cost(_ratio(self.wall, other.wall), _ratio(self.cpu, other.cpu))

    @property
    def clocks(self) -> dict[str, float]:
        """Both values by the name of their clock."""
        return {"by the clock": self.wall, "in CPU time": self.cpu}


Seen = Cost | float
"""A cost on both clocks, or one value that has none: a rate, a size, a time that only the wall's clock tells."""


@dataclass(frozen=True)
class Goal:
    """What a project issue asks for, and what was seen: a value, on each clock if it has clocks, that has to keep to a limit."""

    words: str
    seen: Seen
    keeps: Callable[[float], bool]
    unit: str = ""

    def __str__(self) -> str:
        clocks = self.seen.clocks if isinstance(self.seen, Cost) else {"": self.seen}
        found = [
            " ".join(filter(None, ("met" if self.keeps(value) else "MISSED", clock, f"({value:.2f}{self.unit})")))
            for clock, value in clocks.items()
        ]
        return f"    goal      {self.words}: {', '.join(found)}"


@dataclass(frozen=True)
class Comparison:
    """What was seen of two things measured in turn; printed `scale` times as large in the unit named."""

    title: str
    ours: Seen
    beside: Seen
    against: str
    unit: str = "s"
    scale: float = 1.0
    goals: tuple[Goal, ...] = ()

    @property
    def ratio(self) -> Seen:
        """Ours over what ran beside it."""
        match self.ours, self.beside:
            case Cost() as ours, Cost() as beside:
                return ours.over(beside)
            case float() | int() as value, float() | int() as other:
                return _ratio(value, other)
        raise TypeError(f"{self.title}: a cost beside something else has no ratio")

    def __str__(self) -> str:
        lines = [
            self.title,
            f"    ours      {_shown(self.ours, self.unit, self.scale)}",
            f"    beside it {_shown(self.beside, self.unit, self.scale)}   {self.against}",
            f"    ratio     {_shown(self.ratio)}",
        ]
        return "\n".join([*map(str.rstrip, lines), *map(str, self.goals)])


def rates(title: str, ours: float, beside: float, against: str, at_least: float) -> Comparison:
    """Two things a second, measured in turn: at least this part of what runs beside it is the goal."""
    goal = Goal(f"ratio at least {at_least}", _ratio(ours, beside), lambda ratio: ratio >= at_least)
    return Comparison(title, ours, beside, against, "1/s", goals=(goal,))


def under(limit: float, seen: float, unit: str) -> Goal:
    """A value of its own that has to keep to a limit."""
    return Goal(f"under {limit:g} {unit}", seen, lambda value: value <= limit, f" {unit}")


def _shown(seen: Seen, unit: str = "", scale: float = 1.0) -> str:
    if isinstance(seen, Cost):
        return f"{scale * seen.wall:10.2f} {unit:<8} CPU {scale * seen.cpu:10.2f} {unit}".rstrip()
    return f"{scale * seen:10.2f} {unit}".rstrip()


def cost(work: Callable[[], object]) -> Cost:
    """What one call costs, with all the processes it starts and waits for."""
    started, used = time.perf_counter(), _children()
    work()
    return Cost(time.perf_counter() - started, _children() - used)


def median_cost(work: Callable[[], object], rounds: int) -> Cost:
    """The median of several calls on each clock."""
    return _median([cost(work) for _ in range(rounds)])


def costs_in_turn(ours: Callable[[], object], beside: Callable[[], object], rounds: int) -> tuple[Cost, Cost]:
    """Medians of both on each clock, measured alternately so that a slow minute of the machine hits both."""
    pairs = [(cost(ours), cost(beside)) for _ in range(rounds)]
    return _median([pair[0] for pair in pairs]), _median([pair[1] for pair in pairs])


def in_turn(ours: Callable[[], float], beside: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Medians of two rates, measured alternately."""
    pairs = [(ours(), beside()) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def slowest(seconds: list[float]) -> float:
    """Within which 99 of 100 were done."""
    return statistics.quantiles(seconds, n=100)[-1]


def _median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(one.wall for one in costs), statistics.median(one.cpu for one in costs))


def _ratio(ours: float, beside: float) -> float:
    """A difference of two measurements can come out as zero or less."""
    return ours / beside if ours > 0 and beside > 0 else math.nan


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
