"""A program of the local cluster, which the supervisor runs and which dies with it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.proxy import child

STOP_SECONDS = 10
"""How long a program may take to end by itself."""


class Child:
    """One program with a log of its own. Call `start` from the main thread: the program dies with it (see `child`)."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """`folder` is its working directory; the log is `<program>.log` in it. `environment` is added to the little it gets."""
        self.command = command
        self.folder = folder
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the program says."""
        return self.folder / f"{Path(self.command[0]).name}.log"

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program; its log begins anew."""
        launcher = [sys.executable, child.__file__, str(os.getpid())]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder)} | self._environment
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                launcher + self.command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End what `start` began, by force after some seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def last_words(self) -> str:
        """The last line of the log, for a message."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.is_file() else []
        return lines[-1][:300] if lines else f"see {self.log}"
