"""How long the environment, the engine and the plugins take to be there, with everything cached and with nothing."""

from collections.abc import Iterator

from benchmarks.measuring import Comparison, costs_in_turn
from benchmarks.workplace import Workplace

ROUNDS = 3


def cached(place: Workplace) -> Iterator[Comparison]:
    """A set-up that finds everything."""
    stack = place.stack
    ensure, nothing = costs_in_turn(
        lambda: stack.python("-m", "local.toolchain", "ensure", env=stack.base_environment()),
        lambda: stack.python("-c", "pass", env=stack.base_environment()),
        ROUNDS,
    )
    yield Comparison("set-up with everything cached", ensure, nothing, "the interpreter doing nothing")
