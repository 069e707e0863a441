"""Previews of a cloud that is slow, throttled, broken, silent or gone, and of an engine that is killed: whole, or none."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mtlsedge.preview.engine import STREAMING, Run
from mtlsedge.preview.events import Preview, read
from mtlsedge.preview.findings import judge
from mtlsedge.preview.markdown import comment
from tests.engine.sandbox import STACK, Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.engine
FAULTS = {
    "throttled": {"kind": "throttle", "times": 3},
    "slow": {"kind": "slow", "seconds": 2},
    "failing": {"kind": "error", "status": 403, "code": "Forbidden.RAM", "message": "not authorized"},
    "silent": {"kind": "lost-reply", "times": 2},
    "forged signature": {"kind": "error", "status": 400, "code": "SignatureDoesNotMatch", "message": "not ours"},
}


def events(sandbox: Sandbox, *arguments: str) -> list[dict[str, Any]]:
    """A preview's events, with the stack's secrets."""
    return Run(sandbox.root, STACK, sandbox.environment()).preview(*arguments)


@pytest.fixture(scope="module")
def weaker(edge: Sandbox) -> Iterator[Sandbox]:
    """The stack, and a change that has something to say: no verification, another port."""
    listener = edge.read_config()["config"]["mtlsedge:listener"]
    with edge.changed({"mtlsedge:listener": listener | {"clientVerification": "off-for-migration", "port": 8443}}):
        yield edge


@pytest.fixture(scope="module")
def whole(weaker: Sandbox) -> Preview:
    """The change as it is shown when nothing goes wrong, compared with the cloud."""
    preview = read(events(weaker, "--refresh"))
    assert not preview.incomplete and not preview.errors
    return preview


@contextmanager
def fault(sandbox: Sandbox, one: dict[str, Any]) -> Iterator[None]:
    """The local cloud with a fault."""
    sandbox.python("-m", "local", "faults", "--add", json.dumps(one), env=sandbox.base_environment())
    try:
        yield
    finally:
        sandbox.python("-m", "local", "faults", "--clear", env=sandbox.base_environment())


def require_whole_or_none(shown: Preview, whole: Preview) -> None:
    """The comment is the one of the undisturbed preview, or it is headed "no preview" and fails the job."""
    found = judge("mtlsedge", STACK, shown)
    if comment(found) != comment(judge("mtlsedge", STACK, whole)):
        assert not found.passes
        assert comment(found).startswith("### ❌ `mtlsedge/local`: no preview")
        assert "All changes" not in comment(found)


@pytest.mark.parametrize("name", FAULTS)
def test_a_disturbed_cloud_never_shortens_a_preview(weaker: Sandbox, whole: Preview, name: str) -> None:
    """Throttled, slow, failing, silent, and answering that the signature is forged: all of the change is shown, or none."""
    with fault(weaker, FAULTS[name]):
        shown = read(events(weaker, "--refresh"))
    require_whole_or_none(shown, whole)
    assert bool(shown.incomplete) is (name in ("failing", "forged signature"))


def test_a_cloud_killed_in_the_middle_never_shortens_a_preview(weaker: Sandbox, whole: Preview) -> None:
    """The local cloud and its cluster die while the engine compares: that preview is whole or none; the next needs no cloud."""
    before = len(weaker.requests())
    process = _engine(weaker, "--refresh")
    try:
        eventually(lambda: len(weaker.requests()) > before + 5)
        weaker.kill_cloud()
        stdout, _ = process.communicate(timeout=300)
        require_whole_or_none(_read(stdout), whole)
        assert comment(judge("mtlsedge", STACK, read(events(weaker)))) == comment(judge("mtlsedge", STACK, whole))
    finally:
        process.kill()
        weaker.start_cloud()


def test_an_engine_killed_in_the_middle_shows_no_preview(weaker: Sandbox, whole: Preview) -> None:
    """What a killed engine had written is headed "no preview"."""
    process = _engine(weaker)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    shown = _read("".join(told) + rest)
    assert "cut off" in shown.incomplete
    require_whole_or_none(shown, whole)


def test_no_part_of_a_preview_passes_for_the_whole(weaker: Sandbox) -> None:
    """Cut off before any event up to the engine's summary it is none; without any one resource's event it is whole or none."""
    found = events(weaker)
    whole = read(found)
    assert not whole.incomplete
    last = next(index for index, event in enumerate(found) if "summaryEvent" in event)
    assert all(read(found[:count]).incomplete for count in range(last + 1))
    for index in (index for index, event in enumerate(found) if "resourcePreEvent" in event):
        require_whole_or_none(read(found[:index] + found[index + 1 :]), whole)


def _engine(sandbox: Sandbox, *arguments: str) -> "subprocess.Popen[str]":
    command = ["pulumi", "preview", "--json", "--stack", STACK, "--non-interactive", *arguments]
    environment = {**sandbox.environment(), **STREAMING}
    return subprocess.Popen(
        command, cwd=sandbox.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _read(text: str) -> Preview:
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return read(found)
