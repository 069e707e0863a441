"""`mtlsedge comment`: puts the comment of a preview on its pull or merge request."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from mtlsedge.errors import CommandError
from mtlsedge.preview.findings import from_json
from mtlsedge.preview.markdown import MARKER
from mtlsedge.preview.markdown import comment as render
from mtlsedge.preview.posting import Host, github, gitlab


def comment(
    file: Annotated[Path, typer.Argument(help="What `preview` wrote: --findings (*.json), or --comment.")],
    *,
    number: Annotated[int, typer.Option("--number", min=1, help="Number of the pull or merge request.")],
) -> None:
    """Edits the stack's comment in place, or writes the first one. Run it apart from the preview: it needs a token.

    Findings are rendered here, so that what a pull request's own job made is data and never markup.

    On GitHub it reads GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL (and MTLSEDGE_COMMENT_AUTHOR for a token
    that is not the workflow's own); on GitLab GITLAB_TOKEN, CI_PROJECT_ID and CI_API_V4_URL.
    """
    body = _body(file)
    marker = body.rstrip().rsplit("\n", 1)[-1]
    if not MARKER.fullmatch(marker):
        raise CommandError(f"{file}: found no marker in its last line; make it with `mtlsedge preview --comment`")
    typer.echo(f"{_host(number).put(body, marker)}  {marker}")


def _body(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
        return render(from_json(json.loads(text))) if file.suffix == ".json" else text
    except (OSError, ValueError):
        raise CommandError(f"cannot read {file}") from None


def _host(number: int) -> Host:
    environment = os.environ
    if environment.get("GITHUB_TOKEN") and environment.get("GITHUB_REPOSITORY"):
        author = environment.get("MTLSEDGE_COMMENT_AUTHOR") or "github-actions[bot]"
        api = environment.get("GITHUB_API_URL") or "https://api.github.com"
        return github(api, environment["GITHUB_REPOSITORY"], number, environment["GITHUB_TOKEN"], author)
    if environment.get("GITLAB_TOKEN") and environment.get("CI_PROJECT_ID"):
        api = environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
        author = environment.get("MTLSEDGE_COMMENT_AUTHOR") or ""
        return gitlab(api, environment["CI_PROJECT_ID"], number, environment["GITLAB_TOKEN"], author)
    raise CommandError("set GITHUB_TOKEN and GITHUB_REPOSITORY, or GITLAB_TOKEN and CI_PROJECT_ID")
