"""A no-change `up` of the whole stack against that of a program without resources."""

from collections.abc import Iterator

from benchmarks.bare import Beside
from benchmarks.measuring import Comparison, costs_in_turn
from benchmarks.workplace import Workplace

ROUNDS = 5


def no_change(place: Workplace) -> Iterator[Comparison]:
    """`up` of the console tutorial's stack when there is nothing to do."""
    empty = Beside(place.up(), "empty")
    empty.program("import pulumi\n")
    empty.up()
    place.stack.up()
    ours, other = costs_in_turn(place.stack.up, empty.up, ROUNDS)
    yield Comparison("no-change up of the local stack", ours, other, "`pulumi up` of a program without resources")
