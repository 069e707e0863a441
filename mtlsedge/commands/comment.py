"""`mtlsedge comment`: puts the comment of a preview on its pull or merge request."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson
from mtlsedge.preview import reading
from mtlsedge.preview.findings import Findings
from mtlsedge.preview.markdown import MARKER
from mtlsedge.preview.markdown import comment as render
from mtlsedge.preview.posting import Host, github, gitlab
from mtlsedge.preview.request import MARKER as REQUEST
from mtlsedge.preview.request import passes, request_comment
from mtlsedge.report import say, told

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PAGE = re.compile(r"https?://[A-Za-z0-9._:/-]{1,200}/[0-9]{1,20}")


def comment(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="What `preview` wrote: --findings (*.json; several one after the other are a stack each), or --comment."
        ),
    ],
    *,
    number: Annotated[int, typer.Option("--number", min=1, help="Number of the pull or merge request.")],
    stacks: Annotated[
        str, typer.Option("--stacks", help="All stacks of the request: one comment, and one verdict.")
    ] = "",
    commit: Annotated[str, typer.Option("--commit", help="The commit that was judged; the comment names it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Edits the stack's comment in place, or writes the first one. Run it apart from the preview: it needs a token.

    Findings are rendered here, so that what a pull request's own job made is data and never markup. With --stacks
    they get one comment together; a stack without findings, or a file that is none, is "no verdict" there, in place of
    an older comment. Of several files, each of a job that previewed every so-manyth stack, only these stacks count: the
    first file has the first of --stacks. Exit status 1 when, with --stacks, one of them does not pass or has no findings.

    On GitHub and Gitea it reads GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL (and MTLSEDGE_COMMENT_AUTHOR for a
    token that is not GitHub's workflow's own); on GitLab GITLAB_TOKEN, CI_PROJECT_ID and CI_API_V4_URL.

    Examples: `python -m mtlsedge comment findings.json --number 17`,
    `python -m mtlsedge comment findings.json --number 17 --stacks "dev prod" --commit "$(git rev-parse HEAD)"`.
    """
    if commit and not COMMIT.fullmatch(commit):
        raise CommandError("--commit: found no commit; allowed are 40 or 64 digits and letters a to f")
    passed = True
    if stacks:
        bodies, passed = _whole_request(files, stacks.split(), commit)
    else:
        bodies = {body.rstrip().rsplit("\n", 1)[-1]: body for file in files for body in _each(file)}
    if not all(map(MARKER.fullmatch, bodies)):
        raise CommandError(
            f"{', '.join(map(str, files))}: found no marker in its last line; make it with `mtlsedge preview --comment`"
        )
    host = _host(number)
    done = {marker: host.put(body, marker) for marker, body in bodies.items()}
    document = [{"marker": marker, "done": word} for marker, word in done.items()]
    told(document, *(f"{word}  {marker}" for marker, word in done.items()), as_json=as_json)
    if not passed:
        raise typer.Exit(1)


def _whole_request(files: Sequence[Path], expected: Sequence[str], commit: str) -> tuple[dict[str, str], bool]:
    """The one comment on a request, whatever the files are, and whether the request passes."""
    found = {
        one.stack: one
        for number, file in enumerate(files)
        for one in _several(file)
        if one.stack in expected[number :: len(files)]
    }
    missing = sorted(set(expected) - set(found))
    several = list(found.values())
    return {REQUEST: request_comment(several, missing, commit=commit, run=run_page())}, passes(several, missing)


def _several(file: Path) -> list[Findings]:
    """The findings in a file; none of one that holds anything else, which is said."""
    try:
        return reading.several(_text(file))
    except CommandError as problem:
        say(str(problem), err=True)
        return []


def run_page() -> str:
    """The address of this run's page, from what the host tells a job; empty where it tells none that can stand in a comment."""
    told = os.environ
    page = told.get("CI_PIPELINE_URL") or (
        f"{told.get('GITHUB_SERVER_URL')}/{told.get('GITHUB_REPOSITORY')}/actions/runs/{told.get('GITHUB_RUN_ID')}"
    )
    return page if PAGE.fullmatch(page) else ""


def _each(file: Path) -> list[str]:
    """A comment for each stack in the file."""
    text = _text(file)
    return [render(one) for one in reading.several(text)] if file.suffix == ".json" else [text]


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(reading.LARGEST_BYTES + 1)
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
