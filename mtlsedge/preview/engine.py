"""Runs `pulumi preview` and keeps its events. Nothing is changed, and nothing the engine prints is scraped."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from mtlsedge.errors import CommandError
from mtlsedge.progress import step

TIMEOUT_SECONDS = 3_600
"""Longest wait for the engine; a thousand resources take minutes, an endless one must still end."""
STREAMING = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"}
DEBUG = "debug"


@dataclass(frozen=True)
class Run:
    """Where the engine runs: a folder with a Pulumi.yaml, a stack, and the environment of its processes."""

    folder: Path
    stack: str
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    before: tuple[str, ...] = ()
    """Words before the engine's command; those that confine it, or none."""
    seconds: int = TIMEOUT_SECONDS
    """Longest wait for one command."""

    def pulumi(self, *arguments: str) -> str:
        """One command of the engine; its standard output. Raises CommandError with the reason it gives."""
        done = self._run(arguments)
        if done.returncode:
            reason = _reason(done.stderr) or f"exit status {done.returncode}"
            raise CommandError(f"`pulumi {' '.join(arguments[:2])}` failed: {reason}")
        return done.stdout

    def up(self, *arguments: str, is_quiet: bool = False) -> int:
        """`pulumi up` without a question, its output shown as it comes; its exit status.

        Quiet: nothing of it on standard output, which is a document's then.
        """
        command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", self.stack, *arguments]
        environment = {**self.environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        return subprocess.run(
            command, check=False, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=sys.stderr if is_quiet else None,
        ).returncode  # fmt: skip

    def preview(self, *arguments: str) -> list[dict[str, Any]]:
        """The events of a preview, also of one that failed; whether it was complete, the events tell."""
        command = ("preview", "--json", "--stack", self.stack, *arguments)
        done = self._run(command, STREAMING)
        events = list(_events(done.stdout))
        if not events:
            raise CommandError(f"`pulumi preview` did not begin: {_reason(done.stderr) or 'no reason given'}")
        return events

    def _run(
        self, arguments: tuple[str, ...], more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Its output goes to files, whose size a confined engine's limit holds; what is no UTF-8 is replaced."""
        command = [*self.before, "pulumi", *arguments, "--non-interactive"]
        environment = {**self.environment, **(more or {})}
        with TemporaryFile() as output, TemporaryFile() as errors:
            try:
                with step(f"waiting for `pulumi {arguments[0]}` of {self.stack}"):
                    done = subprocess.run(
                        command,
                        check=False,
                        cwd=self.folder,
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=errors,
                        timeout=self.seconds,
                    )
            except FileNotFoundError:
                raise CommandError(
                    "pulumi is not on PATH; install it, or run `. .local/env` for the local stack"
                ) from None
            except subprocess.TimeoutExpired:
                raise CommandError(f"`pulumi {arguments[0]}` gave no answer within {self.seconds} s") from None
            return subprocess.CompletedProcess(command, done.returncode, _text(output), _text(errors))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _reason(stderr: str) -> str:
    """The engine's error in one line: the first one, with what stands below it."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    starts = [index for index, line in enumerate(lines) if line.startswith("error:")]
    return " ".join(lines[starts[0] :]).removeprefix("error:").strip() if starts else " ".join(lines[:1])


def _events(text: str) -> Iterator[dict[str, Any]]:
    """One event a line; a cut-off last line is left out, and shows as an incomplete preview.

    Debug messages are dropped at once: they quote properties, secret ones included.
    """
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and (event.get("diagnosticEvent") or {}).get("severity") != DEBUG:
            yield event
