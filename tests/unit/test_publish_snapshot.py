"""The trusted job's last step: one file a stack on a branch of its own, without force, without the code's history."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "publish-snapshot.sh"
STUB = f"""#!{sys.executable}
import os, pathlib, subprocess, sys
assert sys.argv[1:5] == ["-m", "mtlsedge", "snapshot", "publish"]
pathlib.Path(sys.argv[sys.argv.index("--to") + 1]).write_text(os.environ["SNAPSHOT"])
"""
"""Stands in for the command that makes a snapshot, which needs a deployed stack."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout of a repository with one commit of code."""
    for command in (
        ("git", "init", "--quiet", "--bare", "--initial-branch=main", "remote.git"),
        ("git", "clone", "--quiet", "remote.git", "clone"),
        ("git", "-C", "clone", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "code"),
        ("git", "-C", "clone", "push", "--quiet", "origin", "HEAD:main"),
    ):  # fmt: skip
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    stub = tmp_path / "bin" / "python"
    stub.parent.mkdir()
    stub.write_text(STUB)
    stub.chmod(0o755)
    return tmp_path / "clone"


def publish(clone: Path, stack: str, snapshot: str) -> subprocess.CompletedProcess[str]:
    """The script, with a snapshot of this text."""
    environment = {**os.environ, "PATH": f"{clone.parent / 'bin'}:{os.environ['PATH']}", "SNAPSHOT": snapshot}
    return subprocess.run(
        [SCRIPT, stack], cwd=clone, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def git(clone: Path, *arguments: str) -> str:
    """What git says about the remote repository."""
    command = ["git", "-C", str(clone.parent / "remote.git"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_each_stack_is_a_file_of_a_branch_without_the_code(clone):
    """Two stacks and a second publication: both files, the newer text, three commits, none of them the code's."""
    for stack, snapshot in (("dev", "one"), ("prod", "two"), ("dev", "three")):
        done = publish(clone, stack, snapshot)
        assert done.returncode == 0 and "published" in done.stdout, done.stderr
    assert git(clone, "ls-tree", "--name-only", "mtlsedge-snapshots").split() == ["dev.json", "prod.json"]
    assert git(clone, "show", "mtlsedge-snapshots:dev.json") == "three"
    assert len(git(clone, "log", "--format=%s", "mtlsedge-snapshots").splitlines()) == 3
    assert git(clone, "log", "--format=%s", "main").split() == ["code"]


def test_the_checkout_stays_as_it_is(clone):
    """Neither index nor branch nor files of the job's checkout are touched."""
    publish(clone, "dev", "one")
    status = subprocess.run(
        ["git", "status", "--porcelain", "--branch"], cwd=clone, capture_output=True, text=True, check=True, timeout=60
    )
    assert status.stdout.splitlines() == ["## main...origin/main"]


@pytest.mark.slow
def test_a_push_that_is_refused_is_told_and_never_forced(clone):
    """A remote that takes no push: an error of one line, and no branch."""
    hook = clone.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = publish(clone, "dev", "one")
    assert done.returncode == 1 and "takes no push" in done.stderr
    assert git(clone, "branch", "--list", "mtlsedge-snapshots") == ""


@pytest.mark.slow
def test_a_push_that_lost_a_race_is_tried_again(clone):
    """Refused once, as when another stack's job was faster: published in the end."""
    hook = clone.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\n[ -e refused ] || { touch refused; exit 1; }\n")
    hook.chmod(0o755)
    assert publish(clone, "dev", "one").returncode == 0
    assert git(clone, "show", "mtlsedge-snapshots:dev.json") == "one"


def test_a_name_that_is_no_stacks_is_refused(clone):
    """Nothing is published under a path."""
    assert publish(clone, "../dev", "one").returncode == 2
