"""The whole loop, on a real forge: from a request to a deployed stack, to the next request, to drift and back."""

import re
from pathlib import Path

from forge.seeding import PROJECT, TRUSTED
from tests.engine.cloud_calls import ALB, call
from tests.forge.requests import Forge

CLIENTS, LISTENER, ACCEPT = "mtlsedge:clients", "mtlsedge:listener", "mtlsedge:acceptWeakening"
WEAKER = "tls_cipher_policy_1_2"


def test_a_request_goes_all_the_way(forge: Forge, tmp_path: Path) -> None:
    """Comment, edited by the second push; weaker: red, no merge; with a reason: green; approved, merged, deployed; the next
    request is judged against what was deployed.
    """
    first = forge.snapshot()
    request = forge.propose(tmp_path, "carol", {CLIENTS: {"alice": {}, "bob": {}, "carol": {}}})
    assert request.verdict() == "success"
    (comment,) = request.comments()
    assert "`carol`" in comment["body"]

    request.push({CLIENTS: {"alice": {}, "bob": {}, "carol": {}, "dave": {}}})
    assert request.verdict() == "success"
    (edited,) = request.comments()
    assert edited["id"] == comment["id"] and "`dave`" in edited["body"]

    request.push({LISTENER: request.setting(LISTENER) | {"tlsPolicy": WEAKER}})
    assert request.verdict() == "failure"
    (refused,) = request.comments()
    assert refused["id"] == comment["id"] and "Less safe" in refused["body"]
    request.approve()
    assert request.merge() == 405

    kind = re.search(r"acceptWeakening\.([\w-]+)", refused["body"])
    assert kind, refused["body"]
    request.push({ACCEPT: {kind[1]: "old clients until the spring, see ticket 412"}})
    assert request.verdict() == "success"
    assert request.merge() == 405, "the approval was of what was there before"
    request.approve()
    before = len(forge.runs(TRUSTED, "deploy.yml"))
    assert request.merge() == 200

    forge.await_deployments(before + 1)
    assert set(forge.stack.outputs()["clients"]) == {"alice", "bob", "carol", "dave"}
    assert forge.snapshot() != first

    follower = forge.propose(tmp_path, "erin", {CLIENTS: {**request.setting(CLIENTS), "erin": {}}, ACCEPT: None})
    assert follower.verdict() == "success"
    (comment,) = follower.comments()
    told, _, topology = comment["body"].partition("<summary>Topology")
    assert "`erin`" in told and "`dave`" not in told and WEAKER not in told and "Less safe" not in told
    assert WEAKER in topology, "what was deployed is what the stack has"


def test_drift_is_one_issue_until_it_is_over(forge: Forge) -> None:
    """A change by hand opens one issue, a second one edits it, and it is closed once the cloud is as it was."""
    listener = forge.stack.outputs()["loadBalancer"]["listenerId"]
    group = forge.stack.outputs()["serverGroups"]["web"]["id"]
    assert _drift_issues(forge) == []

    call(forge.stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="false")
    assert _looked(forge) == "success"
    ((number, text),) = _drift_issues(forge)
    assert "listener" in text and "server group" not in text

    call(forge.stack, ALB, "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Sch")
    assert _looked(forge) == "success"
    ((again, text),) = _drift_issues(forge)
    assert again == number and "server group" in text

    call(forge.stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="true")
    call(forge.stack, ALB, "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Wrr")
    assert _looked(forge) == "success"
    assert _drift_issues(forge) == []
    assert forge.operator.get(f"/repos/{PROJECT}/issues/{number}")["state"] == "closed"


def _looked(forge: Forge) -> str:
    run = forge.dispatch("drift.yml")
    return str(run["conclusion"]) if run["conclusion"] == "success" else forge.logs(TRUSTED, run["id"])


def _drift_issues(forge: Forge) -> list[tuple[int, str]]:
    found = forge.operator.get(f"/repos/{PROJECT}/issues?state=open&type=issues")
    return [(one["number"], one["body"]) for one in found if one["user"]["login"] == "bot"]
