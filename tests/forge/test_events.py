"""What happens to requests in the life of a team: one comment and the verdict on what is proposed now, each time."""

from pathlib import Path

from forge import server
from forge.people import AUTHOR
from forge.seeding import PROJECT
from tests.forge.requests import Forge

CLIENTS = "mtlsedge:clients"


def clients(*names: str) -> dict:
    """The setting with more clients."""
    return {CLIENTS: {"alice": {}, "bob": {}, **{name: {} for name in names}}}


def test_pushes_force_pushes_and_a_deleted_comment(forge: Forge, tmp_path: Path) -> None:
    """Two pushes within a second: one comment, of the second. A force-push edits it. One deleted by hand is written anew.
    Closed and opened again, the request is judged again.
    """
    request = forge.propose(tmp_path, "busy", clients("fay"))
    request.push(clients("gus"))
    request.push(clients("hal"))
    assert request.verdict() == "success"
    (comment,) = request.comments()
    assert "`hal`" in comment["body"] and "`gus`" not in comment["body"]

    request.git("reset", "--quiet", "--soft", "HEAD~2")
    (request.folder / "note.txt").write_text("rewritten\n")
    request.push_files("--force")
    assert request.verdict() == "success"
    (edited,) = request.comments()
    assert edited["id"] == comment["id"]

    forge.operator.delete(f"/repos/{PROJECT}/issues/comments/{comment['id']}")
    request.push(clients("ida"))
    assert request.verdict() == "success"
    (anew,) = request.comments()
    assert anew["id"] != comment["id"] and "`ida`" in anew["body"]

    runs = len(forge.runs(PROJECT, "preview.yml"))
    for state in ("closed", "open"):
        forge.as_(request.by).patch(f"/repos/{PROJECT}/pulls/{request.number}", state=state)
    forge.await_run(PROJECT, "preview.yml", runs + 1)
    assert request.verdict() == "success" and len(request.comments()) == 1


def test_a_stale_base_is_not_merged(forge: Forge, tmp_path: Path) -> None:
    """Two requests at once on one stack: once one is merged, the other, green and approved as it is, has to be brought up to date."""
    first = forge.propose(tmp_path, "first", clients("jan"))
    second = forge.propose(tmp_path, "second", clients("kim"))
    assert (first.verdict(), second.verdict()) == ("success", "success")
    first.approve()
    second.approve()
    assert first.merge() == 200
    assert second.merge() == 405


def test_the_forge_may_restart(forge: Forge, tmp_path: Path) -> None:
    """Ended and started again, it has lost nothing, and its runners go on."""
    request = forge.propose(tmp_path, "restart", clients("lea"))
    assert server.stop(forge.places)
    assert server.start(forge.places)
    assert request.verdict() == "success"
    assert len(request.comments()) == 1


def test_a_request_that_touches_no_stack_is_green_without_a_preview(forge: Forge, tmp_path: Path) -> None:
    """Words that only people read change no stack: the comment says that none is touched."""
    request = forge.begin(tmp_path / "words", "words", AUTHOR)
    (request.folder / "README.md").write_text("Other words.\n")
    request.push_files()
    request.open()
    assert request.verdict() == "success"
    (comment,) = request.comments()
    assert comment["body"].startswith("### ⚪ `mtlsedge/local`: not touched")
