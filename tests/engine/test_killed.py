"""Cloud or engine is killed with -9, or a right is missing, in the middle of `up`: nothing is lost, nothing is doubled unnoticed."""

import contextlib
import json
import operator
import random
import re
import time
from pathlib import Path

import pytest

from tests.engine.recovering import recover
from tests.engine.sandbox import STACK, Sandbox
from tests.waiting import eventually

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
    """After twenty kills what the cloud has and the state has not is exactly what `mtlsedge orphans` lists; with that
    removed and a refresh the next `up` converges and is quiet; nothing of our own dynamic resources is there twice."""
    chance = random.Random(20)
    fresh.init()
    for _ in range(KILLS):
        interrupted_up(fresh, chance.uniform(1.0, LONGEST_WAIT_SECONDS))
    assert missing(fresh) == {orphan["id"] for orphan in fresh.orphans()}
    recover(fresh)
    fresh.up()
    fresh.preview("--expect-no-changes")
    assert missing(fresh) == set()
    held = fresh.objects()
    assert 1 == len(held["cas.warehouse"]), "our own repository was made twice"
    assert 1 == len(held["cas.ca_certificate"]), "our own CA was uploaded twice"


def test_the_engines_own_death_is_recovered_from(fresh: Sandbox) -> None:
    """It leaves a lock, and notes of what it was about to make: the runbook gets past both, whatever had been made by then,
    and `orphans` lists exactly what the state lacks."""
    fresh.init()
    for made in (4, 9, 13):
        process = fresh.begin("up")
        while sum(map(len, fresh.objects().values())) < made:
            assert process.poll() is None, f"`up` ended before it had made {made} things"
            time.sleep(0.01)
        process.kill()
        process.wait()
        await_quiet(fresh)
        await_plugins_end(fresh)
        assert "locked" in fresh.up(check=False).stderr
        fresh.pulumi("cancel", "--yes", "--stack", STACK)
        assert missing(fresh) == {orphan["id"] for orphan in fresh.orphans()}
        recover(fresh)
    fresh.up()
    fresh.preview("--refresh", "--expect-no-changes")
    assert missing(fresh) == set()
    assert fresh.python("-m", "mtlsedge", "orphans").stderr == ""


def test_an_empty_sidecar_is_healed_by_the_next_start(fresh: Sandbox) -> None:
    """A stack from before `metadata=skip` whose engine was killed in the middle of a sidecar; now there are no sidecars."""
    fresh.init()
    (checkpoint,) = (fresh.local / "state" / ".pulumi" / "stacks").rglob("*.json")
    assert not list((fresh.local / "state").rglob("*.attrs"))
    checkpoint.with_name(f"{checkpoint.name}.attrs").touch()
    assert "failed to load checkpoint: EOF" in fresh.preview(check=False).stderr
    fresh.python("-m", "local", "start")
    assert fresh.preview().returncode == 0
    assert not list((fresh.local / "state").rglob("*.attrs"))


def await_quiet(stack: Sandbox, seconds: float = 3.0) -> None:
    """Wait until the plugins of a killed engine have made their last calls: none for some seconds."""
    before, now = -1, len(stack.requests())
    while now != before:
        time.sleep(seconds)
        before, now = now, len(stack.requests())


def await_plugins_end(stack: Sandbox) -> None:
    """The plugin of the program's own resources ends soon after a killed engine, by itself."""
    eventually(lambda: plugins(stack), operator.not_)


def plugins(stack: Sandbox) -> list[int]:
    """Processes of the sandbox's own plugin."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = entry.read_bytes().decode(errors="replace")
            if str(stack.root) in command and "mtlsedge_components.plugin" in command:
                found.append(int(entry.parent.name))
    return found


def missing(stack: Sandbox) -> set[str]:
    """Ids of what the cloud has and the state has not. An instance's own interface comes and goes with it; no state names it."""
    held, state = stack.objects(), stack.state()
    held.pop("ecs.network_interface", None)
    return {one for identifiers in held.values() for one in identifiers if one not in state}


def test_what_was_half_made_is_named_and_finished(fresh: Sandbox) -> None:
    """Where a right is missing that making takes at the end, the provider keeps only ids; `orphans` says so and what finishes
    them, and nothing is made twice. Without its advice the next `up` stands in its own way."""
    fresh.init()
    fault = {"kind": "error", "action": "TagResources", "status": 403, "code": "Forbidden.RAM", "after": 1}
    fresh.python("-m", "local", "faults", "--add", json.dumps(fault))
    assert fresh.up(check=False).returncode != 0
    fresh.python("-m", "local", "faults", "--clear")
    said = fresh.python("-m", "mtlsedge", "orphans")
    assert re.search(r"^half made: .*network-ap-southeast-1a.*`pulumi up --refresh`", said.stderr, re.MULTILINE)
    made = fresh.objects()["vpc.vswitch"]
    assert "InvalidCidrBlock.Overlapped" in fresh.up(check=False).stdout
    fresh.up("--refresh")
    fresh.preview("--refresh", "--expect-no-changes")
    assert fresh.objects()["vpc.vswitch"] == made
    assert fresh.python("-m", "mtlsedge", "orphans").stderr == ""
