"""The forge's API: one call, its answer, and an error that says which call it was and what the forge said."""

import json
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from forge.errors import ForgeError

TIMEOUT_SECONDS = 60
SHOWN = 300
"""Characters of the forge's own words in a message."""


class Refused(ForgeError):
    """The forge answered with an error; `status` is HTTP's."""

    def __init__(self, call: str, status: int, words: str) -> None:
        super().__init__(f"{call}: the forge answers {status}: {words[:SHOWN]}")
        self.status = status
        self.words = words

    @property
    def message(self) -> str:
        """What the forge says to people: its document's message, or all of it."""
        try:
            return str(json.loads(self.words)["message"])
        except (ValueError, LookupError, TypeError):
            return self.words


@dataclass(frozen=True)
class Api:
    """Calls with one person's rights."""

    url: str
    authorization: str = field(default="", repr=False)

    def get(self, path: str) -> Any:
        """What is there."""
        return self.call("GET", path)

    def post(self, path: str, **document: Any) -> Any:
        """Make or start something."""
        return self.call("POST", path, document)

    def put(self, path: str, **document: Any) -> Any:
        """Set something."""
        return self.call("PUT", path, document)

    def patch(self, path: str, **document: Any) -> Any:
        """Change something."""
        return self.call("PATCH", path, document)

    def delete(self, path: str) -> Any:
        """Remove something."""
        return self.call("DELETE", path)

    def call(self, method: str, path: str, document: dict[str, Any] | None = None) -> Any:
        """The answer as JSON, or as text where it is none; None for an empty one. Raises Refused and ForgeError."""
        data = None if document is None else json.dumps(document).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.authorization:
            headers["Authorization"] = self.authorization
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                text = answer.read().decode(errors="replace")
        except urllib.error.HTTPError as problem:
            raise Refused(f"{method} {path}", problem.code, problem.read().decode(errors="replace").strip()) from None
        except OSError as problem:
            raise ForgeError(f"{method} {path}: no answer from the forge ({problem})") from None
        try:
            return json.loads(text) if text.strip() else None
        except ValueError:
            return text


def with_token(url: str, token: str) -> Api:
    """Calls with an access token."""
    return Api(url, f"token {token}")


def with_password(url: str, name: str, password: str) -> Api:
    """Calls with a name and a password, which only the making of tokens needs."""
    return Api(url, f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}")
