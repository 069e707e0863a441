"""The forge's API fails, a token is no longer taken, a runner is killed: nothing is lost, nothing is there twice, and it is said."""

import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from forge import processes, runner
from forge.api import with_password
from forge.people import BOT, STARTER, Person, read, scopes
from forge.runner import CHECKS, DEPLOYMENTS, Runner
from forge.seeding import PROJECT, TRUSTED
from mtlsedge.command import run
from tests.engine.recovering import recover
from tests.engine.sandbox import STACK
from tests.forge.between import Fault, between
from tests.forge.requests import Forge, Request, awaited

CLIENTS = "mtlsedge:clients"


def clients(*names: str) -> dict[str, Mapping[str, object]]:
    """The setting with these clients beside those of the beginning."""
    return {CLIENTS: {"alice": {}, "bob": {}, **{name: {} for name in names}}}


def test_a_busy_or_broken_api(forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to wait, or failed with nothing done, a call is made again. A new comment whose answer was lost is not written twice,
    neither then nor by the next run, which edits it. A token that is not taken is named as the cause.
    """
    request = forge.propose(tmp_path, "faults", clients("max"))
    assert request.verdict() == "success"
    findings = tmp_path / "findings.json"
    monkeypatch.setenv("GITHUB_REPOSITORY", PROJECT)
    monkeypatch.setenv("GITHUB_TOKEN", read(forge.places.people)[BOT].token)
    monkeypatch.setenv("MTLSEDGE_COMMENT_AUTHOR", BOT)
    with between(forge.places.url) as proxy:
        monkeypatch.setenv("GITHUB_API_URL", f"{proxy.url}/api/v1")
        proxy.faults = [Fault("GET", 429), Fault("GET", 502), Fault("POST", 429), Fault("POST", 502, is_done=True)]
        assert _comment(findings, request, "a" * 40) == 2
        assert proxy.asked.count("POST") == 2 and proxy.faults == []
        assert len(_of_the_bot(forge, request)) == 1
        proxy.faults = [Fault("PATCH", 503), Fault("PATCH", 500, is_done=True)]
        assert _comment(findings, request, "b" * 40) == 1
        assert proxy.faults == []
        (edited,) = _of_the_bot(forge, request)
        assert "b" * 40 in edited and "a" * 40 not in edited
        monkeypatch.setenv("GITHUB_TOKEN", "0" * 40)
        assert _comment(findings, request, "c" * 40) == 2


def _comment(findings: Path, request: Request, commit: str) -> int:
    """The verdict job's command, about a preview that left nothing."""
    findings.write_text("")
    return run(["comment", str(findings), "--number", str(request.number), "--stacks", STACK, "--commit", commit])


def _of_the_bot(forge: Forge, request: Request) -> list[str]:
    found = forge.operator.get(f"/repos/{PROJECT}/issues/{request.number}/comments")
    return [one["body"] for one in found if one["user"]["login"] == BOT]


def test_an_expired_token_is_red_and_loses_nothing(forge: Forge, tmp_path: Path) -> None:
    """The token that starts deployments is no longer taken: what was merged is red and not deployed. With a new one the
    same run, started again, deploys it.
    """
    starter = read(forge.places.people)[STARTER]
    tokens = with_password(forge.places.url, starter.name, starter.password)
    (present,) = tokens.get(f"/users/{STARTER}/tokens")
    tokens.delete(f"/users/{STARTER}/tokens/{present['id']}")
    request = forge.propose(tmp_path, "expired", clients("ned"))
    assert request.verdict() == "success"
    request.approve()
    started = len(forge.runs(PROJECT, "deploy.yml"))
    assert request.merge() == 200
    red = forge.await_run(PROJECT, "deploy.yml", started + 1)
    assert red["conclusion"] == "failure" and "401" in forge.logs(PROJECT, red["id"])
    assert "ned" not in forge.stack.outputs()["clients"]

    anew = Person(
        starter.name, starter.password, tokens.post(f"/users/{STARTER}/tokens", name="anew", scopes=scopes())["sha1"]
    )
    forge.operator.put(f"/repos/{PROJECT}/actions/secrets/START_TOKEN", data=anew.token)
    assert forge.dispatch("deploy.yml")["conclusion"] == "success"
    assert "ned" in forge.stack.outputs()["clients"]


def test_a_runner_killed_in_the_middle_of_a_preview(forge: Forge, tmp_path: Path) -> None:
    """The request is red, its comment says that there is no verdict, and the next push is judged by the runner that came back."""
    request = forge.propose(tmp_path, "cut-off", clients("ned", "oda"))
    awaited(lambda: _works(forge, CHECKS, "mtlsedge"), "the preview")
    _kill(forge, CHECKS)
    assert runner.start(forge.places, CHECKS)
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    assert "no verdict" in comment["body"].lower()
    assert request.merge() == 405
    request.push(clients("ned", "pam"))
    assert request.verdict() == "success"
    (comment,) = request.comments()
    assert "`pam`" in comment["body"]


def test_a_runner_killed_in_the_middle_of_a_deployment(forge: Forge, tmp_path: Path) -> None:
    """The run is red. The next one changes nothing and names the lock and how to get past it; after the runbook it deploys
    what was merged, and the cloud has nothing that the state lacks.
    """
    request = forge.propose(tmp_path, "half-deployed", clients("ned", "quin", "rosa", "sam"))
    assert request.verdict() == "success"
    request.approve()
    before = len(forge.runs(TRUSTED, "deploy.yml"))
    assert request.merge() == 200
    awaited(lambda: _locks(forge), "the engine's lock")
    _kill(forge, DEPLOYMENTS)
    assert _locks(forge), "the deployment had not ended"
    assert runner.start(forge.places, DEPLOYMENTS)
    assert forge.await_run(TRUSTED, "deploy.yml", before + 1)["conclusion"] == "failure"

    again = forge.dispatch("deploy.yml")
    assert again["conclusion"] == "failure"
    assert "pulumi cancel" in forge.logs(TRUSTED, again["id"])

    forge.stack.pulumi("cancel", "--yes", "--stack", STACK)
    recover(forge.stack)
    assert forge.dispatch("deploy.yml")["conclusion"] == "success"
    assert {"quin", "rosa", "sam"} <= set(forge.stack.outputs()["clients"])
    assert forge.stack.orphans() == []


def _locks(forge: Forge) -> list[Path]:
    return list((forge.stack.local / "state" / ".pulumi" / "locks").rglob("*.json"))


def _works(forge: Forge, one: Runner, word: str) -> list[int]:
    """Processes of this runner's jobs whose command line has the word."""
    folder = str(forge.places.runner(one.name) / "work")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode(errors="replace")
            if str((process / "cwd").readlink()).startswith(folder) and word in line:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def _kill(forge: Forge, one: Runner) -> None:
    """As when its machine loses power: the runner and every process of its jobs."""
    leader = processes.running(forge.places.pid_file(f"runner-{one.name}"))
    assert leader
    for process in {leader, *processes.members(leader), *_works(forge, one, "")}:
        with contextlib.suppress(ProcessLookupError):  # some end with the first
            os.kill(process, signal.SIGKILL)
    awaited(lambda: not _works(forge, one, "") and not processes.members(leader), "the end of the runner")
