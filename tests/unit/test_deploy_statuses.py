"""`mtlsedge deploy` before anything is deployed: what does not pass as a preview never comes to `up`."""

import pytest

from mtlsedge.command import run
from mtlsedge.commands import deploy
from mtlsedge.errors import CommandError
from mtlsedge.preview.events import SECRET_TEXT, Preview
from mtlsedge.preview.findings import Findings, judge
from tests.unit.preview_samples import listener, recorded


def judged(findings, monkeypatch) -> tuple[int, list]:
    """The command's exit status where its preview has these findings, and each `up` that it ran."""
    done: list = []

    def preview(*_arguments) -> tuple[Findings, Preview]:
        if isinstance(findings, Exception):
            raise findings
        return findings, Preview(())

    monkeypatch.setattr(deploy, "in_full", preview)
    monkeypatch.setattr(deploy.Run, "up", lambda *arguments, **_more: done.append(arguments) or 0)
    return run(["deploy", "--stack", "prod"]), done


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        (judge("edge", "prod", recorded("tls-ciphers-weaker")), 1),
        (judge("edge", "prod", recorded("invalid")), 1),
        (judge("edge", "prod", Preview((listener({}, {"caEnabled": SECRET_TEXT}),))), 3),
        (CommandError("no engine"), 2),
    ],
)
def test_what_does_not_pass_is_not_deployed(findings, status, monkeypatch):
    """A weakening, half a preview, what cannot be judged, and no preview at all: `pulumi up` is not started."""
    assert judged(findings, monkeypatch) == (status, [])


@pytest.mark.parametrize("name", ["mtls-off", "tags"])
def test_what_passes_is_deployed_by_its_plan(name, monkeypatch):
    """The near miss: a weakening that its setting accepts, and a harmless change."""
    status, done = judged(judge("edge", "prod", recorded(name)), monkeypatch)
    assert status == 0
    assert [words[1] for words in done] == ["--plan"]
