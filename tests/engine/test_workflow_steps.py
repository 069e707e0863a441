"""The workflows' own steps, run in order with the environment they are given; only GitHub's side is stood in for."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.published import engine_environment
from tests.engine.sandbox import CHECKOUT, STACK, Sandbox
from tests.unit.comment_host import TOKEN, CommentHost

pytestmark = pytest.mark.engine
WORKFLOWS = CHECKOUT / ".github" / "workflows"
HEAD = "0123456789012345678901234567890123456789"
ANSWERS = {
    "matrix.stack": STACK,
    "github.token": TOKEN,
    "github.event.workflow_run.id": "42",
    "github.event.workflow_run.head_repository.owner.login": "acme",
    "github.event.workflow_run.head_branch": "change",
    "github.event.workflow_run.head_sha": HEAD,
}
"""What GitHub would put in place of each expression; one that is not here fails the test."""
GH = f"""#!{sys.executable}
import json, os, pathlib, shutil, sys
if sys.argv[1:3] == ["run", "download"]:
    assert sys.argv[3] == "42" and os.environ["GH_TOKEN"]
    shutil.copytree(os.environ["ARTIFACTS"], "findings")
elif sys.argv[1] == "api":
    print(pathlib.Path(os.environ["PULLS"]).read_text())
"""
"""Stands in for GitHub's command: the artifacts of the run, and the open pull requests."""


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    """The steps of a job that run something."""
    document = yaml.safe_load((WORKFLOWS / workflow).read_text())
    return [step for step in document["jobs"][job]["steps"] if "run" in step]


def filled(text: str) -> str:
    """A text of the workflow with its expressions answered."""
    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: ANSWERS[found[1]], text)


def run(step: Mapping[str, Any], place: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A step as a runner does it: `bash -e`, with the step's own variables."""
    assert "${{" not in step["run"], "an expression in a script is an injection"
    own = {key: filled(str(value)) for key, value in (step.get("env") or {}).items()}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(
        command, cwd=place, env={**environment, **own}, text=True, capture_output=True, timeout=600, check=False
    )


@pytest.fixture
def runner(edge: Sandbox, tmp_path: Path) -> Path:
    """A runner's folder after the checkouts: what judges, what is judged, and the published snapshots."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split("\0")
    for name in filter(None, tracked):
        (tmp_path / "base" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / "base" / name)
    listener = edge.read_config()["config"]["mtlsedge:listener"]
    with edge.changed({"mtlsedge:listener": listener | {"clientVerification": "off-for-migration"}}):
        shutil.copytree(edge.root, tmp_path / "head", symlinks=True, ignore=shutil.ignore_patterns(".local"))
    (tmp_path / "snapshots").mkdir()
    shutil.copy(edge.root / "snapshot.json", tmp_path / "snapshots" / f"{STACK}.json")
    return tmp_path


@pytest.fixture
def host() -> Iterator[CommentHost]:
    """The comments of pull request 7."""
    with CommentHost().serving() as serving:
        yield serving


def test_the_workflows_put_one_comment_on_the_pull_request(edge: Sandbox, runner: Path, host: CommentHost) -> None:
    """Preview, artifact, findings, comment; a second run edits the comment, and a commit that is old writes none."""
    environment = engine_environment(edge) | {"GITHUB_STEP_SUMMARY": str(runner / "summary.md"), "HOME": str(runner)}
    environment["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    (preview,) = steps("preview.yml", "preview")
    done = run(preview, runner, environment)
    assert done.returncode == 0, done.stderr
    assert "Client verification off" in (runner / "summary.md").read_text()

    upload = yaml.safe_load((WORKFLOWS / "preview.yml").read_text())["jobs"]["preview"]["steps"][-1]["with"]
    artifact = runner / "artifacts" / filled(upload["name"])
    artifact.mkdir(parents=True)
    for file in runner.glob(filled(upload["path"])):
        shutil.copy(file, artifact)
    place = _trusted(runner, environment, host)
    for expected in ("created", "unchanged"):
        shutil.rmtree(place / "findings", ignore_errors=True)
        told = [run(step, place, environment) for step in steps("preview-comment.yml", "comment")]
        assert [one.returncode for one in told] == [0, 0], [one.stderr for one in told]
        assert expected in told[-1].stdout
    assert len(host.comments) == 1 and "Client verification off" in host.comments[0]["body"]

    (runner / "pulls.json").write_text(json.dumps([{"number": 7, "head": {"sha": "f" * 40}}]))
    shutil.rmtree(place / "findings")
    late = [run(step, place, environment) for step in steps("preview-comment.yml", "comment")]
    assert "no open pull request" in late[-1].stdout and len(host.comments) == 1


def _trusted(runner: Path, environment: dict[str, str], host: CommentHost) -> Path:
    """The second workflow's runner: the default branch, and GitHub stood in for."""
    gh = runner / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    (runner / "pulls.json").write_text(json.dumps([{"number": 7, "head": {"sha": HEAD}}]))
    environment |= {
        "PATH": f"{gh.parent}:{environment['PATH']}",
        "ARTIFACTS": str(runner / "artifacts"),
        "PULLS": str(runner / "pulls.json"),
        "GITHUB_REPOSITORY": "acme/edge",
        "GITHUB_API_URL": host.address,
    }
    return runner / "base"


def test_the_demonstration_shows_a_comment_and_an_environment_without_secrets(edge: Sandbox) -> None:
    """`make demo-pr`: base, change, the preview's whole environment, and the comment, complete and of both fronts."""
    environment = edge.environment()
    done = edge.run(str(CHECKOUT / "scripts" / "demo-pr.sh"), env=environment)
    assert "### " in done.stdout and "Client verification off" in done.stdout
    assert "not complete" not in done.stdout.lower()
    assert all(front in done.stdout for front in ("ALB · Standard", "ALB · AlbConfig alb"))
    shown = done.stdout.partition("3. The pull request's job")[2].partition("4. The comment")[0]
    names = {line.strip().partition("=")[0] for line in shown.splitlines() if line.startswith("   ")}
    assert {"PATH", "HOME", "PULUMI_HOME"} <= names <= {"PATH", "HOME", "PULUMI_HOME", "LANG", "MTLSEDGE_PROJECT", "XDG_CACHE_HOME", "_"}  # fmt: skip
    secret = environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    assert len(secret) > 8 and secret not in done.stdout
