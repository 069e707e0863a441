"""Running a long command quietly: its output is shown only when it fails."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.toolchain.errors import ToolchainError

LAST_LINES = 15
"""How much of a failed command's output is shown."""
ENDING = (signal.SIGINT, signal.SIGTERM)


def run(
    command: Sequence[str | Path],
    *,
    doing: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> str:
    """Run `command` and return what it wrote to standard output; it is ended when we are.

    Raises ToolchainError with `doing` and the command's last lines when it fails.
    """
    with tempfile.TemporaryFile() as errors:
        env = {**os.environ, **(environment or {})}
        status, output = _finished(command, cwd=folder, env=env, stderr=errors, pass_fds=keep_open)
        if status:
            errors.seek(0)
            raise ToolchainError(_failure(doing, status, output + errors.read()))
    return output.decode(errors="replace")


def pip_install(python: str | Path, *arguments: str | Path, doing: str) -> None:
    """`pip install` with `python`, quietly and without a question."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    run([python, "-m", "pip", "install", *quiet, *arguments], doing=doing)


def _finished(command: Sequence[str | Path], **options: Any) -> tuple[int, bytes]:
    """Exit status and standard output of a command, which does not outlive this call whatever ends it."""
    process: subprocess.Popen[bytes] | None = None
    try:
        with _signals_wait():
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **options)
        output, _ = process.communicate()
    except BaseException:
        if process:
            process.terminate()
            process.wait()
        raise
    return process.returncode, output


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Delivers at the end what came meanwhile: a child that has just begun must be known to who is to end it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python runs its signal handlers in the main thread only
        return
    came: list[int] = []
    before = {number: handler for number in ENDING if callable(handler := signal.getsignal(number))}
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for ending in came:
        signal.raise_signal(ending)


def _failure(doing: str, status: int, output: bytes) -> str:
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    shown = "\n".join(f"    {line}" for line in lines[-LAST_LINES:])
    return (
        f"{doing} failed (exit status {status}); it last said:\n{shown}"
        if shown
        else f"{doing} failed (exit status {status})"
    )
