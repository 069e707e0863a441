"""A year of a stack, played with the clock moved (`MTLSEDGE_NOW`): it began 360 days ago and ends now."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import verifiers
from tests.engine.sandbox import Sandbox
from tests.verifiers import Shown

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]
"""A run of the engine takes seconds, and a loaded machine several times that; a rotation has a dozen."""

DAYS = (19, 21, 45, 66, 300, 360)
"""Days of the runs after the first: before a window, in it, in the next ones, long after everything lapsed, today."""
WINDOWS = {"alice": timedelta(days=10), "bob": timedelta(days=10)}


@pytest.fixture
def year(tmp_path: Path) -> Iterator[Sandbox]:
    """The local stack without its entry point: authority, clients and the uploaded CA."""
    sandbox = Sandbox(tmp_path / "year", number=13)
    document = sandbox.read_config()
    for key in ("serverCertificate", "network", "serverGroups", "loadBalancer", "listener", "domain"):
        document["config"].pop(f"mtlsedge:{key}")
    sandbox.write_config(document)
    sandbox.start()
    try:
        sandbox.init()
        yield sandbox
    finally:
        sandbox.stop()


def test_renewals_happen_in_their_windows_and_nothing_else_does(year: Sandbox, tmp_path: Path) -> None:
    """Every run renews exactly what is due, says so with its date beforehand, and leaves the next one nothing to do."""
    now = datetime.now(UTC).replace(microsecond=0)
    begin = now - timedelta(days=DAYS[-1])
    clock = year.environment() | {"MTLSEDGE_NOW": begin.isoformat()}
    year.up(env=clock)
    first = year.outputs()
    for day in DAYS:
        clock["MTLSEDGE_NOW"] = (begin + timedelta(days=day)).isoformat()
        _one_run(year, clock, begin + timedelta(days=day))
    last = year.outputs()
    assert (last["caIdentifier"], last["authority"]) == (first["caIdentifier"], first["authority"])
    for bundle in last["clients"].values():
        shown = Shown(bundle["certificate"], bundle["chain"])
        assert all(verifiers.verdicts(shown, last["authority"]["certificate"], tmp_path).values())


def _one_run(year: Sandbox, clock: dict[str, str], now: datetime) -> None:
    before = year.outputs()["clientCertificates"]
    due = {name for name, facts in before.items() if now >= _end(facts) - WINDOWS[name]}
    shown = year.preview(env=clock).stdout
    for name, facts in before.items():
        said = f"client certificate of {name} is renewed" in shown
        assert said == (name in due), (name, now)
        assert not said or f"{_end(facts):%Y-%m-%d}" in shown
    steps = {name: operation for name, operation in year.steps(env=clock).items() if name != "mtlsedge-local"}
    assert {name.removeprefix("client-").partition("-leaf")[0] for name in steps} == due, steps
    year.up(env=clock)
    year.preview("--expect-no-changes", env=clock)
    after = year.outputs()["clientCertificates"]
    assert {name for name in after if after[name] != before[name]} == due
    assert all(_end(facts) > now for facts in after.values())


def _end(facts: dict[str, str]) -> datetime:
    return datetime.fromisoformat(facts["notAfter"])
