"""A team with fifty stacks and two runners: previews beside each other, one comment, one verdict."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from forge import runner
from forge.people import AUTHOR, BOT
from forge.project import git
from forge.runner import Runner
from forge.seeding import PROJECT, TRUSTED
from mtlsedge.preview.markdown import GITHUB_LIMIT
from tests.engine.sandbox import STACK
from tests.forge.requests import SNAPSHOTS, Forge, Request

NAMES = [f"team-{number:02}" for number in range(1, 51)]
SECOND = Runner("checks-2", "ubuntu-24.04", trusted=False)
LISTENER, BALANCER, DOMAIN = "mtlsedge:listener", "mtlsedge:loadBalancer", "mtlsedge:domain"
WEAKER, BROKEN, MISSING = "team-31", "team-08", "team-44"
VARIABLES = f"/repos/{PROJECT}/actions/variables"


@pytest.fixture(scope="module")
def team(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    """Fifty stacks on `main`, each but one with a published snapshot, and a second runner of the same label."""
    folder = tmp_path_factory.mktemp("team")
    _merge_stack_files(forge, folder)
    _publish_snapshots(forge, folder / "snapshots", (name for name in NAMES if name != MISSING))
    forge.operator.put(f"{VARIABLES}/STACKS", value=" ".join(NAMES))
    token = forge.operator.post(f"/repos/{PROJECT}/actions/runners/registration-token")["token"]
    runner.register(forge.places, SECOND, token)
    runner.start(forge.places, SECOND)
    try:
        yield forge
    finally:
        runner.stop(forge.places, SECOND)
        forge.operator.put(f"{VARIABLES}/STACKS", value=STACK)


def _merge_stack_files(forge: Forge, folder: Path) -> None:
    request = forge.begin(folder / "files", "fifty", AUTHOR)
    text = (request.folder / f"Pulumi.{STACK}.yaml").read_text()
    for name in NAMES:
        (request.folder / f"Pulumi.{name}.yaml").write_text(text)
    workflow = request.folder / ".gitea" / "workflows" / "preview.yml"
    before = workflow.read_text()
    assert before.count("[1]") == 2, "the two places that the workflow names"
    workflow.write_text(before.replace("[1]", "[1, 2]"))
    request.push_files()
    request.open()
    assert request.verdict() == "success"
    request.approve()
    before = len(forge.runs(TRUSTED, "deploy.yml"))
    assert request.merge() == 200
    forge.await_deployments(before + 1)


def _publish_snapshots(forge: Forge, folder: Path, names: Iterable[str]) -> None:
    """Of stacks that are like the local one, whose snapshot is there."""
    folder.mkdir()
    authorization = forge.as_(BOT).authorization
    remote = f"{forge.places.url}/{PROJECT}.git"
    git(folder, "init", "--quiet")
    git(folder, "fetch", "--quiet", remote, SNAPSHOTS)
    git(folder, "reset", "--quiet", "--hard", "FETCH_HEAD")
    text = (folder / f"{STACK}.json").read_text()
    for name in names:
        (folder / f"{name}.json").write_text(re.sub(rf'(?<=[":.-]){STACK}(?=[":.-])', name, text))
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=bot", "-c", "user.email=bot@forge.test", "commit", "--quiet", "--message", "fifty")
    git(folder, "push", "--quiet", remote, f"HEAD:refs/heads/{SNAPSHOTS}", authorization=authorization)


def test_fifty_stacks_are_one_comment_and_one_verdict(team: Forge, tmp_path: Path) -> None:
    """A request that touches all of them: both runners preview, the one comment has a line a stack, worst first, details of the
    least important are left out for the host's size, and one that is refused, one that fails and one that has no snapshot make
    the verdict red. After a second push that mends it, the same comment is green.
    """
    request = team.begin(tmp_path / "all", "all", AUTHOR)
    kept = {name: (request.folder / f"Pulumi.{name}.yaml").read_text() for name in NAMES}
    for name in NAMES:
        _change(request, name, {BALANCER: request.setting(BALANCER) | {"tags": {"team": name}}})
    _change(request, WEAKER, {LISTENER: request.setting(LISTENER) | {"tlsPolicy": "tls_cipher_policy_1_2"}})
    _change(request, BROKEN, {LISTENER: request.setting(LISTENER) | {"tlsPolicy": "none"}})
    request.push_files()
    request.open()
    assert request.verdict() == "failure"
    (comment,) = request.comments()
    shown = re.findall(r"^- (\S+) `(?:mtlsedge/)?(team-\d\d)`", comment["body"], re.MULTILINE)
    assert sorted(name for _, name in shown) == NAMES
    assert shown[:3] == [("❌", MISSING), ("❌", BROKEN), ("🔴", WEAKER)]
    assert [mark for mark, _ in shown[3:]] == sorted((mark for mark, _ in shown[3:]), key="🟠🟡🟢⚪".index)
    assert len(comment["body"].encode()) <= GITHUB_LIMIT
    folded = re.findall(r"<summary>mtlsedge/(team-\d\d)</summary>", comment["body"])
    assert folded[:2] == [BROKEN, WEAKER] and len(folded) < len(NAMES) - 1
    assert re.search(rf"Details of {len(NAMES) - 1 - len(folded)} stacks did not fit", comment["body"])
    (run,) = (one for one in team.runs(PROJECT, "preview.yml") if one["head_sha"] == request.head)
    jobs = team.operator.get(f"/repos/{PROJECT}/actions/runs/{run['id']}/jobs")["jobs"]
    assert {one["runner_name"] for one in jobs if one["name"].startswith("preview")} == {"checks", SECOND.name}

    for name, text in kept.items():
        (request.folder / f"Pulumi.{name}.yaml").write_text(text)
    _change(request, MISSING, {DOMAIN: request.setting(DOMAIN) | {"ttl": 700}})
    _publish_snapshots(team, tmp_path / "again", NAMES)
    request.push_files()
    assert request.verdict() == "success"
    (edited,) = request.comments()
    assert edited["id"] == comment["id"] and edited["body"].startswith("### 🟢 50 stacks, none refused")


def _change(request: Request, name: str, changes: dict) -> None:
    file = request.folder / f"Pulumi.{name}.yaml"
    document = yaml.safe_load(file.read_text())
    document["config"] |= changes
    file.write_text(yaml.safe_dump(document, sort_keys=False))
