"""Cloud, cluster and controller end at chosen writes of `up` and of `destroy`, both entry points in the stack.

tests/local/test_cluster_deaths.py does it at every write of the controller; here the engine's own writes and those of
the vendor's Kubernetes provider are among them.
"""

import json
import signal
from collections.abc import Iterator

import pytest

from tests.engine.recovering import recover
from tests.engine.sandbox import STACK, Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]
UP_AFTER, DESTROY_AFTER = (4, 11, 3), (3, 9)
"""Writes that are let pass before each death; a round begins where the last one got to."""


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A running, empty local cloud with a cluster, and no stack yet."""
    sandbox = Sandbox(tmp_path_factory.mktemp("killed"), number=26, cluster=True)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def interrupted(stack: Sandbox, *command: str, after: int) -> None:
    """A command whose cloud ends after so many writes and is started again; the command itself may fail.

    A `destroy` is told to stop as well, as by Ctrl-C: the providers wait for the cloud's return, so that it would go on
    to its end and leave nothing for the next death.
    """
    stack.python("-m", "local", "faults", "--add", json.dumps({"kind": "kill", "after": after}))
    process = stack.begin(*command)
    stack.await_death()
    if command == ("destroy",):
        process.send_signal(signal.SIGINT)
    stack.start_cloud()
    process.wait(timeout=300)
    stack.pulumi("cancel", "--yes", "--stack", STACK, check=False)


def test_deaths_during_up_lose_and_hide_nothing(fresh: Sandbox) -> None:
    """After each death `orphans` lists all that was made and lost; with that removed and a refresh the next `up` goes on, the last
    one is quiet and verified, and once the whole is destroyed, through more deaths, the account is as it was."""
    fresh.init()
    for after in UP_AFTER:
        interrupted(fresh, "up", after=after)
        recover(fresh)
    fresh.up()
    fresh.export()
    fresh.preview("--refresh", "--expect-no-changes")
    assert {row for row, status in fresh.verify().items() if status != "ok"} == set()
    assert fresh.orphans() == []
    for after in DESTROY_AFTER:
        interrupted(fresh, "destroy", after=after)
    fresh.pulumi("destroy", "--yes", "--skip-preview", "--stack", STACK)
    assert fresh.objects() == {}
    assert fresh.orphans() == []
