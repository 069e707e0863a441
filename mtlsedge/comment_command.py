"""`mtlsedge comment`: puts the comment of a preview on its pull or merge request."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson
from mtlsedge.preview.findings import Findings, from_json
from mtlsedge.preview.markdown import MARKER
from mtlsedge.preview.markdown import comment as render
from mtlsedge.preview.posting import Host, github, gitlab
from mtlsedge.preview.request import MARKER as REQUEST
from mtlsedge.preview.request import passes, request_comment
from mtlsedge.report import told


def comment(
    file: Annotated[
        Path,
        typer.Argument(
            help="What `preview` wrote: --findings (*.json; several one after the other are a stack each), or --comment."
        ),
    ],
    *,
    number: Annotated[int, typer.Option("--number", min=1, help="Number of the pull or merge request.")],
    stacks: Annotated[
        str, typer.Option("--stacks", help="All stacks of the request: one comment, and one verdict.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Edits the stack's comment in place, or writes the first one. Run it apart from the preview: it needs a token.

    Findings are rendered here, so that what a pull request's own job made is data and never markup. With --stacks
    they get one comment together. Exit status 1 when, with --stacks, one of them does not pass or has no findings.

    On GitHub and Gitea it reads GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL (and MTLSEDGE_COMMENT_AUTHOR for a
    token that is not GitHub's workflow's own); on GitLab GITLAB_TOKEN, CI_PROJECT_ID and CI_API_V4_URL.

    Example: `python -m mtlsedge comment findings.json --number 17`.
    """
    expected = stacks.split()
    found = _findings(file) if file.suffix == ".json" else None
    if expected and found is not None:
        missing = sorted(set(expected) - {one.stack for one in found})
        bodies = {REQUEST: request_comment([one for one in found if one.stack in expected], missing)}
    else:
        several = [_text(file)] if found is None else [render(one) for one in found]
        bodies = {body.rstrip().rsplit("\n", 1)[-1]: body for body in several}
    if not all(map(MARKER.fullmatch, bodies)):
        raise CommandError(f"{file}: found no marker in its last line; make it with `mtlsedge preview --comment`")
    host = _host(number)
    done = {marker: host.put(body, marker) for marker, body in bodies.items()}
    document = [{"marker": marker, "done": word} for marker, word in done.items()]
    told(document, *(f"{word}  {marker}" for marker, word in done.items()), as_json=as_json)
    if expected and found is not None and not passes([one for one in found if one.stack in expected], missing):
        raise typer.Exit(1)


def _findings(file: Path) -> list[Findings]:
    try:
        return [from_json(one) for one in _documents(_text(file))]
    except ValueError:
        raise CommandError(f"cannot read {file}") from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
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
