"""A local server that behaves like the comment APIs of GitHub and GitLab: pages, edits, limits, whose comment it is."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-the-job"
DEFAULT_PAGE, LARGEST_PAGE = 30, 100


@dataclass
class CommentHost:
    """Comments of one pull request (number 7 of acme/edge), and what was asked of the server."""

    limit: int = 65_536
    comments: list[dict] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    address: str = ""

    def add(self, body: str, login: str = "github-actions[bot]") -> int:
        """A comment that is there already; its id."""
        one = {"id": len(self.comments) + 100, "body": body, "user": {"login": login}, "author": {"username": login}}
        self.comments.append(one)
        return one["id"]

    def answer(self, method: str, target: str, token: str, document: dict) -> tuple[int, object]:
        """Status and JSON, as the hosts answer."""
        parts = urlsplit(target)
        self.calls.append(f"{method} {parts.path}")
        if token != TOKEN:
            return 401, {"message": "Bad credentials"}
        if parts.path == "/user":
            return 200, {"id": 1, "username": "mtlsedge-bot"}
        if method != "GET" and len(document.get("body", "")) > self.limit:
            return 422, {"message": "body is too long"}
        if re.fullmatch(r"/repos/acme/edge/issues/7/comments|/projects/acme%2Fedge/merge_requests/7/notes", parts.path):
            return (
                self._listing(parse_qs(parts.query)) if method == "GET" else (201, {"id": self.add(document["body"])})
            )
        edited = re.fullmatch(
            r"/repos/acme/edge/issues/comments/(\d+)|/projects/acme%2Fedge/merge_requests/7/notes/(\d+)", parts.path
        )
        expected = "PATCH" if parts.path.startswith("/repos/") else "PUT"
        for one in self.comments if edited and method == expected else ():
            if one["id"] == int(edited[1] or edited[2]):
                one["body"] = document["body"]
                return 200, one
        return 404, {"message": "Not Found"}

    def _listing(self, query: dict) -> tuple[int, object]:
        size = min(int(query.get("per_page", [DEFAULT_PAGE])[0]), LARGEST_PAGE)
        start = (int(query.get("page", [1])[0]) - 1) * size
        return 200, self.comments[start : start + size]

    @contextmanager
    def serving(self) -> Iterator["CommentHost"]:
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


def _handler(host: CommentHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            document = json.loads(self.rfile.read(length)) if length else {}
            token = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, answer = host.answer(self.command, self.path, token, document)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    return Handler
