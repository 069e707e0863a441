"""Renewals by themselves, on the forge: the night job renews what is due and says who must fetch it; where something else
waits it does nothing, and says so in an issue.
"""

from datetime import timedelta
from pathlib import Path

from forge.seeding import PROJECT, TRUSTED
from tests.forge.requests import Forge
from tests.forge.running import clocks_moved

CLIENTS = "mtlsedge:clients"
STARTS = f"/repos/{PROJECT}/actions/variables/DEPLOYMENTS"
"""Without this variable nothing starts the deployment of what was merged."""


def test_what_was_merged_and_never_deployed_stops_the_renewals(forge: Forge, tmp_path: Path) -> None:
    """A quiet night opens no issue. What waits for a deployment is one issue, and is not deployed; after the deployment it is
    closed.
    """
    assert _night(forge) == []
    forge.operator.delete(STARTS)
    try:
        request = forge.propose(tmp_path, "nora", {CLIENTS: {"alice": {}, "bob": {}, "nora": {}}})
        assert request.verdict() == "success"
        request.approve()
        started = len(forge.runs(PROJECT, "deploy.yml"))
        assert request.merge() == 200
        assert forge.await_run(PROJECT, "deploy.yml", started + 1)["conclusion"] == "failure"
    finally:
        forge.operator.post(STARTS, value=TRUSTED)
    ((number, title, text),) = _night(forge)
    assert title == "Renewals stopped: local" and "`client-nora`" in text
    assert "nora" not in forge.stack.outputs()["clients"]

    assert forge.dispatch("deploy.yml")["conclusion"] == "success"
    assert "nora" in forge.stack.outputs()["clients"]
    assert _night(forge) == []
    assert forge.operator.get(f"/repos/{PROJECT}/issues/{number}")["state"] == "closed"


THREE_WEEKS = timedelta(days=21)
"""Then alice's window of ten days is open, and bob's of twenty is not."""


def test_what_is_due_is_renewed_at_night(forge: Forge) -> None:
    """Three weeks on, the night job renews alice's certificate and leaves the others; its issue says so, and the command that
    hands it out. The snapshot that requests are judged against follows, and the next night has nothing to do.
    """
    alice, bob = (forge.stack.outputs()["clientCertificates"][name]["fingerprint"] for name in ("alice", "bob"))
    before = forge.snapshot()
    with clocks_moved(forge, THREE_WEEKS):
        ((number, title, text),) = _night(forge)
        assert title.startswith("Renewed: local") and "`alice`" in text and "`bob`" not in text
        assert "mtlsedge clients export alice" in text
        renewed = forge.stack.outputs()["clientCertificates"]
        assert renewed["alice"]["fingerprint"] != alice and renewed["bob"]["fingerprint"] == bob
        after = forge.snapshot()
        assert after != before
        assert [one[0] for one in _night(forge)] == [number]
        assert forge.stack.outputs()["clientCertificates"] == renewed


def _night(forge: Forge) -> list[tuple[int, str, str]]:
    """The night job, and the issues that are open after it."""
    run = forge.dispatch("renew.yml")
    assert run["conclusion"] == "success", forge.logs(TRUSTED, run["id"])
    found = forge.operator.get(f"/repos/{PROJECT}/issues?state=open&type=issues")
    return [(one["number"], one["title"], one["body"]) for one in found if one["user"]["login"] == "bot"]
