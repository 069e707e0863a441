"""`mtlsedge forge protect`: has a host refuse what has no verdict, and says what would still get around it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import typer

from mtlsedge import code_host
from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson
from mtlsedge.protection import gitea, github, gitlab
from mtlsedge.protection.model import Ask, Plan, Wanted
from mtlsedge.report import say, told

forge_app = typer.Typer(help="The code host that requests are made on.", no_args_is_help=True)


class HostKind(StrEnum):
    """Whose API is spoken."""

    GITEA = "gitea"
    GITHUB = "github"
    GITLAB = "gitlab"


PLANS: dict[HostKind, Callable[[Wanted, Ask], Plan]] = {
    HostKind.GITEA: gitea.plan,
    HostKind.GITHUB: github.plan,
    HostKind.GITLAB: gitlab.plan,
}
STATUSES = {
    HostKind.GITEA: "preview / verdict (pull_request_target)",
    HostKind.GITHUB: "mtlsedge/verdict",
    HostKind.GITLAB: "",
}
"""What the workflows of each host set; GitLab asks for the whole pipeline."""


@dataclass(frozen=True)
class _Host:
    api: str
    headers: dict[str, str] = field(repr=False)

    def ask(self, path: str) -> Any:
        return code_host.found(f"{self.api}{path}", self.headers)


@forge_app.callback()
def _group() -> None:
    """A group, though of one command."""


@forge_app.command("protect")
def protect(  # noqa: PLR0913 - a command's options
    *,
    host: Annotated[HostKind, typer.Option("--host", help="Whose API it is; Forgejo speaks Gitea's.")],
    repository: Annotated[str, typer.Option("--repository", help="owner/name; on GitLab the id or full path.")],
    branch: Annotated[str, typer.Option("--branch", help="The branch that is deployed.")] = "main",
    status: Annotated[
        str, typer.Option("--status", help="The status that a merge needs; by default our workflows'.")
    ] = "",
    approvals: Annotated[int, typer.Option("--approvals", min=1, help="Approvals that a merge needs.")] = 1,
    environment: Annotated[str, typer.Option("--environment", help="The environment with the stack's secrets.")] = "",
    snapshot_writer: Annotated[str, typer.Option("--snapshot-writer", help="Login that publishes snapshots.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this nothing is changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Says what it would set, sets it with --apply, and says what could still let a request around the verdict.

    Needs a token that may administer the repository: GITHUB_TOKEN and GITHUB_API_URL for GitHub and Gitea, GITLAB_TOKEN
    and CI_API_V4_URL for GitLab.

    Example: `python -m mtlsedge forge protect --host gitea --repository acme/edge --branch main`.
    """
    wanted = Wanted(
        repository, branch, status or STATUSES[host], approvals,
        snapshot_writer=snapshot_writer, environment=environment,
    )  # fmt: skip
    at = _host(host)
    plan = PLANS[host](wanted, at.ask)
    for step in plan.steps:
        if not as_json:
            say(f"{'set' if apply else 'would set'}  {step.says}")
        if apply:
            code_host.call(step.method, f"{at.api}{step.path}", at.headers, step.document)
    told(
        {"applied": apply, "steps": [step.says for step in plan.steps], "open": list(plan.gaps)},
        *([] if plan.steps else ["everything is set as wanted"]),
        *(f"open  {gap}" for gap in plan.gaps),
        *(["nothing was changed; with --apply it is"] if plan.steps and not apply else []),
        as_json=as_json,
    )


def _host(kind: HostKind) -> _Host:
    environment = os.environ
    if kind is HostKind.GITLAB:
        api, token = environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4", environment.get("GITLAB_TOKEN")
        headers = {"PRIVATE-TOKEN": token or ""}
    else:
        api, token = environment.get("GITHUB_API_URL") or "https://api.github.com", environment.get("GITHUB_TOKEN")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    if not token:
        raise CommandError(f"set {'GITLAB_TOKEN' if kind is HostKind.GITLAB else 'GITHUB_TOKEN'}")
    code_host.require_web(api)
    return _Host(api.rstrip("/"), {**headers, "User-Agent": "mtlsedge"})
