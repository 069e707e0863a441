"""What a request's program can reach on the machine that runs it, where root started the forge; else, what is said of it."""

import os
import subprocess
from pathlib import Path

from forge.accounts import confined, losses, may_hide, runner_account
from forge.parts import obtain
from forge.seeding import PROJECT
from local.toolchain import cache
from mtlsedge.command import run
from tests.forge.requests import Forge

LOOK = """
id -u; ls -A "$1"; ls /proc | grep -c '^[0-9]'
touch "$2/written" 2>/dev/null && echo wrote || echo read-only
cat "$3/people.json" 2>/dev/null && echo read || echo closed
"""


def test_a_job_sees_neither_the_persons_home_nor_other_processes(forge: Forge) -> None:
    """Another account, only what Python and the toolchain need of the home, no process of others, tokens closed."""
    if not may_hide():
        assert losses(), "what is lost must be said"
        return
    account, home = runner_account(), Path.home()
    done = subprocess.run(
        confined(account, "sh", "-c", LOOK, "sh", home, cache.root(), forge.places.root),
        capture_output=True, text=True, check=True, cwd="/", timeout=60,
    )  # fmt: skip
    lines = done.stdout.split()
    assert lines[0] == str(account.uid) != str(os.getuid())
    assert {line for line in lines[1:] if line.startswith(".")} <= {".cache", ".pyenv", ".local"}
    assert lines[-2:] == ["read-only", "closed"] and int(lines[-3]) < 10


def test_nothing_is_built_twice() -> None:
    """A forge that is in the cache is found there: a second look changes nothing."""
    before = sorted((path.name, path.stat().st_mtime_ns) for path in cache.root().glob("gitea-*"))
    obtain()
    assert before == sorted((path.name, path.stat().st_mtime_ns) for path in cache.root().glob("gitea-*"))


def test_protection_is_put_back(forge: Forge, monkeypatch, capsys) -> None:
    """A rule that somebody loosened is named, set again with --apply, and then as wanted; who may write is named throughout."""
    monkeypatch.setenv("GITHUB_TOKEN", forge.operator.authorization.removeprefix("token "))
    monkeypatch.setenv("GITHUB_API_URL", f"{forge.places.url}/api/v1")
    line = ["forge", "protect", "--host", "gitea", "--repository", PROJECT, "--snapshot-writer", "bot"]
    rule = f"/repos/{PROJECT}/branch_protections/main"
    forge.operator.patch(rule, enable_push=True, status_check_contexts=["*"], required_approvals=0)
    told = []
    for arguments in (line, [*line, "--apply"], line):
        assert run(arguments) == 0
        told.append(capsys.readouterr().out)
    assert told[0].startswith("would set  protect main: ") and told[1].startswith("set  protect main: ")
    assert told[2].startswith("everything is set as wanted")
    assert all("team reviewers may write here" in one for one in told)
    assert not forge.operator.get(rule)["enable_push"]
