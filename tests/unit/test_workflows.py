"""The workflows: pinned, and clean to the linters that know GitHub's rules and its traps."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from local.toolchain import golang

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = ROOT / "tests" / "workflows"
"""A go.mod that pins the linter."""
INJECTION = """
name: bad
on: pull_request
permissions: {}
jobs:
  bad:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""


def zizmor(*files: Path) -> subprocess.CompletedProcess[str]:
    """The auditor of workflows' security, without network."""
    command = [Path(sys.executable).with_name("zizmor"), "--offline", "--no-progress", "--persona", "regular", *files]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    """The checker of workflows' syntax, expressions and scripts, built from its pinned modules."""
    go = golang.obtain()
    command = [go.executable, "tool", "-modfile", ACTIONLINT / "go.mod", "actionlint", "-no-color", *files]
    environment = {**os.environ, **go.environment}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=environment, cwd=ACTIONLINT
    )


@pytest.fixture
def injection(tmp_path: Path) -> Path:
    """A workflow that lets a pull request's title run as a command."""
    file = tmp_path / "bad.yml"
    file.write_text(INJECTION)
    return file


def test_zizmor_finds_nothing_in_ours_and_the_injection_in_another(injection):
    """No finding of the security auditor in our workflows; it does find a planted one."""
    ours = zizmor(*WORKFLOWS)
    assert ours.returncode == 0, ours.stdout + ours.stderr
    assert "template-injection" in zizmor(injection).stdout


@pytest.mark.engine
def test_actionlint_finds_nothing_in_ours_and_the_injection_in_another(injection):
    """No finding of the syntax checker in our workflows; it does find a planted one. Needs Go, as the toolchain does."""
    ours = actionlint(*WORKFLOWS)
    assert ours.returncode == 0, ours.stdout + ours.stderr
    assert "potentially untrusted" in actionlint(injection).stdout


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(file):
    """A tag can be moved by whoever owns the action; a commit cannot."""
    used = re.findall(r"uses: (.*)", file.read_text())
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_permissions_are_none_but_those_a_job_names(file):
    """A workflow starts with no permission, and each job says what it needs."""
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())


def test_gitlabs_template_keeps_its_token_from_the_job_that_runs_foreign_code():
    """The previewing job names no token and its script is sound shell; the commenting one checks nothing out."""
    template = yaml.safe_load((ROOT / "docs" / "guides" / "ci" / "preview.gitlab-ci.yml").read_text())
    preview, verdict = template["preview"], template["verdict"]
    assert "TOKEN" not in str(preview) and "environment" not in preview
    assert verdict["variables"]["GIT_STRATEGY"] == "none"
    for line in (*preview["script"], *verdict["script"]):
        done = subprocess.run(["bash", "-n", "-c", line], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("result", [0, 1, 2])
def test_gitlabs_preview_hands_its_findings_on_whatever_its_verdict(tmp_path, result):
    """A refused request has findings too: the job fails with the preview's own status, after they are where the artifact is."""
    template = yaml.safe_load((ROOT / "docs" / "guides" / "ci" / "preview.gitlab-ci.yml").read_text())
    script = next(line for line in template["preview"]["script"] if "preview-stacks" in line)
    after = template["preview"]["script"][-1]
    fake = tmp_path / "base" / "scripts" / "preview-stacks.sh"
    fake.parent.mkdir(parents=True)
    fake.write_text(f'#!/bin/sh\nmkdir -p "$2" && echo "$MTLSEDGE_PROJECT $*" >"$2/findings"\nexit {result}\n')
    fake.chmod(0o755)
    project = tmp_path / "project"
    project.mkdir()
    environment = {"PATH": os.environ["PATH"], "CI_PROJECT_DIR": str(project), "STACKS": "dev prod"}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", f"{script}\n{after}"], cwd=project, env=environment, check=False, timeout=60
    )
    assert done.returncode == result
    assert (project / "previews" / "findings").read_text() == f"{project} ../snapshots ../previews dev prod\n"
