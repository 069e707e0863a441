"""How long the environment, the engine and the plugins take to be there, with everything cached and with nothing."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Comparison, cost, costs_in_turn
from benchmarks.workplace import Workplace
from tests.engine.sandbox import CHECKOUT

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


def cold(place: Workplace) -> Iterator[Comparison]:
    """A set-up that finds nothing, in a copy of the checkout with an empty cache, against its second run."""
    copy = place.stack.root / "cold"
    copy.mkdir()
    shutil.copytree(CHECKOUT / "local", copy / "local")
    for file in CHECKOUT.glob("requirements*"):
        shutil.copy(file, copy)
    environment = place.stack.base_environment() | {
        "XDG_CACHE_HOME": str(copy / "cache"),
        "MTLSEDGE_LOCAL_DIR": str(copy / ".local"),
        "PATH": f"{Path(sys.base_prefix) / 'bin'}:/usr/local/bin:/usr/bin:/bin",
    }
    ensure = ("sh", "-c", f'cd "{copy}" && exec python3 -m local.toolchain ensure')
    first = cost(lambda: place.stack.run(*ensure, env=environment))
    second = cost(lambda: place.stack.run(*ensure, env=environment))
    yield Comparison("set-up with nothing cached", first, second, "the same once more")
