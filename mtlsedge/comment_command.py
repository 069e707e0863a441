"""`mtlsedge comment`: puts the comment of a preview on its pull or merge request."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from mtlsedge.errors import CommandError
from mtlsedge.preview.findings import from_json
from mtlsedge.preview.markdown import MARKER
from mtlsedge.preview.markdown import comment as render
from mtlsedge.preview.posting import Host, github, gitlab


def comment(
    file: Annotated[
        Path,
        typer.Argument(
            help="What `preview` wrote: --findings (*.json; several one after the other are a stack each), or --comment."
        ),
    ],
    *,
    number: Annotated[int, typer.Option("--number", min=1, help="Number of the pull or merge request.")],
) -> None:
    """Edits the stack's comment in place, or writes the first one. Run it apart from the preview: it needs a token.

    Findings are rendered here, so that what a pull request's own job made is data and never markup.

    On GitHub and Gitea it reads GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL (and MTLSEDGE_COMMENT_AUTHOR for a
    token that is not GitHub's workflow's own); on GitLab GITLAB_TOKEN, CI_PROJECT_ID and CI_API_V4_URL.
    """
    bodies = {body.rstrip().rsplit("\n", 1)[-1]: body for body in _bodies(file)}
    if not all(map(MARKER.fullmatch, bodies)):
        raise CommandError(f"{file}: found no marker in its last line; make it with `mtlsedge preview --comment`")
    host = _host(number)
    for marker, body in bodies.items():
        typer.echo(f"{host.put(body, marker)}  {marker}")


def _bodies(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
        return [render(from_json(one)) for one in _documents(text)] if file.suffix == ".json" else [text]
    except (OSError, ValueError):
        raise CommandError(f"cannot read {file}") from None


def _documents(text: str) -> Iterator[Any]:
    """The findings of one stack, or of several one after the other. Raises ValueError for anything else."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while True:
        document, end = decoder.raw_decode(rest)
        yield document
        rest = rest[end:].lstrip()
        if not rest:
            return


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
