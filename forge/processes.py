"""Background processes of the forge: recorded with their start, so that no stranger's process is ever ended."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from forge.errors import ForgeError
from local.processes import command_line

POLL_SECONDS = 0.05
START_SECONDS = 60
STOP_SECONDS = 10
LAST_LINES = 5


def start(
    command: Sequence[str], *, record: Path, folder: Path, environment: Mapping[str, str], log: Path
) -> "subprocess.Popen[bytes]":
    """Start a process in a session of its own and record it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    record.write_text(json.dumps({"pid": process.pid}))
    return process


def running(record: Path) -> int | None:
    """The recorded process if it still leads the session that was made for it."""
    try:
        pid = int(json.loads(record.read_text())["pid"])
        leads = os.getsid(pid) == pid
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if leads and command_line(pid) else None


def stop(record: Path) -> bool:
    """End the recorded process and all of its session, by force when it takes too long. False when none runs."""
    pid = running(record)
    if pid is not None:
        _end(pid)
    record.unlink(missing_ok=True)
    return pid is not None


def await_ready(process: "subprocess.Popen[bytes]", ready: Callable[[], bool], *, what: str, log: Path) -> None:
    """Wait until `ready`; raises ForgeError with the log's last lines when the process ends or the time is over."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise ForgeError(f"{what} ended as it started; it last said:\n{last_lines(log)}")
        if time.monotonic() > deadline:
            raise ForgeError(f"{what} does not answer after {START_SECONDS} s; it last said:\n{last_lines(log)}")
        time.sleep(POLL_SECONDS)


def last_lines(log: Path) -> str:
    """The end of a log, indented."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines[-LAST_LINES:])


def members(session: int) -> list[int]:
    """The processes of a session."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,sid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, sid, state in rows if sid == str(session) and not state.startswith("Z")]


def _end(session: int) -> None:
    _signal(session, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while members(session) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    _signal(session, signal.SIGKILL)
    while members(session):
        time.sleep(POLL_SECONDS)


def _signal(session: int, number: signal.Signals) -> None:
    for pid in members(session):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
