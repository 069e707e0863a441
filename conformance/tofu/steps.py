"""What the second engine is asked to do with the topology, one after the other, and what has to come of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.tofu.engine import CHANGES, EMPTY, Ended, Engine
from local.cloud.store import BOOKKEEPING_PREFIX, Store

CHANGE = "-var=idle_timeout=20"
PASSED, FAILED = "passed", "failed"


@dataclass(frozen=True)
class Result:
    """One row of the table."""

    step: str
    outcome: str
    seen: str


def play(engine: Engine, store: Store, log: Path) -> Iterator[Result]:
    """Results as they come; a step after one that failed is played all the same, so that `destroy` always is."""
    before = objects(store)

    def step(name: str, is_good: Callable[[Ended], bool], *arguments: str) -> Result:
        ended = engine.run(*arguments, log=log)
        return Result(name, PASSED if is_good(ended) else FAILED, ended.last_words)

    yield step("`apply`", lambda ended: not ended.status, "apply", "-auto-approve")
    yield step("`plan` after it is empty", _is_empty, "plan", "-detailed-exitcode")
    yield step("a change is seen", lambda ended: ended.status == CHANGES, "plan", "-detailed-exitcode", CHANGE)
    yield step("it is made in place", _changes_one, "apply", "-auto-approve", CHANGE)
    yield step("`plan` after it is empty again", _is_empty, "plan", "-detailed-exitcode", CHANGE)
    yield step("`destroy`", lambda ended: not ended.status, "destroy", "-auto-approve")
    left = sorted(f"{kind} {name}" for kind, name in objects(store) - before)
    yield Result("nothing is left in the cloud", FAILED if left else PASSED, ", ".join(left))


def objects(store: Store) -> set[tuple[str, str]]:
    """Kind and id of everything the account owns."""
    return {one for one in store.names() if not one[0].startswith(BOOKKEEPING_PREFIX)}


def _is_empty(ended: Ended) -> bool:
    return ended.status == EMPTY


def _changes_one(ended: Ended) -> bool:
    return not ended.status and "0 added, 1 changed, 0 destroyed" in ended.last_words
