"""Renewals by themselves, a year played with the clock moved (`MTLSEDGE_NOW`)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.engine.sandbox import Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

ALL = {"alice", "bob", "server-certificate-leaf"}
RUNS = ((5, set()), (21, {"alice"}), (42, {"alice"}), (63, ALL), (64, set()), (365, ALL))
"""Day of a run -> who is due: windows of 10, 10 and 30 days before the ends of 30, 60 and 90; after ten months without a run
all of it is long over."""
DOMAIN = "mtlsedge:domain"


@pytest.fixture
def forgotten(tmp_path: Path) -> Iterator[Sandbox]:
    """The local stack with its load balancer; its first `up` was a year ago."""
    sandbox = Sandbox(tmp_path / "forgotten", number=37)
    sandbox.start()
    try:
        sandbox.init()
        yield sandbox
    finally:
        sandbox.stop()


def test_what_is_due_is_renewed_and_nothing_else_is_done(forgotten: Sandbox) -> None:
    """Each run renews exactly what is due, tells who has to fetch it, and leaves nothing to do. With another change waiting it
    does nothing, says what is in the way, and goes on once that is gone.
    """
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=RUNS[-1][0])
    clock = forgotten.environment() | {"MTLSEDGE_NOW": begin.isoformat()}
    forgotten.up(env=clock)
    for day, due in RUNS:
        clock["MTLSEDGE_NOW"] = (begin + timedelta(days=day)).isoformat()
        if due:
            _stopped_by_another_change(forgotten, clock)
        status, told = _renewed(forgotten, clock)
        assert (status, {one["name"] for one in told["renewed"]}, told["findings"]) == (0, due, []), day
        forgotten.preview("--expect-no-changes", env=clock)


def _stopped_by_another_change(forgotten: Sandbox, clock: dict[str, str]) -> None:
    before = forgotten.state()
    domain = forgotten.read_config()["config"][DOMAIN] | {"ttl": 900}
    with forgotten.changed({DOMAIN: domain}):
        status, told = _renewed(forgotten, clock)
    assert status == 1 and told["renewed"] == []
    assert [one["name"] for one in told["findings"]] == ["dns-www"]
    assert forgotten.state() == before


def _renewed(forgotten: Sandbox, clock: dict[str, str]) -> tuple[int, dict[str, Any]]:
    report = forgotten.root / "report.json"
    report.unlink(missing_ok=True)
    done = forgotten.python(
        "-m",
        "mtlsedge",
        "deploy",
        "--stack",
        "local",
        "--renewals-only",
        "--report",
        str(report),
        env=clock,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(report.read_text())
