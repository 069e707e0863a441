"""The supervisor's process: recorded in a file, recognised by its command line, ended by its id and no other."""

import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from local import whole_files
from local.places import Places

POLL_SECONDS = 0.05
STOP_SECONDS = 15
ASKED_AT_MOST = 100
"""Times a process is asked for, some five seconds; after that a name in brackets is what it is called."""


def process_file(places: Places) -> Path:
    """Where the running supervisor has recorded itself."""
    return places.cloud / "pid"


def status_file(places: Places) -> Path:
    """What the supervisor last saw: listeners served, backends, problems."""
    return places.cloud / "status.json"


@dataclass(frozen=True)
class Recorded:
    """A running supervisor, as it described itself."""

    pid: int
    command: str
    api: str = ""
    dns: str = ""
    envoy: str = ""
    """The folder in which Envoy runs."""
    kubernetes: str = ""
    """`host:port` of the cluster's API server; empty where the stack has none."""


def record_self(file: Path, **facts: str) -> None:
    """Writes this process into the file: its id, and below it what else is known; `facts` are its addresses."""
    recorded = Recorded(os.getpid(), command_line(os.getpid()), **facts)
    whole_files.write(file, f"{recorded.pid}\n{json.dumps(asdict(recorded))}\n")


def running(file: Path) -> Recorded | None:
    """The recorded process if it still runs: same id and same command line, so never a stranger's.

    One that another version of this code started may have recorded other facts; it is to be found and ended too.
    """
    try:
        facts = json.loads(file.read_text().splitlines()[1])
        recorded = Recorded(**{one.name: facts[one.name] for one in fields(Recorded) if one.name in facts})
    except (OSError, IndexError, ValueError, TypeError):
        return None
    return recorded if _lives(recorded) else None


def _lives(recorded: Recorded) -> bool:
    return bool(recorded.command) and command_line(recorded.pid) == recorded.command


def command_line(pid: int) -> str:
    """The command line of a process; empty when there is none (a zombie counts as none).

    A busy kernel does not always hand it out. `ps` then shows the bare name in brackets, and is asked again.
    """
    for _ in range(ASKED_AT_MOST):
        answer = subprocess.run(
            ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        state, _, command = answer.stdout.strip().partition(" ")
        if state.startswith("Z") or not command.strip().startswith("["):
            break
        time.sleep(POLL_SECONDS)
    return "" if state.startswith("Z") else command.strip()


def stop(file: Path) -> bool:
    """Ends the recorded process, by force if it takes too long. Returns False when none runs."""
    recorded = running(file)
    if recorded is None:
        return False
    os.kill(recorded.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _lives(recorded) and time.monotonic() < deadline:  # not the file: the process removes that before it ends
        time.sleep(POLL_SECONDS)
    if _lives(recorded):
        os.kill(recorded.pid, signal.SIGKILL)
    file.unlink(missing_ok=True)
    return True
