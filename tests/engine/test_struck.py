"""Four lives of a short topology while the local cloud's calls are struck by a seed; `make faults` runs a thousand."""

import json
import subprocess
import sys

import pytest

from tests.engine.sandbox import CHECKOUT
from tests.engine.struck import has_cause

pytestmark = pytest.mark.engine


def test_struck_lives_end_well() -> None:
    """Each command ends, each of its errors has its cause in the cloud's log, state and account agree once it is healed, no
    update is lost, and nothing is left; faults of several kinds did strike."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.record_faults", "--runs", "4", "--seed", "1", "--workers", "4"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=800,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout[done.stdout.index("\n{\n") :])
    assert (found["runs"], found["commands"]) == (4, 12)
    assert len(found["faults"]) > 3
    assert found["failed"] > 0


def test_an_error_without_a_cause_is_seen() -> None:
    """One that names another request, or an action that was answered; and a broken connection where none was broken."""
    lost = {"requestId": "A" * 32, "action": "CreateVpc", "lost": True, "faults": [{"kind": "lost-reply"}]}
    answered = {"requestId": "B" * 32, "action": "CreateVSwitch", "lost": False}
    killed = {"requestId": "C" * 32, "action": "DeleteVpc", "lost": True, "faults": [{"kind": "kill"}]}
    assert has_cause(f"Throttling.User request id: {'B' * 32}", [answered])
    assert has_cause("CreateVpc Failed!!! EOF", [lost])
    assert has_cause("CreateVSwitch Failed!!! connect: connection refused", [answered, killed])
    assert not has_cause(f"Throttling.User request id: {'D' * 32}", [answered, lost])
    assert not has_cause("CreateVSwitch Failed!!! EOF", [answered, lost])
    assert not has_cause("CreateVpc Failed!!! the value is wrong", [lost])


def test_what_the_provider_misses_has_its_cause_where_its_job_failed() -> None:
    """Near misses: another kind's job failed; the job went well; another error about it."""
    missed = "* creating urn:pulumi:a::b::alicloud:alb/serverGroup:ServerGroup::servers: Resource id: sgp-1:\ncouldn't find resource"
    failed = {"requestId": "A" * 32, "action": "CreateServerGroup", "lost": False, "faults": [{"kind": "failed-job"}]}
    assert has_cause(missed, [failed])
    waited = missed.replace("couldn't find resource", "timeout while waiting for resource to be gone")
    assert has_cause(waited, [failed | {"action": "DeleteServerGroup"}])
    assert not has_cause(missed, [failed | {"action": "CreateLoadBalancer"}])
    assert not has_cause(missed, [failed | {"faults": [{"kind": "slow-reply"}]}])
    assert not has_cause(missed.replace("couldn't find", "refused"), [failed])
