"""Renewals by themselves, on the forge: the night job does nothing where something else waits, and says so in an issue."""

from pathlib import Path

from forge.seeding import PROJECT, TRUSTED
from tests.forge.requests import Forge

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


def _night(forge: Forge) -> list[tuple[int, str, str]]:
    """The night job, and the issues that are open after it."""
    run = forge.dispatch("renew.yml")
    assert run["conclusion"] == "success", forge.logs(TRUSTED, run["id"])
    found = forge.operator.get(f"/repos/{PROJECT}/issues?state=open&type=issues")
    return [(one["number"], one["title"], one["body"]) for one in found if one["user"]["login"] == "bot"]
