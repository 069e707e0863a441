"""A local server that behaves like the issue APIs of GitHub, Gitea and GitLab, as far as the drift job needs them."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-bot"


@dataclass
class IssueHost:
    """Issues of acme/edge. `answers` are statuses that the next calls get before any is really answered."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    address: str = ""

    def add(self, text: str, login: str = "bot", title: str = "Drift: prod") -> dict[str, Any]:
        """An issue that is there already."""
        number = len(self.issues) + 1
        author = {"login": login, "username": login}
        one = {"id": number + 500, "number": number, "iid": number, "title": title, "body": text, "description": text}
        self.issues.append(one | {"user": author, "author": author, "state": "open"})
        return self.issues[-1]

    def answer(self, method: str, target: str, document: dict[str, Any]) -> tuple[int, object]:
        """Status and JSON; no pages, as Gitea answers for comments: the whole list each time."""
        parts = urlsplit(target)
        self.calls.append(method)
        if self.answers:
            return self.answers.pop(0), {"message": "busy"}
        found = re.fullmatch(r"/(?:repos/acme/edge|projects/acme%2Fedge)/issues(?:/(\d+))?", parts.path)
        if parts.path == "/user":
            return 200, {"username": "bot"}
        if found is None:
            return 404, {"message": "Not Found"}
        if method == "GET":
            assert parse_qs(parts.query)["state"][0] in ("open", "opened")
            return 200, [one for one in self.issues if one["state"] == "open"]
        if method == "POST":
            return 201, self.add(document.get("body") or document["description"], title=document["title"])
        one = self.issues[int(found[1]) - 1]
        text = document.get("body") or document.get("description") or one["body"]
        is_closed = "closed" in document.values() or "close" in document.values()
        one.update(body=text, description=text, title=document.get("title", one["title"]))
        one["state"] = "closed" if is_closed else "open"
        return 200, one

    @contextmanager
    def serving(self) -> Iterator["IssueHost"]:
        """Listens on a free port of the loopback address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


def _handler(host: IssueHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, answer = host.answer(self.command, self.path, json.loads(self.rfile.read(length)) if length else {})
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    return Handler
