"""One issue about one thing on a code host: opened, edited in place, closed when it is over.

Found again by its invisible last line, among open issues of the author we write as, like a comment.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from mtlsedge import code_host


@dataclass(frozen=True)
class Tracker:
    """Where issues are, and how this host calls their parts."""

    issues: str
    """Address that lists issues and takes new ones."""
    state: str
    """The word for open issues in the list's query."""
    number: str
    text: str
    """Key of an issue's number, which its address ends with, and of its text."""
    edit_method: str
    closing: dict[str, str]
    author: str
    """Login that this command's issues carry; empty: the owner of the token, as `me` says."""
    author_keys: tuple[str, str]
    headers: dict[str, str] = field(repr=False)
    me: str = ""

    def put(self, title: str, body: str, marker: str) -> str:
        """Opens the issue, or edits the one that carries `marker`. Says which: `opened`, `edited`, `unchanged`."""
        present = self._find(marker)
        if present is None:
            self._call("POST", self.issues, {"title": title, self.text: body})
            return "opened"
        if (present.get("title"), _plain(present.get(self.text))) == (title, _plain(body)):
            return "unchanged"
        self._call(self.edit_method, self._address(present), {"title": title, self.text: body})
        return "edited"

    def close(self, marker: str) -> str:
        """Closes the issue that carries `marker`. Says `closed`, or `none open`."""
        present = self._find(marker)
        if present is None:
            return "none open"
        self._call(self.edit_method, self._address(present), self.closing)
        return "closed"

    def _address(self, issue: dict[str, Any]) -> str:
        return f"{self.issues}/{issue[self.number]}"

    def _find(self, marker: str) -> dict[str, Any] | None:
        key, login = self.author_keys
        author = self.author or self._call("GET", self.me).get(login)
        for issue in code_host.pages(self.issues, self.headers, what="open issues", state=self.state):
            if (issue.get(key) or {}).get(login) == author and _plain(issue.get(self.text)).endswith(marker):
                return issue
        return None

    def _call(self, method: str, address: str, document: dict[str, Any] | None = None) -> Any:
        return code_host.call(method, address, self.headers, document)


def github(api: str, repository: str, token: str, author: str = "github-actions[bot]") -> Tracker:
    """Issues on GitHub, or on a forge with its API (Gitea, Forgejo). `repository` is owner/name."""
    code_host.require_web(api)
    return Tracker(
        issues=f"{api.rstrip('/')}/repos/{quote(repository)}/issues",
        state="open",
        number="number",
        text="body",
        edit_method="PATCH",
        closing={"state": "closed"},
        author=author,
        author_keys=("user", "login"),
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "mtlsedge"},
    )


def gitlab(api: str, project: str, token: str, author: str = "") -> Tracker:
    """Issues on GitLab. `project` is its id or full path."""
    code_host.require_web(api)
    return Tracker(
        issues=f"{api.rstrip('/')}/projects/{quote(project, safe='')}/issues",
        state="opened",
        number="iid",
        text="description",
        edit_method="PUT",
        closing={"state_event": "close"},
        author=author,
        author_keys=("author", "username"),
        headers={"PRIVATE-TOKEN": token, "User-Agent": "mtlsedge"},
        me=f"{api.rstrip('/')}/user",
    )


def _plain(text: object) -> str:
    return str(text or "").replace("\r\n", "\n").strip()
