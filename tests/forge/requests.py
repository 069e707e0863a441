"""What people do on the forge, through its API and git, as each of them: propose, push, approve, merge, look."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from forge import requests
from forge.api import Api, Refused, with_token
from forge.people import AUTHOR, REVIEWER, read
from forge.places import Places
from forge.project import git
from forge.seeding import PROJECT, REPOSITORY, TRUSTED
from tests.engine.sandbox import STACK, Sandbox

GUARD_SECONDS = 900
"""For a thing that must come; no test asserts how soon it does."""
POLL_SECONDS = 0.5
SNAPSHOTS = "mtlsedge-snapshots"


def awaited(look: Callable[[], Any], what: str, explain: Callable[[], str] = str) -> Any:
    """The first true answer of `look`."""
    deadline = time.monotonic() + GUARD_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come in {GUARD_SECONDS} s\n{explain()}")
        time.sleep(POLL_SECONDS)
    return found


@dataclass
class Forge:
    """The running forge and the stack behind it."""

    places: Places
    stack: Sandbox

    def as_(self, name: str) -> Api:
        """The API with one person's rights."""
        return with_token(self.places.url, read(self.places.people)[name].token)

    @property
    def operator(self) -> Api:
        """The API with every right."""
        return self.as_("operator")

    def runs(self, repository: str, workflow: str) -> list[dict[str, Any]]:
        """The runs of a workflow, oldest first."""
        found = self.operator.get(f"/repos/{repository}/actions/runs?limit=100")["workflow_runs"]
        return sorted((one for one in found if one["path"].startswith(workflow)), key=lambda one: one["id"])

    def await_run(self, repository: str, workflow: str, number: int) -> dict[str, Any]:
        """The so-manyth run of a workflow, finished; its logs when it failed are in `logs`."""

        def look() -> dict[str, Any] | None:
            runs = self.runs(repository, workflow)
            return runs[number - 1] if len(runs) >= number and runs[number - 1]["status"] == "completed" else None

        found: dict[str, Any] = awaited(look, f"run {number} of {workflow}", lambda: self.everything(repository))
        return found

    def await_deployments(self, number: int) -> None:
        """So many deployments, the last of them good."""
        last = self.await_run(TRUSTED, "deploy.yml", number)
        assert last["conclusion"] == "success", self.logs(TRUSTED, last["id"])

    def dispatch(self, workflow: str) -> dict[str, Any]:
        """Start a workflow of the deployments' repository and wait for its end."""
        before = len(self.runs(TRUSTED, workflow))
        self.operator.post(f"/repos/{TRUSTED}/actions/workflows/{workflow}/dispatches", ref="main")
        return self.await_run(TRUSTED, workflow, before + 1)

    def logs(self, repository: str, run: int) -> str:
        """What the jobs of a run printed."""
        jobs = self.operator.get(f"/repos/{repository}/actions/runs/{run}/jobs")["jobs"]
        return "\n".join(
            f"== {one['name']} {one['status']} {one.get('conclusion')}\n{self._log(repository, one['id'])}"
            for one in jobs
        )

    def _log(self, repository: str, job: int) -> str:
        try:
            return str(self.operator.get(f"/repos/{repository}/actions/jobs/{job}/logs"))
        except Refused as problem:
            return f"no log: {problem.status}"

    def everything(self, repository: str) -> str:
        """The state of every run, for the message of a test that waits in vain."""
        found = self.operator.get(f"/repos/{repository}/actions/runs?limit=100")["workflow_runs"]
        shown = "\n".join(
            f"{one['id']} {one['path']} {one['event']} {one['status']} {one.get('conclusion')}" for one in found
        )
        return f"{shown}\n{self.logs(repository, found[0]['id']) if found else ''}"

    def snapshot(self) -> str:
        """The commit of the published snapshots."""
        return str(self.operator.get(f"/repos/{PROJECT}/branches/{SNAPSHOTS}")["commit"]["id"])

    def propose(self, folder: Path, branch: str, changes: Mapping[str, Any], by: str = AUTHOR) -> "Request":
        """A request from a person's fork that changes settings of the stack."""
        request = self.begin(folder / branch, branch, by)
        request.push(changes)
        request.open()
        return request

    def begin(self, checkout: Path, branch: str, by: str) -> "Request":
        """A checkout of `main` in which somebody prepares a request. With its history: a fork lacks what was merged since."""
        checkout.mkdir()
        request = Request(self, checkout, branch, by)
        request.git("init", "--quiet", "--initial-branch", "work")
        request.git("fetch", "--quiet", f"{self.places.url}/{PROJECT}.git", "main")
        request.git("reset", "--quiet", "--hard", "FETCH_HEAD")
        return request


@dataclass
class Request:
    """A request, and its author's checkout."""

    forge: Forge
    folder: Path
    branch: str
    by: str
    number: int = 0
    head: str = field(default="")

    def git(self, *arguments: str) -> str:
        """Git in the checkout, as the author."""
        return git(self.folder, *arguments, authorization=self.forge.as_(self.by).authorization)

    def push(self, changes: Mapping[str, Any], message: str = "x") -> None:
        """Change settings of the stack (None removes one), commit, push to the fork."""
        file = self.folder / f"Pulumi.{STACK}.yaml"
        document = yaml.safe_load(file.read_text())
        for key, value in changes.items():
            if value is None:
                document["config"].pop(key, None)
            else:
                document["config"][key] = value
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        self.push_files(message=message)

    def push_files(self, *options: str, message: str = "x") -> None:
        """Commit what the checkout has and push it to the fork."""
        self.git("add", "--all")
        self.git(
            "-c", f"user.name={self.by}", "-c", f"user.email={self.by}@forge.test", "commit", "--quiet", "-m", message
        )
        fork = f"{self.forge.places.url}/{self.by}/{REPOSITORY}-{self.by}.git"
        self.git("push", "--quiet", *options, fork, f"HEAD:refs/heads/{self.branch}")
        self.head = self.git("rev-parse", "HEAD").strip()

    def setting(self, key: str) -> Any:
        """A setting of the stack as the request has it."""
        return yaml.safe_load((self.folder / f"Pulumi.{STACK}.yaml").read_text())["config"].get(key)

    def open(self, title: str = "") -> None:
        """Open the request."""
        api = self.forge.as_(self.by)
        title, head = title or f"Change {self.branch}", f"{self.by}:{self.branch}"
        self.number = api.post(f"/repos/{PROJECT}/pulls", head=head, base="main", title=title)["number"]

    def verdict(self) -> str:
        """`success` or `failure`, once the job for the present head has ended."""
        return str(
            awaited(
                lambda: requests.verdict(self.forge.operator, self.head),
                f"the verdict on {self.head}",
                lambda: self.forge.everything(PROJECT),
            )
        )

    def comments(self) -> list[dict[str, Any]]:
        """The comments that the jobs wrote."""
        return requests.comments(self.forge.operator, self.number)

    def approve(self) -> None:
        """The reviewer approves the present head."""
        requests.approve(self.forge.as_(REVIEWER), self.number, self.head)

    def merge(self) -> int:
        """The reviewer presses the button: the forge's status, 200 when it merged."""
        refused = requests.merge(self.forge.as_(REVIEWER), self.number)
        return refused.status if refused else 200
