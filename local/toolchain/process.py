"""Running a long command quietly: its output is shown only when it fails."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.toolchain.errors import ToolchainError

LAST_LINES = 15
"""How much of a failed command's output is shown."""


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
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=keep_open,
        )
        output = _wait(process)
        if process.returncode:
            errors.seek(0)
            raise ToolchainError(_failure(doing, process.returncode, output + errors.read()))
    return output.decode(errors="replace")


def pip_install(python: str | Path, *arguments: str | Path, doing: str) -> None:
    """`pip install` with `python`, quietly and without a question."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    run([python, "-m", "pip", "install", *quiet, *arguments], doing=doing)


def _wait(process: subprocess.Popen[bytes]) -> bytes:
    try:
        output, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return output


def _failure(doing: str, status: int, output: bytes) -> str:
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    shown = "\n".join(f"    {line}" for line in lines[-LAST_LINES:])
    return (
        f"{doing} failed (exit status {status}); it last said:\n{shown}"
        if shown
        else f"{doing} failed (exit status {status})"
    )
