"""The workflows' own steps, run in order with the environment they are given; only GitHub's side is stood in for."""

import os
import re
import shutil
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
    "vars.STACKS || 'dev'": STACK,
    "vars.FIRST_STACKS": "",
    "github.token": TOKEN,
    "github.event.pull_request.number": "7",
    "github.event.pull_request.head.sha": HEAD,
}
"""What GitHub would put in place of each expression; one that is not here fails the test."""
CHANGES_THE_MACHINE = "A place for the program"
"""A step that is not run here: it installs bubblewrap, which tests find installed, and changes the kernel's settings."""


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    """The steps of a job that run something."""
    document = yaml.safe_load((WORKFLOWS / workflow).read_text())
    return [step for step in document["jobs"][job]["steps"] if "run" in step and step["name"] != CHANGES_THE_MACHINE]


def filled(text: str, given: Mapping[str, str]) -> str:
    """A text of the workflow with its expressions answered."""
    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: ({**ANSWERS, **given})[found[1]], text)


def run(
    step: Mapping[str, Any], place: Path, environment: Mapping[str, str], given: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A step as a runner does it: `bash -e`, with the step's own variables."""
    assert "${{" not in step["run"], "an expression in a script is an injection"
    own = {key: filled(str(value), given or {}) for key, value in (step.get("env") or {}).items()}
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
        shutil.copy(CHECKOUT / name, tmp_path / "base" / name, follow_symlinks=False)
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


def test_the_workflow_puts_one_comment_on_the_pull_request_and_ends_with_the_verdict(
    edge: Sandbox, runner: Path, host: CommentHost
) -> None:
    """Preview, findings, comment, verdict; a second run edits the comment, and one without findings says so instead."""
    output = runner / "output"
    environment = engine_environment(edge) | {"GITHUB_STEP_SUMMARY": str(runner / "summary.md"), "HOME": str(runner)}
    environment["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    done = previewed(runner, environment | {"GITHUB_OUTPUT": str(output)})
    assert done.returncode == 0, done.stderr
    assert "Client verification off" in (runner / "summary.md").read_text()

    environment |= {"GITHUB_REPOSITORY": "acme/edge", "GITHUB_API_URL": host.address}
    handed = output.read_text().strip().partition("=")[2]
    for expected in ("created", "unchanged"):
        told = judged(runner, environment, handed, "success")
        assert told.returncode == 0 and expected in told.stdout, told.stderr
    (comment,) = host.comments
    assert "Client verification off" in comment["body"] and f"commit `{HEAD}`" in comment["body"]

    assert judged(runner, environment, "", "failure").returncode == 1
    (comment,) = host.comments
    assert "no verdict" in comment["body"] and "Client verification off" not in comment["body"]


def previewed(runner: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The first job's steps: set-up, which nothing of the request is part of, and the preview."""
    set_up, preview = steps("preview.yml", "preview")
    done = run(set_up, runner, environment)
    assert done.returncode == 0, done.stderr
    return run(preview, runner, environment)


def judged(
    runner: Path, environment: Mapping[str, str], findings: str, result: str
) -> subprocess.CompletedProcess[str]:
    """The second job's step, with what the first handed over."""
    (step,) = steps("preview.yml", "verdict")
    given = {"needs.preview.outputs.findings": findings, "needs.preview.result": result}
    return run(step, runner, environment, given)


HOSTILE = """
import subprocess
from pathlib import Path

GREEN = '{{"project": "mtlsedge", "stack": "{stack}", "failure": "", "passes": true}}'
for place in ({base!r}, {out!r}, {cache!r}):
    for file in ("scripts/preview.sh", "scripts/verdict.sh", "mtlsedge/preview/weakenings.py", "{stack}.json", "findings"):
        try:
            Path(place, file).parent.mkdir(parents=True, exist_ok=True)
            Path(place, file).write_text("exit 0" if file.endswith(".sh") else GREEN)
        except OSError:
            pass
print(GREEN)
watch = "while :; do echo '" + GREEN + "' > {out}/{stack}.json; sleep 0.1; done"
subprocess.Popen(["setsid", "sh", "-c", watch], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""
"""Put before the request's program: it rewrites judge, findings and cache, prints findings, and leaves a process that goes on."""


def test_a_hostile_program_gets_the_verdict_it_deserves(edge: Sandbox, runner: Path, host: CommentHost) -> None:
    """It weakens the listener and attacks its judge: nothing outside its place is changed, nothing of it goes on, and the
    verdict is red.
    """
    environment = engine_environment(edge) | {"HOME": str(runner), "GITHUB_OUTPUT": str(runner / "output")}
    environment["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    out, program = runner / "previews", runner / "head" / "__main__.py"
    attack = HOSTILE.format(base=str(runner / "base"), out=str(out), cache=sys.prefix, stack=STACK)
    program.write_text(attack + program.read_text())
    file = runner / "head" / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load(file.read_text())
    document["config"]["mtlsedge:listener"] = edge.read_config()["config"]["mtlsedge:listener"] | {
        "tlsPolicy": "tls_cipher_policy_1_2"
    }
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    before = written(runner / "base")
    done = previewed(runner, environment)
    assert done.returncode == 1, done.stderr
    assert {name: text for name, text in written(runner / "base").items() if before.get(name) != text} == {}
    assert sorted(path.name for path in out.iterdir()) == ["findings", f"{STACK}.json", f"{STACK}.md"]
    assert not (Path(sys.prefix) / "scripts").exists()
    processes = [entry / "cmdline" for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    assert not [one for one in processes if f"> {out}/{STACK}.json" in text_of(one)]

    environment |= {"GITHUB_REPOSITORY": "acme/edge", "GITHUB_API_URL": host.address}
    handed = (runner / "output").read_text().strip().partition("=")[2]
    assert judged(runner, environment, handed, "failure").returncode == 1
    (comment,) = host.comments
    assert "Weaker TLS policy" in comment["body"] and "Refused" in comment["body"]


def written(folder: Path) -> dict[str, str]:
    """Path below the folder -> text of each file, without what Python and the toolchain keep for themselves."""
    kept = (".venv", ".local", "__pycache__")
    files = (path for path in folder.rglob("*") if path.is_file() and not set(path.parts) & set(kept))
    return {str(path.relative_to(folder)): path.read_text(errors="replace") for path in files}


def text_of(path: Path) -> str:
    """A file's text; none of a process that has ended meanwhile."""
    try:
        return path.read_text()
    except OSError:
        return ""


def test_the_demonstration_shows_a_comment_and_an_environment_without_secrets(edge: Sandbox) -> None:
    """`make demo-pr`: base, change, the preview's whole environment, and the comment, complete and of both entry points."""
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
