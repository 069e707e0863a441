"""Puts a comment on a pull request or a merge request: one a stack, edited in place.

A comment is found by its invisible last line, and only among
those of the author we write as: anybody may copy that line into a comment of their own.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mtlsedge import code_host
from mtlsedge.errors import CommandError


@dataclass(frozen=True)
class Host:
    """Where comments are: the list's address, how a body is changed, and who we are."""

    comments: str
    """Address that lists comments and takes new ones."""
    edit: str
    """Address of one comment, with `{id}`."""
    edit_method: str
    author: str
    """Login that this command's comments carry; empty: the owner of the token, as `me` says."""
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
        """The oldest comment by this command that ends with the marker."""
        author = self.author or self._call("GET", self.me).get(self._login())
        for comment in code_host.pages(self.comments, self.headers, what="comments"):
            is_ours = (comment.get(self.author_key) or {}).get(self._login()) == author
            if is_ours and str(comment.get("body", "")).rstrip().endswith(marker):
                return comment
        return None

    def _login(self) -> str:
        return "login" if self.author_key == "user" else "username"

    def _call(self, method: str, address: str, document: dict[str, Any] | None = None) -> Any:
        return code_host.call(method, address, self.headers, document)


def github(api: str, repository: str, number: int, token: str, author: str = "github-actions[bot]") -> Host:
    """A pull request on GitHub, or on a forge with its API (Gitea, Forgejo). `repository` is owner/name."""
    code_host.require_web(api)
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
    code_host.require_web(api)
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
