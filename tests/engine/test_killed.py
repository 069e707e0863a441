"""The local cloud is killed with -9 at random moments of `up`: nothing is lost, nothing is doubled unnoticed."""

import random
import time

import pytest

from tests.engine.sandbox import STACK, Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1800)]

KILLS = 20
LONGEST_WAIT_SECONDS = 9.0
"""Calls of a first `up` are spread over some 35 s; each round starts where the last one got to."""


def interrupted_up(stack: Sandbox, wait: float) -> None:
    """An `up` whose cloud is killed after `wait` seconds and started again; the `up` itself may fail."""
    process = stack.begin("up")
    time.sleep(wait)
    stack.kill_cloud()
    time.sleep(0.3)
    stack.start_cloud()
    process.wait(timeout=360)
    stack.pulumi("cancel", "--yes", "--stack", STACK, check=False)


def test_twenty_kills_lose_and_hide_nothing(fresh: Sandbox) -> None:
    """After twenty kills the next `up` converges and is quiet; what the cloud has and the state has not is exactly
    what `mtlsedge orphans` lists; nothing of our own dynamic resources is there twice."""
    chance = random.Random(20)
    fresh.init()
    for _ in range(KILLS):
        interrupted_up(fresh, chance.uniform(1.0, LONGEST_WAIT_SECONDS))
    fresh.up()
    fresh.preview("--expect-no-changes")
    held = fresh.objects()
    assert 1 == len(held["cas.warehouse"]), "our own repository was made twice"
    assert 1 == len(held["cas.ca_certificate"]), "our own CA was uploaded twice"
    state = fresh.state()
    missing = {identifier for identifiers in held.values() for identifier in identifiers if identifier not in state}
    assert missing == {orphan["id"] for orphan in fresh.orphans()}
