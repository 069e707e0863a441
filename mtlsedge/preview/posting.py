"""Puts a comment on a pull request or a merge request: one a stack, edited in place.

Only standard HTTP: the same code runs on every CI. A comment is found by its invisible last line, and only among
those of the author we write as: anybody may copy that line into a comment of their own.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from mtlsedge.errors import CommandError

TIMEOUT_SECONDS = 30
PAGE_SIZE = 100
PAGE_LIMIT = 100
"""Pages of comments looked through; ten thousand comments are somebody's mistake."""


@dataclass(frozen=True)
class Host:
    """Where comments are: the list's address, how a body is changed, and who we are."""

    comments: str
    """Address that lists comments and takes new ones."""
    edit: str
    """Address of one comment, with `{id}`."""
    edit_method: str
    author: str
    """Login that our own comments carry; empty: whoever `me` says the token is of."""
    author_key: str
    headers: dict[str, str] = field(repr=False)
    limit: int = 65_536
    me: str = ""
    """Address that tells whose token it is, for a host where that is not fixed."""

    def put(self, body: str, marker: str) -> str:
        """Edits the comment that carries `marker`, or writes a new one. Says which: `edited`, `created`, `unchanged`."""
        if marker not in body:
            raise CommandError("the comment lacks its marker line; make it with `mtlsedge preview --comment`")
        if len(body) > self.limit:
            raise CommandError(f"the comment has {len(body)} characters; the host takes {self.limit}")
        present = self._find(marker)
        if present is None:
            self._call("POST", self.comments, {"body": body})
            return "created"
        if str(present.get("body", "")).replace("\r\n", "\n").strip() == body.strip():
            return "unchanged"
        self._call(self.edit_method, self.edit.format(id=present["id"]), {"body": body})
        return "edited"

    def _find(self, marker: str) -> dict[str, Any] | None:
        """The oldest comment of ours that ends with the marker."""
        author = self.author or self._call("GET", self.me).get(self._login())
        for comment in self._all():
            is_ours = (comment.get(self.author_key) or {}).get(self._login()) == author
            if is_ours and str(comment.get("body", "")).rstrip().endswith(marker):
                return comment
        return None

    def _login(self) -> str:
        return "login" if self.author_key == "user" else "username"

    def _all(self) -> Iterator[dict[str, Any]]:
        for page in range(1, PAGE_LIMIT + 1):
            query = urlencode({"per_page": PAGE_SIZE, "page": page})
            found = self._call("GET", f"{self.comments}?{query}")
            yield from found
            if len(found) < PAGE_SIZE:
                return
        raise CommandError(f"more than {PAGE_SIZE * PAGE_LIMIT} comments; ours was not found among them")

    def _call(self, method: str, address: str, document: dict[str, Any] | None = None) -> Any:
        data = json.dumps(document).encode() if document is not None else None
        request = urllib.request.Request(  # noqa: S310 - http(s) only, see `_require_web`
            address, data, {**self.headers, "Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            raise CommandError(
                f"{method} {urlsplit(address).path}: the host answers {problem.code}{_hint(problem.code)}"
            ) from None
        except (OSError, ValueError) as problem:
            raise CommandError(f"{method} {urlsplit(address).path}: no answer ({type(problem).__name__})") from None


def github(api: str, repository: str, number: int, token: str, author: str = "github-actions[bot]") -> Host:
    """A pull request on GitHub. `repository` is owner/name."""
    _require_web(api)
    base = f"{api.rstrip('/')}/repos/{quote(repository)}/issues"
    return Host(
        comments=f"{base}/{number}/comments",
        edit=f"{base}/comments/{{id}}",
        edit_method="PATCH",
        author=author,
        author_key="user",
        headers={"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json", "User-Agent": "mtlsedge"},
    )


def gitlab(api: str, project: str, number: int, token: str, author: str = "") -> Host:
    """A merge request on GitLab. `project` is its id or full path."""
    _require_web(api)
    base = f"{api.rstrip('/')}/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
    return Host(
        comments=base,
        edit=f"{base}/{{id}}",
        edit_method="PUT",
        author=author,
        author_key="author",
        headers={"PRIVATE-TOKEN": token, "User-Agent": "mtlsedge"},
        limit=1_000_000,
        me=f"{api.rstrip('/')}/user",
    )


def _require_web(api: str) -> None:
    if urlsplit(api).scheme not in ("http", "https"):
        raise CommandError(f"found the API address {api!r}; allowed: https://…")


def _hint(code: int) -> str:
    return {401: ": the token is not accepted", 403: ": the token may not write comments (a fork's never may)",
            404: ": no such pull request, or the token may not see it",
            429: ": too many requests, run the job again later"}.get(code, "")  # fmt: skip
