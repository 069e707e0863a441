"""`mtlsedge issue`: keeps one issue a stack about what a job found that nobody watches."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from mtlsedge.drift.issue import Issue
from mtlsedge.drift.issue import issues as render
from mtlsedge.errors import CommandError
from mtlsedge.issues import Tracker, github, gitlab
from mtlsedge.options import AsJson
from mtlsedge.report import told


def issue(
    file: Annotated[Path, typer.Argument(help="What `drift --json` or `deploy --report` wrote.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Opens the stack's issue, edits it in place, or closes it when nothing is found any more.

    Of renewals there are two: what stopped them, and one a run for those who have to fetch a certificate.

    On GitHub and Gitea it reads GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL (and MTLSEDGE_COMMENT_AUTHOR for a
    token that is not GitHub's workflow's own); on GitLab GITLAB_TOKEN, CI_PROJECT_ID and CI_API_V4_URL.

    Example: `python -m mtlsedge issue drift.json`.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CommandError(f"cannot read {file}; make it with `mtlsedge drift --json`") from None
    tracker = _tracker()
    done = {one.marker: _put(tracker, one) for one in render(document)}
    rows = [{"marker": marker, "done": word} for marker, word in done.items()]
    told(rows, *(f"{word}  {marker}" for marker, word in done.items()), as_json=as_json)


def _put(tracker: Tracker, one: Issue) -> str:
    return tracker.put(one.title, one.body, one.marker) if one.body else tracker.close(one.marker)


def _tracker() -> Tracker:
    environment = os.environ
    if environment.get("GITHUB_TOKEN") and environment.get("GITHUB_REPOSITORY"):
        author = environment.get("MTLSEDGE_COMMENT_AUTHOR") or "github-actions[bot]"
        api = environment.get("GITHUB_API_URL") or "https://api.github.com"
        return github(api, environment["GITHUB_REPOSITORY"], environment["GITHUB_TOKEN"], author)
    if environment.get("GITLAB_TOKEN") and environment.get("CI_PROJECT_ID"):
        api = environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
        author = environment.get("MTLSEDGE_COMMENT_AUTHOR") or ""
        return gitlab(api, environment["CI_PROJECT_ID"], environment["GITLAB_TOKEN"], author)
    raise CommandError("set GITHUB_TOKEN and GITHUB_REPOSITORY, or GITLAB_TOKEN and CI_PROJECT_ID")
