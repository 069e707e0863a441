"""A proxy between a job and the forge's API, which answers in the forge's place, or hides what the forge answered."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Fault:
    """What happens to the next call with this method."""

    method: str
    status: int
    is_done: bool = False
    """Whether the forge gets the call all the same, and only its answer is lost."""


@dataclass
class Between:
    """The faults that are still to come, and what was asked."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def fault(self, method: str) -> Fault | None:
        """The first one for this method, which is then over."""
        for one in self.faults:
            if one.method == method:
                self.faults.remove(one)
                return one
        return None


@contextmanager
def between(forge: str) -> Iterator[Between]:
    """The proxy, as long as the block lasts."""
    state = Between("")

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.asked.append(self.command)
            fault = state.fault(self.command)
            status, text = (0, b"") if fault and not fault.is_done else self._forge(body)
            status, text = (fault.status, b"") if fault else (status, text)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the names that http.server calls

        def _forge(self, body: bytes) -> tuple[int, bytes]:
            headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if self.headers[name]}
            asked = urllib.request.Request(f"{forge}{self.path}", body or None, headers, method=self.command)
            try:
                with urllib.request.urlopen(asked) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as problem:
                return problem.code, problem.read()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
